"""The files of a history, one per month, and the batches that come after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from tests.support.random_sales import write_sales

#: All histories end on this day.
LAST_DAY = date(2023, 12, 31)

BATCH_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class History:
    """Sales over a number of days; `name` is the name of its database."""

    name: str
    rows: int
    days: int


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of batch: over how many of the last days of the history its rows are spread."""

    name: str
    title: str
    days: int


LAST_DAYS = Kind("last", "rows of the last 2 days", 2)
LATE = Kind("late", "late rows of 60 days", 60)
KINDS = (LAST_DAYS, LATE)


@dataclass(frozen=True, slots=True)
class Span:
    """Days of one month, and the number of their rows."""

    first: date
    days: int
    rows: int


def histories(rows: int) -> tuple[History, History]:
    """A tenth of the history, and all of it: 73 and 730 days, so that a day has the same rows in both."""
    return History("small", rows // 10, 73), History("large", rows, 730)


def spans(history: History) -> list[Span]:
    """The months of a history; together they have exactly its days and rows."""
    first, left, found = LAST_DAY - timedelta(history.days - 1), history.rows, []
    while first <= LAST_DAY:
        following = (first.replace(day=1) + timedelta(32)).replace(day=1)
        days = (min(following, LAST_DAY + timedelta(1)) - first).days
        rows = left if following > LAST_DAY else round(history.rows * days / history.days)
        found.append(Span(first, days, rows))
        left -= rows
        first = following
    return found


def write_history(folder: Path, history: History) -> Iterator[Path]:
    """Write one file per month, in the order of days; each is deleted when the next is requested."""
    for seed, span in enumerate(spans(history)):
        path = folder / f"sales-{history.name}-{span.first:%Y-%m}.csv"
        try:
            yield write_sales(path, span.rows, seed, span.first, span.days, by_day=True)
        finally:
            path.unlink(missing_ok=True)


def write_batch(folder: Path, kind: Kind, number: int) -> Path:
    """Write one batch; every warehouse gets the same rows."""
    first = LAST_DAY - timedelta(kind.days - 1)
    seed = 1_000 + 100 * kind.days + number
    return write_sales(folder / f"batch-{kind.name}-{number}.csv", BATCH_ROWS, seed, first, kind.days)
