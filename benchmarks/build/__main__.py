"""What builds cost, by the size of the history and of the batch: `python -m benchmarks.build --help`."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from benchmarks.build import report
from benchmarks.build.project import copy_project
from benchmarks.build.race import race
from benchmarks.build.sample import sample
from benchmarks.load.server import throwaway_server
from ingestion.contract.files import read_contracts
from tests.support.guardian import Guard
from tradewind.settings import ROOT

_FOLDER = ROOT / ".local" / "benchmarks"

#: Bytes of disk per row of the longer history, including everything that is built and sorted from it.
_DISK_A_ROW = 700

#: A load average above this comes from other programs.
_BUSY = 0.3

_PARTS = ("history", "sample")


def main() -> int:
    """Measure and print; exit code 1 if builds of batches gave other tables than a full refresh."""
    options = _options()
    Guard()
    # Like Ctrl-C: everything that was started is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if (load := os.getloadavg()[0]) > _BUSY:
        print(f"the machine is busy (load {load:.1f}): compare ratios, not seconds", file=sys.stderr)
    _FOLDER.mkdir(parents=True, exist_ok=True)
    free, needed = shutil.disk_usage(_FOLDER).free, options.rows * _DISK_A_ROW
    if "history" in options.only and free < needed:
        sys.exit(
            f"error: {_FOLDER} has {free / 1e9:.0f} GB left, {needed / 1e9:.0f} GB are needed: see --rows"
        )
    outcome, builds, differing = None, {}, []
    try:
        with tempfile.TemporaryDirectory(prefix="build-", dir=_FOLDER) as name:
            folder = Path(name)
            if "sample" in options.only:
                project = copy_project(folder / "own", append=False)
                with throwaway_server(_FOLDER, read_contracts()) as server:
                    builds, differing = sample(server, project, folder, options.batches)
                report.show_sample(builds, differing)
            if "history" in options.only:
                project = copy_project(folder / "append")
                contracts = read_contracts(project / "ingestion" / "contracts")
                with throwaway_server(_FOLDER, contracts) as server:
                    outcome = race(server, project, folder, options.rows, options.batches)
                report.show_race(outcome, options.rows)
                differing += outcome.differing
        if options.json:
            options.json.write_text(json.dumps(report.as_data(outcome, builds), indent=2) + "\n")
    except KeyboardInterrupt:
        return 130
    return 1 if differing else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.build", description=__doc__)
    parser.add_argument(
        "--rows",
        type=int,
        default=20_000_000,
        help="rows of the longer history; the other has a tenth (20000000)",
    )
    parser.add_argument("--batches", type=int, default=3, help="batches of each kind (3)")
    parser.add_argument("--only", choices=_PARTS, action="append", help="one part alone")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    options = parser.parse_args()
    options.only = options.only or _PARTS
    return options


if __name__ == "__main__":
    sys.exit(main())
