"""Publishes one more batch: when does a chart request return it?"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import duckdb

from benchmarks.build.history import BATCH_ROWS, LAST_DAY
from benchmarks.dashboards.page import TOTAL, Chart, Connection
from benchmarks.dashboards.rounds import Direct, WrongAnswer, checked, sql_of
from benchmarks.dashboards.stack import Stack
from tests.support.random_sales import write_sales
from tradewind.dashboards.web import Answer, Session

#: Seconds between two checks while the batch is built.
_LOOK_EVERY = 0.02

#: Seconds after the build until a batch that no chart shows counts as lost.
_PATIENCE = 60

_SEED, _DAYS = 2_000, 28

_SUM = """select sum(cast("Sales" as decimal(18, 2))) from read_csv(?, all_varchar = true)"""


@dataclass(frozen=True, slots=True)
class Seen:
    """Totals on the chart before and after, and the batch's own total.

    `after` is what the first request after the end of the build got. In seconds: `build`, the build;
    `commit`, from the commit that published until a chart had the new total; `answer`, from the end of the
    build until that first answer.
    """

    before: Decimal
    batch: Decimal
    after: Decimal
    build: float
    commit: float
    answer: float

    @property
    def is_exact(self) -> bool:
        """Whether the chart shows the batch, to the cent."""
        return self.after == self.before + self.batch


def publish(stack: Stack, session: Session, direct: Direct, charts: list[Chart], folder: Path) -> Seen:
    """Load, build and publish a batch while the chart is requested again and again.

    Raises:
        WrongAnswer: if the chart has no figures, or never shows the batch.
    """
    chart = next(chart for chart in charts if chart.name == TOTAL)
    watched, fresh = Connection(session), Connection(session)
    try:
        # The last of its queries covers the whole period.
        statement = sql_of(watched, chart)[-1]
        before = _ask(watched, chart)
        path = write_more(folder)
        stack.warehouse.load(path)
        published = direct.rows(statement)
        with (
            _Watch(lambda: direct.rows(statement), published) as database,
            _Watch(lambda: _ask(watched, chart), before) as shown,
        ):
            build = stack.warehouse.build()
            ended = time.perf_counter()
            after = _ask(fresh, chart)
            answered = time.perf_counter()
            seen = shown.changed() - database.changed()
        return Seen(before, sum_of(path), after, build.command, seen, answered - ended)
    finally:
        watched.close()
        fresh.close()


class _Watch:
    """Polls something until it changes."""

    def __init__(self, look: Callable[[], object], before: object) -> None:
        self._look = look
        self._before = before
        self._ended = threading.Event()
        self._changed: float | None = None
        self._fault: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def changed(self) -> float:
        """When the change was seen, by `time.perf_counter`.

        Raises:
            WrongAnswer: if it was not seen within a minute of this call, or polling failed.
        """
        self._thread.join(_PATIENCE)
        if self._changed is None:
            raise WrongAnswer(f"the published batch was not seen: {self._fault or 'the total is as it was'}")
        return self._changed

    def _run(self) -> None:
        while not self._ended.wait(_LOOK_EVERY):
            try:
                if self._look() != self._before:
                    self._changed = time.perf_counter()
                    return
            except Exception as error:
                self._fault = error
                return

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


def write_more(folder: Path) -> Path:
    """A file of the month after the history's last, so that it restates no other."""
    return write_sales(folder / "more.csv", BATCH_ROWS, _SEED, LAST_DAY + timedelta(1), _DAYS)


def sum_of(path: Path) -> Decimal:
    """Net sales of a file, straight from its text."""
    return duckdb.execute(_SUM, [str(path)]).fetchone()[0]


def total_of(answer: Answer) -> Decimal:
    """The card's figure, with all digits of the answer."""
    results = json.loads(answer.text, parse_float=Decimal)["result"]
    (figure,) = results[-1]["data"][0].values()
    return Decimal(figure)


def _ask(connection: Connection, chart: Chart) -> Decimal:
    _, answer = connection.post(chart.address, chart.asked())
    checked(chart, answer)
    return total_of(answer)
