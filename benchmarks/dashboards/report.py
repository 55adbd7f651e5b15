"""Prints what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median

from rich import box
from rich.table import Table

from benchmarks.build.history import BATCH_ROWS
from benchmarks.dashboards.crowd import Load
from benchmarks.dashboards.freshness import Seen
from benchmarks.dashboards.paint import Visit
from benchmarks.dashboards.rounds import CACHED, COLD, SQL, Sample
from benchmarks.load.report import console_of_width

_PLAIN_WIDTH = 130

#: Promised server time for any one chart: the median in milliseconds.
PROMISED = {CACHED: 25, COLD: 250}


@dataclass(frozen=True, slots=True)
class Summary:
    """One chart in one way, in milliseconds; `ratio` is the median ratio to its SQL in the same round."""

    chart: str
    way: str
    middle: float
    worst: float
    wall: float
    ratio: float


@dataclass(frozen=True, slots=True)
class Promise:
    """The slowest chart against what is promised for all, and the median of all charts."""

    way: str
    slowest: Summary
    middle: float
    ratio: float

    @property
    def is_kept(self) -> bool:
        return self.slowest.middle <= PROMISED[self.way]

    def __str__(self) -> str:
        return (
            f"{self.way} chart {self.middle:.0f} ms ({self.ratio:.1f} x its SQL), the slowest"
            f" {self.slowest.middle:.0f} ms ({self.slowest.ratio:.1f} x), at most {PROMISED[self.way]} ms"
            f" promised: {'kept' if self.is_kept else 'NOT KEPT'}"
        )


@dataclass(frozen=True)
class Figures:
    """All that was measured."""

    samples: Sequence[Sample]
    together: dict[str, Sequence[float]]
    loads: Sequence[Load]
    cold_visits: Sequence[Visit]
    warm_visits: Sequence[Visit]
    seen: Seen


def summaries(samples: Sequence[Sample]) -> list[Summary]:
    """One for each chart and way, in the order of the samples."""
    sql = {(each.chart, each.round): each.server for each in samples if each.way == SQL}
    cells: dict[tuple[str, str], list[Sample]] = {}
    for each in samples:
        cells.setdefault((each.chart, each.way), []).append(each)
    return [
        Summary(
            chart,
            way,
            1000 * median(each.server for each in found),
            1000 * max(each.server for each in found),
            1000 * median(each.wall for each in found),
            median(each.server / sql[chart, each.round] for each in found),
        )
        for (chart, way), found in cells.items()
    ]


def promises(known: Sequence[Summary]) -> list[Promise]:
    """One for each way with a promise."""
    found = []
    for way in PROMISED:
        charts = [each for each in known if each.way == way]
        slowest = max(charts, key=lambda each: each.middle)
        middle, ratio = (median(getattr(each, name) for each in charts) for name in ("middle", "ratio"))
        found.append(Promise(way, slowest, middle, ratio))
    return found


def show(figures: Figures, rows: int) -> None:
    """Print tables, what publishing showed, and, in the last line, the promises."""
    console = console_of_width(_PLAIN_WIDTH)
    known = summaries(figures.samples)
    console.print(_charts(known, rows, max(each.round for each in figures.samples)))
    console.print(
        "Server: from gunicorn's own log. Wall: over an open connection on this machine. SQL: the chart's own"
        "\nstatements from psycopg, as the same role. x SQL: server time to SQL, in a round. Medians.",
        style="dim",
    )
    console.print(_page(figures))
    console.print(_users(figures.loads))
    console.print(
        "All charts cached. CPU: milliseconds per chart; the client shares the machine with the server.",
        style="dim",
    )
    console.print(_freshness(figures.seen), markup=False)
    console.print("; ".join(map(str, promises(known))), markup=False, soft_wrap=True)


def _charts(known: Sequence[Summary], rows: int, rounds: int) -> Table:
    table = _table(f"Charts of the first view on {rows:,} rows, {rounds} rounds, in milliseconds", "Chart")
    columns = ("SQL", "Cold", "worst", "wall", "x SQL", "Cached", "worst", "wall", "x SQL")
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True)
    cells = {(each.chart, each.way): each for each in known}
    charts = list(dict.fromkeys(each.chart for each in known))
    for chart in charts:
        figures = [f"{cells[chart, SQL].middle:.1f}"]
        for way in (COLD, CACHED):
            each = cells[chart, way]
            figures += [
                f"{each.middle:.1f}",
                f"{each.worst:.0f}",
                f"{each.wall:.1f}",
                f"{each.ratio:.1f}",
            ]
        table.add_row(chart, *figures)
    table.add_section()
    sums = [f"{sum(cells[chart, SQL].middle for chart in charts):.0f}"]
    for way in (COLD, CACHED):
        middle, wall = (
            sum(getattr(cells[chart, way], name) for chart in charts) for name in ("middle", "wall")
        )
        sums += [f"{middle:.0f}", "", f"{wall:.0f}", ""]
    table.add_row("one after the other", *sums)
    return table


def _page(figures: Figures) -> Table:
    table = _table("The page's first view, in seconds: median and worst", "")
    for name in ("Nothing kept", "Kept"):
        table.add_column(name, justify="right", no_wrap=True)
    cold, cached = figures.together[COLD], figures.together[CACHED]
    table.add_row("all charts over 6 connections", _spread(cold), _spread(cached))
    for title, name in (
        ("browser: first paint of anything", "paint"),
        ("browser: first chart", "first_chart"),
        ("browser: all charts", "all_charts"),
    ):
        visits = [
            [getattr(each, name) for each in kept] for kept in (figures.cold_visits, figures.warm_visits)
        ]
        table.add_row(title, *map(_spread, visits))
    return table


def _users(loads: Sequence[Load]) -> Table:
    table = _table("Users who open one chart after the other")
    columns = ("Users", "Seconds", "Charts", "Charts/s", "Errors", "Wait ms", "worst 5 %")
    for name in (*columns, "CPU Superset", "Postgres", "client"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in loads:
        waits = sorted(each.waits) or [float("nan")]
        count = max(len(each.waits), 1)
        table.add_row(
            str(each.users),
            f"{each.seconds:.0f}",
            f"{len(each.waits)}",
            f"{each.charts_a_second:.0f}",
            str(each.errors),
            f"{1000 * median(waits):.0f}",
            f"{1000 * waits[int(0.95 * len(waits))]:.0f}",
            *(f"{1000 * cpu / count:.1f}" for cpu in (each.superset, each.postgres, each.client)),
        )
    return table


def _freshness(seen: Seen) -> str:
    if not seen.is_exact:
        return (
            f"published: the chart has {seen.after:,} instead of {seen.before:,} + {seen.batch:,}"
            f" = {seen.before + seen.batch:,}: WRONG"
        )
    return (
        f"published {BATCH_ROWS:,} more rows in {seen.build:.1f} s: total sales were {seen.before:,},"
        f" the batch has {seen.batch:,},\nthe first request after the build got {seen.after:,}, exact, in"
        f" {1000 * seen.answer:.0f} ms; polled all the time, the chart had it {seen.commit:.2f} s after the"
        " commit\n"
    )


def _spread(figures: Sequence[float]) -> str:
    return f"{median(figures):.2f} ({max(figures):.2f})"


def _table(title: str, *columns: str) -> Table:
    table = Table(box=box.SIMPLE, title=title)
    for name in columns:
        table.add_column(name)
    return table


def as_data(figures: Figures, rows: int) -> dict:
    """All figures, for JSON."""
    return {
        "rows": rows,
        "samples": [asdict(each) for each in figures.samples],
        "summaries": [asdict(each) for each in summaries(figures.samples)],
        "together": figures.together,
        "loads": [
            {**asdict(each), "waits": len(each.waits), "charts_a_second": each.charts_a_second}
            for each in figures.loads
        ],
        "visits": {
            COLD: [asdict(each) for each in figures.cold_visits],
            CACHED: [asdict(each) for each in figures.warm_visits],
        },
        "published": {name: str(value) for name, value in asdict(figures.seen).items()},
    }
