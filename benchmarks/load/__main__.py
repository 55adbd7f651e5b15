"""The loader beside `psql \\copy`, pandas and dlt: `python -m benchmarks.load --help`."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from pathlib import Path

from benchmarks.load import report, single
from benchmarks.load.race import Race
from benchmarks.load.server import throwaway_server
from benchmarks.load.ways import WAYS, YARDSTICK
from ingestion.contract.files import read_contracts
from tests.support.guardian import Guard
from tradewind.settings import ROOT

_FOLDER = ROOT / ".local" / "benchmarks"

#: A load average above this comes from other programs.
_BUSY = 0.3


def main() -> int:
    """Measure and print; a slow machine is not a failure."""
    options = _options()
    Guard()
    # Like Ctrl-C: everything that was started is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if (load := os.getloadavg()[0]) > _BUSY:
        print(f"the machine is busy (load {load:.1f}): what uses two cores will look slow", file=sys.stderr)
    _FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        with throwaway_server(_FOLDER, read_contracts()) as server:
            if options.small:
                print(single.small(server, _FOLDER))
            elif options.large:
                print(single.large(server, _FOLDER, options.large))
            else:
                ways = [way for way in WAYS if way is YARDSTICK or way.name in options.only]
                runs = Race(server, _FOLDER, options.rows).run(ways, options.rounds)
                report.show(runs, options.rows)
                if options.json:
                    options.json.write_text(json.dumps(report.as_data(runs, options.rows), indent=2) + "\n")
    except single.NoRoom as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        return 130
    return 0


def _options() -> argparse.Namespace:
    names = [way.name for way in WAYS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000, help="rows of the file (2000000)")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each way; slow ones run once (5)")
    parser.add_argument("--only", type=_names, default=names, help=f"of {', '.join(names)}")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--large", type=float, metavar="GB", help="only this loader, on a file of so many GB")
    parser.add_argument("--small", action="store_true", help="only this loader, on 700 rows")
    return parser.parse_args()


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - {way.name for way in WAYS}:
        raise argparse.ArgumentTypeError(f"there is no {', '.join(sorted(unknown))}")
    return names


if __name__ == "__main__":
    sys.exit(main())
