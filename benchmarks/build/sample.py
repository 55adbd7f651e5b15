"""Builds on the sample data of all sources: from scratch, after one more file, with nothing new."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

from benchmarks.build.warehouse import Build, Warehouse, differing
from benchmarks.load.server import Server
from tests.support.random_sales import write_sales

#: Last month of the sample data; each further file restates an earlier one in all countries.
_UNTIL = "2023-12"
_FILE_ROWS = 500

NOTHING, FILE, AGAIN = "from nothing", "after one more file of sales", "with nothing new"


def sample(
    server: Server, project: Path, folder: Path, rounds: int
) -> tuple[dict[str, list[Build]], list[str]]:
    """Builds by what came before them, `rounds` of each but the first; tables that a full refresh changes."""
    with server.database("sample") as database:
        warehouse = Warehouse(server, database, project, folder / "sample")
        files = folder / "files"
        command = [sys.executable, "-m", "ingestion", "sample", "--out", str(files), "--until", _UNTIL]
        subprocess.run(command, cwd=project, check=True, stdout=subprocess.DEVNULL)
        warehouse.load(files)
        builds = {NOTHING: [warehouse.build()], FILE: [], AGAIN: []}
        for number in range(1, rounds + 1):
            path = folder / f"more-{number}.csv"
            warehouse.load(write_sales(path, _FILE_ROWS, number, date(2023, 12 - number, 1), 28))
            builds[FILE].append(warehouse.build())
            builds[AGAIN].append(warehouse.build())
            print(f"sample data, round {number} of {rounds}", file=sys.stderr, flush=True)
        by_files = warehouse.digests()
        warehouse.build(full_refresh=True)
        return builds, differing(by_files, warehouse.digests())
