"""Prints what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median

from rich import box
from rich.table import Table

from benchmarks.build.history import KINDS, LAST_DAYS, Kind, histories
from benchmarks.build.race import Outcome, Run
from benchmarks.build.warehouse import Build
from benchmarks.load.report import console_of_width

_PLAIN_WIDTH = 130
_SLOWEST = 8

#: What the project promises of the database's work: how much more a batch costs on ten times the history, and
#: a rebuild compared with a batch. dbt's own seconds, to start and per step, do not depend on the work.
AT_MOST, AT_LEAST = 1.3, 50


@dataclass(frozen=True, slots=True)
class Ratio:
    """A promise about the database's CPU time, with the same ratio of dbt's times and of wall times."""

    title: str
    cpu: float
    building: float
    with_tests: float
    command: float
    is_kept: bool


def middle(builds: Sequence[Build]) -> Build:
    """Medians of each figure; the slowest nodes are those of the median build."""
    by_cost = sorted(builds, key=lambda build: build.total)
    names = ("models", "tests", "publishing", "command", "cpu")
    return Build(
        **{name: median(getattr(build, name) for build in builds) for name in names},
        steps=by_cost[0].steps,
        slowest=by_cost[len(by_cost) // 2].slowest,
    )


def medians(runs: Sequence[Run]) -> dict[tuple[str, Kind | None], Build]:
    """One build for each warehouse and kind of batch, in the order of the runs."""
    cells: dict[tuple[str, Kind | None], list[Build]] = {}
    for run in runs:
        cells.setdefault((run.warehouse, run.kind), []).append(run.build)
    return {cell: middle(builds) for cell, builds in cells.items()}


def ratios(runs: Sequence[Run]) -> list[Ratio]:
    """Growth of medians per kind of batch; cost of a rebuild against a batch of the last days."""
    known = medians(runs)
    found = []
    for kind in KINDS:
        grown = _quotients(known["large", kind], known["small", kind])
        found.append(Ratio(f"{kind.title}: ten times the history", *grown, grown[0] <= AT_MOST))
    saved = _quotients(known["large", None], known["large", LAST_DAYS])
    found.append(Ratio(f"rebuild : {LAST_DAYS.title}", *saved, saved[0] >= AT_LEAST))
    return found


def _quotients(one: Build, other: Build) -> list[float]:
    names = ("cpu", "building", "total", "command")
    return [getattr(one, name) / getattr(other, name) for name in names]


def show_race(outcome: Outcome, rows: int) -> None:
    """Print costs, ratios, the slowest nodes, and whether the tables are right."""
    console = console_of_width(_PLAIN_WIDTH)
    sizes = {history.name: f"{history.rows:,} rows, {history.days} days" for history in histories(rows)}
    table = _table("What a build costs, in seconds", "Batch", "History")
    known = medians(outcome.runs)
    for kind in (None, *KINDS):
        for name, size in sizes.items():
            runs = [run for run in outcome.runs if (run.warehouse, run.kind) == (name, kind)]
            title = f"{len(runs)} x 20,000 {kind.title}" if kind else "all, from scratch"
            table.add_row(title, size, *_cells(known[name, kind]))
    console.print(table)
    console.print(
        "Models, Tests: sums of dbt's execution times over models that read sales and their tests; four"
        "\nrun at once, so sums exceed wall time. Command: includes dbt's start and all other models."
        "\nCPU: the database's. Medians, on both in turn. From scratch includes unit tests of models.",
        style="dim",
    )
    table = Table(box=box.SIMPLE, title="Ratios")
    table.add_column("")
    for name in ("CPU", "Promised", "", "Models, publishing", "With tests", "Command"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in ratios(outcome.runs):
        promised = f">= {AT_LEAST}" if each.title.startswith("rebuild") else f"<= {AT_MOST}"
        others = [f"{figure:.2f}" for figure in (each.building, each.with_tests, each.command)]
        kept = "kept" if each.is_kept else "not kept"
        table.add_row(each.title, f"{each.cpu:.2f}", promised, kept, *others)
    console.print(table)
    for kind in KINDS:
        slowest = list(known["large", kind].slowest.items())[:_SLOWEST]
        text = ", ".join(f"{name.split('.')[2]} {seconds:.2f}" for name, seconds in slowest)
        console.print(f"slowest after {kind.title}: {text}", style="dim", markup=False)
    console.print(_sameness(outcome.differing))


def show_sample(builds: Mapping[str, Sequence[Build]], differing: Sequence[str]) -> None:
    """Print how long builds of the sample data take, and whether the tables are right."""
    table = _table("Sample data of all sources, in seconds", "Build", "n", "Steps")
    for name, runs in builds.items():
        build = middle(runs)
        table.add_row(name, str(len(runs)), str(build.steps), *_cells(build))
    console = console_of_width(_PLAIN_WIDTH)
    console.print(table)
    console.print(_sameness(differing))


def _sameness(differing: Sequence[str]) -> str:
    if differing:
        return f"a full refresh gives OTHER rows in {', '.join(differing)}"
    return "a full refresh gives the same tables as the builds before it"


def as_data(outcome: Outcome | None, builds: Mapping[str, Sequence[Build]]) -> dict:
    """All figures, for JSON."""
    runs = outcome.runs if outcome else []
    return {
        "runs": [{**asdict(run), "kind": run.kind.name if run.kind else None} for run in runs],
        "ratios": [asdict(each) for each in ratios(runs)] if runs else [],
        "differing": list(outcome.differing) if outcome else [],
        "sample": {name: [asdict(build) for build in each] for name, each in builds.items()},
    }


def _table(title: str, *columns: str) -> Table:
    table = Table(box=box.SIMPLE, title=title)
    for name in columns:
        table.add_column(name)
    for name in ("Models", "Tests", "Publishing", "Command", "CPU"):
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _cells(build: Build) -> list[str]:
    figures = (build.models, build.tests, build.publishing, build.command, build.cpu)
    return [f"{figure:.2f}" for figure in figures]
