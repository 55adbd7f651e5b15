"""The command `replay`: read a load's file again."""

from __future__ import annotations

import argparse
from pathlib import Path

from ingestion.commands.results import show_results


def add_replay(commands: argparse._SubParsersAction) -> None:
    """Register `replay`."""
    command = commands.add_parser(
        "replay", help="read a load's file again, after it or its contract was corrected"
    )
    command.add_argument("load", type=int, metavar="LOAD", help="number of the load")
    command.add_argument("file", nargs="?", type=Path, metavar="FILE", help="the corrected file")
    command.set_defaults(run=_replay)


def _replay(options: argparse.Namespace) -> int:
    from ingestion.loading.progress import shown_progress
    from ingestion.loading.replay import replay

    with shown_progress() as progress:
        results = replay(options.load, options.file, progress=progress)
    return show_results(results)
