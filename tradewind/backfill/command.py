"""The command `backfill`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tradewind.backfill.plan import STEP_ROWS
from tradewind.settings import Settings


def add_backfill(commands: argparse._SubParsersAction) -> None:
    """Register `backfill`."""
    command = commands.add_parser(
        "backfill", help="build again what an entry of backfills.yaml names; at first only say what that is"
    )
    command.add_argument("name", nargs="?", help="the entry; all are listed where it is left out")
    command.add_argument("--file", type=Path, help="another file than backfills.yaml")
    command.add_argument("--run", action="store_true", help="build it; the same again goes on where it ended")
    command.add_argument("--again", action="store_true", help="where it is done, all of it once more")
    help_rows = "raw rows that are built at once, at most: what a kill throws away"
    command.add_argument("--step-rows", type=int, default=STEP_ROWS, metavar="N", help=help_rows)


def run_backfill(settings: Settings, options: argparse.Namespace) -> int:
    """List, show or run back-fills; returns the exit code."""
    from tradewind.backfill.plan import CannotBackfill
    from tradewind.backfill.run import backfill, listing
    from tradewind.mapping.places import PlacedFaults
    from tradewind.warehouse.build import BuildError

    try:
        if not options.name:
            print(*(listing(settings, options.file) or ["backfills.yaml has no entries"]), sep="\n")
            return 0
        said = backfill(
            settings,
            options.name,
            is_dry_run=not options.run,
            again=options.again,
            step_rows=options.step_rows,
            path=options.file,
            say=lambda sentence: print(sentence, flush=True),
        )
    except (PlacedFaults, CannotBackfill) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except BuildError as error:
        again = f"python -m tradewind backfill {options.name} --run"
        print(f"error: {error}; dashboards keep their figures, and this goes on: {again}", file=sys.stderr)
        return 1
    print(*said, sep="\n")
    return 0
