"""The command `backfill`."""

from __future__ import annotations

import argparse
import shlex
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
    command.add_argument(
        "--run", action="store_true", help="build it; run it again to continue where it stopped"
    )
    command.add_argument("--again", action="store_true", help="if it is done, build all of it once more")
    help_rows = "most raw rows to build in one step, and so the most work that a kill can lose"
    command.add_argument("--step-rows", type=int, default=STEP_ROWS, metavar="N", help=help_rows)


def run_backfill(settings: Settings, options: argparse.Namespace) -> int:
    """List, show or run back-fills; returns the exit code."""
    from tradewind.backfill.plan import CannotBackfill
    from tradewind.backfill.run import backfill, listing
    from tradewind.mapping.places import PlacedFaults
    from tradewind.warehouse.build import BuildError

    if problem := _misused(options):
        print(f"error: {problem}", file=sys.stderr)
        return 2
    try:
        if not options.name:
            file = options.file.name if options.file else "backfills.yaml"
            print(*(listing(settings, options.file) or [f"{file} has no entries"]), sep="\n")
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
        same = shlex.join(
            ["python", "-m", "tradewind", "backfill", options.name, "--run", *_options(options)]
        )
        print(f"error: {error}; dashboards keep their figures; to continue: {same}", file=sys.stderr)
        return 1
    print(*said, sep="\n")
    return 0


def _misused(options: argparse.Namespace) -> str:
    """What is wrong with the options; empty if nothing is."""
    if options.file and not options.file.is_file():
        return f"there is no file {options.file}"
    if (options.run or options.again) and not options.name:
        return "--run and --again go with the name of an entry"
    if options.step_rows < 1:
        return f"--step-rows is {options.step_rows}: at least 1"
    return ""


def _options(options: argparse.Namespace) -> list[str]:
    """The options that say what is built, as they were given."""
    file = ["--file", str(options.file)] if options.file else []
    return file + (["--step-rows", str(options.step_rows)] if options.step_rows != STEP_ROWS else [])
