"""Builds two warehouses that differ only in the length of their history, and batches on both in turn."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.build.history import KINDS, Kind, histories, write_batch, write_history
from benchmarks.build.warehouse import Build, Warehouse, differing
from benchmarks.load.server import Server


@dataclass(frozen=True, slots=True)
class Run:
    """A build of one warehouse; without a kind of batch it was from scratch."""

    warehouse: str
    kind: Kind | None
    number: int
    build: Build


@dataclass(frozen=True, slots=True)
class Outcome:
    """All runs, and the tables in which builds of batches and a full refresh differ; there must be none."""

    runs: Sequence[Run]
    differing: Sequence[str]


def race(server: Server, project: Path, folder: Path, rows: int, batches: int) -> Outcome:
    """Load histories and build them from scratch; then `batches` batches of each kind, in turn on both."""
    with ExitStack() as stack:
        warehouses, runs = {}, []
        for history in histories(rows):
            database = stack.enter_context(server.database(history.name))
            warehouse = Warehouse(server, database, project, folder / history.name)
            for path in write_history(folder, history):
                warehouse.load(path)
            _say(f"{history.name}: {history.rows:,} rows are loaded")
            runs.append(_run(history.name, warehouse, None, 1))
            warehouses[history.name] = warehouse
        for number in range(1, batches + 1):
            for kind in KINDS:
                path = write_batch(folder, kind, number)
                order = list(warehouses.items())
                for name, warehouse in order if number % 2 else reversed(order):
                    warehouse.load(path)
                    runs.append(_run(name, warehouse, kind, number))
                path.unlink()
        small = warehouses["small"]
        by_batches = small.digests()
        small.build(full_refresh=True)
        return Outcome(runs, differing(by_batches, small.digests()))


def _run(name: str, warehouse: Warehouse, kind: Kind | None, number: int) -> Run:
    run = Run(name, kind, number, warehouse.build())
    title = kind.title if kind else "from nothing"
    _say(f"{name}, {title}: models and publishing {run.build.building:.1f} s, tests {run.build.tests:.1f} s")
    return run


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
