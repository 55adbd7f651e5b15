"""Prints what was measured."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.load.broken_rows import broken_lines
from benchmarks.load.race import Run
from benchmarks.load.ways import YARDSTICK, Way

#: Width in columns if there is no terminal.
_PLAIN_WIDTH = 170


@dataclass(frozen=True, slots=True)
class Target:
    """What the project promises for a way, as ratios to the yardstick."""

    way: str
    title: str
    wall: float
    cpu: float | None = None


#: The promises are for large files; start-up weighs more on smaller ones.
PROMISED_ROWS = 2_000_000

TARGETS = (
    Target("loader", "clean file", wall=1.0, cpu=1.8),
    Target("broken", "0.5 % broken", wall=1.4),
)


@dataclass(frozen=True, slots=True)
class Summary:
    """All runs of one way. Ratios are to psql's whole process in the same round."""

    way: Way
    rounds: int
    work: float
    command: float
    ratio: float
    least: float
    most: float
    cpu_ratio: float
    peak: int
    rows_a_second: float


def summaries(runs: Sequence[Run], rows: int) -> list[Summary]:
    """One summary for each way that succeeded, in the order of the runs."""
    done = [run for run in runs if run.cost]
    yardstick = {run.round: run.cost for run in done if run.way is YARDSTICK}
    return [
        _summary([run for run in done if run.way is way and run.round in yardstick], yardstick, rows)
        for way in dict.fromkeys(run.way for run in done if run.round in yardstick)
    ]


def _summary(runs: Sequence[Run], yardstick: dict, rows: int) -> Summary:
    way = runs[0].way
    ratios = [run.cost.work / yardstick[run.round].command for run in runs]
    work = median(run.cost.work for run in runs)
    loaded = rows - (len(broken_lines(rows)) if way.is_broken else 0)
    return Summary(
        way=way,
        rounds=len(runs),
        work=work,
        command=median(run.cost.command for run in runs),
        ratio=median(ratios),
        least=min(ratios),
        most=max(ratios),
        cpu_ratio=median(run.cost.cpu / yardstick[run.round].cpu for run in runs),
        peak=max(run.cost.peak for run in runs),
        rows_a_second=loaded / work,
    )


def show(runs: Sequence[Run], rows: int) -> None:
    """Print the table, the promises and what went wrong."""
    console = console_of_width(_PLAIN_WIDTH)
    known = summaries(runs, rows)
    table = Table(box=box.SIMPLE, title=f"{rows:,} rows into Postgres")
    table.add_column("Way")
    for name in ("n", "Work s", "Command s", r"x \copy", "min-max", "CPU x", "Peak MB", "Rows/s"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Broken rows")
    for each in known:
        table.add_row(
            each.way.title,
            str(each.rounds),
            f"{each.work:.2f}",
            f"{each.command:.2f}",
            f"{each.ratio:.2f}",
            f"{each.least:.2f}-{each.most:.2f}",
            f"{each.cpu_ratio:.2f}",
            f"{each.peak / 1e6:.0f}",
            f"{each.rows_a_second:,.0f}",
            each.way.bad_rows,
        )
    console.print(table)
    console.print(
        "Work: in a fresh process, after its imports; for psql the whole command. Ratios: of the work,"
        " medians over the rounds.\nCPU: of the client and all processes of the server. Peak: the client's.",
        style="dim",
    )
    for target in TARGETS if rows >= PROMISED_ROWS else ():
        for each in known:
            if each.way.name == target.way:
                console.print(_kept(target, each))
    for run in runs:
        if run.problem:
            console.print(f"{run.way.title}, round {run.round}: {run.problem}", markup=False)


def _kept(target: Target, known: Summary) -> str:
    text = f"{target.title}: {known.ratio:.2f} x wall (at most {target.wall})"
    if target.cpu is not None:
        text += f", {known.cpu_ratio:.2f} x CPU (at most {target.cpu})"
    return text


def as_data(runs: Sequence[Run], rows: int) -> dict:
    """All runs and summaries, for JSON."""
    return {
        "rows": rows,
        "runs": [
            {
                "way": run.way.name,
                "round": run.round,
                "cost": asdict(run.cost) if run.cost else None,
                "problem": run.problem,
            }
            for run in runs
        ],
        "summaries": [{**asdict(each), "way": each.way.name} for each in summaries(runs, rows)],
    }


def console_of_width(plain: int) -> Console:
    """A console as wide as the terminal, or `plain` columns if there is none."""
    return Console(width=None if sys.stdout.isatty() else plain)
