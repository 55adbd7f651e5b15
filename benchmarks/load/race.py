"""Runs the ways in turn, each on a fresh database, and records what each run cost."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load.broken_rows import broken_file
from benchmarks.load.measure import Cost, Failed, measure
from benchmarks.load.peers import PeersMissing, peers_python
from benchmarks.load.server import Server
from benchmarks.load.ways import YARDSTICK, Way, WrongRows
from tests.support.random_sales import clean_file
from tradewind.settings import ROOT

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a way, in a round counted from 1; it has either a cost or a problem."""

    way: Way
    round: int
    cost: Cost | None
    problem: str = ""


class Race:
    """Measures ways on one `file`, or the same with broken rows; all files are in `folder`."""

    def __init__(self, server: Server, folder: Path, rows: int) -> None:
        self._server = server
        self._folder = folder
        self._rows = rows
        self.file = clean_file(folder, rows)

    def run(self, ways: Sequence[Way], rounds: int) -> list[Run]:
        """Run all ways in every round, each time starting with another; slow ones only in the first."""
        # Programs and server are as warm in the first round as in the others.
        self.once(YARDSTICK)
        runs: list[Run] = []
        for number in range(1, rounds + 1):
            shift = (number - 1) % len(ways)
            for way in (*ways[shift:], *ways[:shift]):
                if number == 1 or not way.is_slow:
                    run = self.once(way, number)
                    runs.append(run)
                    outcome = f"{run.cost.work:.2f} s" if run.cost else run.problem
                    print(f"round {number} of {rounds}: {way.title}: {outcome}", file=sys.stderr, flush=True)
        return runs

    def once(self, way: Way, number: int = 1) -> Run:
        """Run one way, and check what it has loaded."""
        try:
            return Run(way, number, self._measured(way))
        except PeersMissing as error:
            return Run(way, number, None, str(error))
        except Failed as error:
            return Run(way, number, None, f"failed: {error}")
        except WrongRows as error:
            return Run(way, number, None, f"wrong: {error}")

    def _measured(self, way: Way) -> Cost:
        python = peers_python(self._folder) if way.is_foreign else Path(sys.executable)
        file = broken_file(self.file) if way.is_broken else self.file
        _read(file)
        with (
            self._server.database() as database,
            tempfile.TemporaryDirectory(prefix="run-", dir=self._folder) as folder,
        ):
            environment = {
                "PYTHONPATH": str(ROOT),
                "DLT_DATA_DIR": folder,
                "RUNTIME__DLTHUB_TELEMETRY": "false",
            }
            command = way.command(python, file, database, Path(folder))
            cost = measure(self._server, command, Path(folder), environment)
            way.check(database, self._rows)
            return cost


def _read(path: Path) -> None:
    """Bring a file into the page cache."""
    with path.open("rb", buffering=0) as file:
        while file.read(_BLOCK):
            continue
