"""Only this loader: a file that is too large for memory, and a small one."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from statistics import median

from benchmarks.load.measure import Cost
from benchmarks.load.race import Race
from benchmarks.load.server import Server
from benchmarks.load.ways import LOADER
from tests.support.random_sales import ROW_BYTES

#: Disk that a load needs, per byte of its file: the file, the table, and its write-ahead log.
_DISK_A_FILE = 3.5

_SMALL_ROWS = 700
_SMALL_RUNS = 10


class NoRoom(Exception):
    """The disk is too small; the text says by how much."""


def large(server: Server, folder: Path, gigabytes: float) -> str:
    """Load a file of `gigabytes` GB and delete it; returns a line on what it took.

    Raises:
        NoRoom: see the class.
    """
    size = gigabytes * 1e9
    free, needed = shutil.disk_usage(folder).free, _DISK_A_FILE * size
    if free < needed:
        raise NoRoom(
            f"{folder} has {free / 1e9:.0f} GB left; a file of {gigabytes:g} GB needs {needed / 1e9:.0f} GB"
        )
    rows = round(size / ROW_BYTES)
    race = Race(server, folder, rows)
    try:
        cost = _cost(race)
    finally:
        race.file.unlink()
    return (
        f"{gigabytes:g} GB, {rows:,} rows: {cost.work:.1f} s, {rows / cost.work:,.0f} rows/s,"
        f" at most {cost.peak / 2**20:,.0f} MiB resident, {cost.client_cpu:.1f} s CPU of the client"
        f" and {cost.server_cpu:.1f} s of the server"
    )


def small(server: Server, folder: Path) -> str:
    """Load a small file several times, each in a fresh process; returns a line on what it took."""
    race = Race(server, folder, _SMALL_ROWS)
    costs = []
    for number in range(1, _SMALL_RUNS + 1):
        costs.append(_cost(race))
        print(f"run {number} of {_SMALL_RUNS}: {costs[-1].work:.3f} s", file=sys.stderr, flush=True)
    work, startup = (median(getattr(cost, part) for cost in costs) for part in ("work", "startup"))
    return (
        f"{_SMALL_ROWS} rows: {work * 1000:.0f} ms from the call to the commit,"
        f" after {startup * 1000:.0f} ms of start and imports; medians of {_SMALL_RUNS} processes"
    )


def _cost(race: Race) -> Cost:
    run = race.once(LOADER)
    if run.cost is None:
        sys.exit(run.problem)
    return run.cost
