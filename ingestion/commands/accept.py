"""The command `accept`: load a held file anyway."""

from __future__ import annotations

import argparse
from pathlib import Path

from ingestion.commands.results import show_results


def add_accept(commands: argparse._SubParsersAction) -> None:
    """Register `accept`."""
    command = commands.add_parser("accept", help="load a held file anyway")
    command.add_argument("load", type=int, metavar="LOAD", help="number of the held load")
    command.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="where the file is, if it was moved"
    )
    command.add_argument("--why", required=True, help="the reason, which the ledger keeps")
    command.set_defaults(run=_accept)


def _accept(options: argparse.Namespace) -> int:
    from ingestion.loading.progress import shown_progress
    from ingestion.loading.replay import accept

    with shown_progress() as progress:
        results = accept(options.load, options.why, options.file, progress=progress)
    return show_results(results)
