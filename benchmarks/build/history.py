"""The files of a history, one a month, and the batches that come after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from benchmarks.load.generate import write_sales

#: Rows a day of every history, so that only its length differs.
ROWS_A_DAY = 27_397

#: All histories end on this day.
LAST_DAY = date(2023, 12, 31)

BATCH_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of batch: over how many last days of the history its rows lie."""

    name: str
    title: str
    days: int


LAST_DAYS = Kind("last", "last 2 days", 2)
LATE = Kind("late", "late, over 60 days", 60)
KINDS = (LAST_DAYS, LATE)


@dataclass(frozen=True, slots=True)
class Span:
    """Days of a month that a file holds, and its rows."""

    first: date
    days: int
    rows: int


def spans(rows: int) -> list[Span]:
    """The files of a history of so many rows, by month."""
    days = max(round(rows / ROWS_A_DAY), max(kind.days for kind in KINDS))
    first, found = LAST_DAY - timedelta(days - 1), []
    left = rows
    while first <= LAST_DAY:
        following = (first.replace(day=1) + timedelta(32)).replace(day=1)
        length = (min(following, LAST_DAY + timedelta(1)) - first).days
        size = left if following > LAST_DAY else round(rows * length / days)
        found.append(Span(first, length, size))
        left -= size
        first = following
    return found


def write_history(folder: Path, rows: int) -> Iterator[Path]:
    """Write the files one after another, each when the one before is done with, and deleted."""
    for seed, span in enumerate(spans(rows)):
        path = folder / f"sales-{rows}-{span.first:%Y-%m}.csv"
        try:
            yield write_sales(path, span.rows, seed, span.first, span.days, by_day=True)
        finally:
            path.unlink(missing_ok=True)


def write_batch(folder: Path, kind: Kind, number: int) -> Path:
    """Write one batch; every warehouse gets the same rows."""
    first = LAST_DAY - timedelta(kind.days - 1)
    seed = 1_000 + 100 * KINDS.index(kind) + number
    return write_sales(folder / f"batch-{kind.name}-{number}.csv", BATCH_ROWS, seed, first, kind.days)
