"""The command `load`: load files, folders and archives."""

from __future__ import annotations

import argparse
from pathlib import Path

from ingestion.commands.results import show_results


def add_load(commands: argparse._SubParsersAction) -> None:
    """Register `load`, which returns 0 when all files are loaded, 1 when one needs a person."""
    command = commands.add_parser("load", help="load files, folders and archives")
    command.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="PATH",
        help="text in any form, .xlsx, .xls, .ods, .parquet, .jsonl, these in .gz or .zip, or a folder",
    )
    command.set_defaults(run=_load)


def _load(options: argparse.Namespace) -> int:
    from ingestion.loading.load import load
    from ingestion.loading.progress import shown_progress

    with shown_progress() as progress:
        results = load(options.paths, progress=progress)
    return show_results(results)
