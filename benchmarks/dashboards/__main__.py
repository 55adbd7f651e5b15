"""The overview on a long history, as viewers see it: `python -m benchmarks.dashboards --help`."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from benchmarks.build.project import copy_project
from benchmarks.dashboards import report
from benchmarks.dashboards.crowd import load
from benchmarks.dashboards.freshness import publish
from benchmarks.dashboards.page import Connection, charts_of
from benchmarks.dashboards.paint import paint
from benchmarks.dashboards.rounds import CACHED, COLD, Direct, Together, WrongAnswer, measure
from benchmarks.dashboards.stack import Stack, stack
from benchmarks.load.measure import Failed
from benchmarks.load.server import throwaway_server
from ingestion.contract.files import read_contracts
from tests.support.guardian import Guard
from tradewind.settings import ROOT

_FOLDER = ROOT / ".local" / "benchmarks"

#: Bytes of disk per row of the history, including everything that is built and sorted from it.
_DISK_A_ROW = 600

#: A load average above this comes from other programs.
_BUSY = 0.3

#: Visits with a browser, and how often all charts are requested at once.
_VISITS = 3


def main() -> int:
    """Measure and print; exit code 1 if a chart is wrong or a batch not shown, but not if it is slow."""
    options = _options()
    Guard()
    # Like Ctrl-C: everything that was started is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if (busy := os.getloadavg()[0]) > _BUSY:
        _say(f"the machine is busy (load {busy:.1f}): compare ratios, not milliseconds")
    _FOLDER.mkdir(parents=True, exist_ok=True)
    free, needed = shutil.disk_usage(_FOLDER).free, options.rows * _DISK_A_ROW
    if free < needed:
        sys.exit(
            f"error: {_FOLDER} has {free / 1e9:.0f} GB left, {needed / 1e9:.0f} GB are needed: see --rows"
        )
    try:
        with tempfile.TemporaryDirectory(prefix="dashboards-", dir=_FOLDER) as name:
            folder = Path(name)
            project = copy_project(folder / "own", append=False)
            with (
                throwaway_server(_FOLDER, read_contracts()) as server,
                # named as the catalog of Superset's datasets
                server.database("warehouse") as database,
                stack(server, database, project, folder, options.rows, _say) as running,
            ):
                figures = _measure(running, folder, options)
        report.show(figures, options.rows)
        if options.json:
            options.json.write_text(json.dumps(report.as_data(figures, options.rows), indent=2) + "\n")
    except (Failed, WrongAnswer) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0 if figures.seen.is_exact and not any(each.errors for each in figures.loads) else 1


def _measure(running: Stack, folder: Path, options: argparse.Namespace) -> report.Figures:
    session = running.session()
    charts = charts_of(session)
    connection, direct, together = Connection(session), Direct(running.settings), Together(session, charts)
    try:
        samples = measure(connection, direct, charts, options.rounds, running.access_log)
        _say(f"{len(charts)} charts are measured one by one")
        at_once = {COLD: [], CACHED: []}
        for _ in range(_VISITS):
            for way, seconds in at_once.items():
                seconds.append(together.seconds(force=way is COLD))
        sessions = [running.session() for _ in range(max(options.users))]
        loads = []
        for users in options.users:
            loads.append(load(running, sessions[:users], charts, options.seconds))
            _say(f"{users} users: {loads[-1].charts_a_second:.0f} charts a second")
        cold, warm = zip(*(paint(running, len(charts)) for _ in range(_VISITS)), strict=True)
        _say("the browser has painted the page")
        seen = publish(running, session, direct, charts, folder)
        return report.Figures(samples, at_once, loads, cold, warm, seen)
    finally:
        for each in (connection, direct, together):
            each.close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboards", description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000_000, help="rows of the history (20000000)")
    parser.add_argument("--rounds", type=int, default=20, help="how often each chart is measured (20)")
    parser.add_argument("--users", type=_counts, default=[1, 5, 20], help="users at once (1,5,20)")
    parser.add_argument("--seconds", type=float, default=10, help="how long the users open charts (10)")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    return parser.parse_args()


def _counts(text: str) -> list[int]:
    try:
        counts = [int(part) for part in text.split(",")]
    except ValueError:
        counts = []
    if not counts or min(counts) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of positive numbers such as 1,5,20")
    return counts


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
