"""Commands that change the warehouse: `load`, `replay` and `accept`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.commands.console import show, show_remarks

if TYPE_CHECKING:
    from ingestion.loading.result import LoadResult

_COLUMNS = {
    "file": "File",
    "source": "Source",
    "load_id": "Load",
    "outcome": "Outcome",
    "rows_read": "Read",
    "rows_loaded": "Loaded",
    "rows_rejected": "Rejected",
    "message": "Note",
}


def add_load(commands: argparse._SubParsersAction) -> None:
    """Register `load`, which returns 0 when the content of all files is in, 1 when one needs a person."""
    command = commands.add_parser("load", help="load files, folders and archives")
    command.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="PATH",
        help="text in any form, .xlsx, .xls, .ods, .parquet, .jsonl, these in .gz or .zip, or a folder",
    )
    command.set_defaults(run=_load)


def add_replay(commands: argparse._SubParsersAction) -> None:
    """Register `replay`."""
    command = commands.add_parser(
        "replay", help="read a load's file again, after it or its contract was corrected"
    )
    command.add_argument("load", type=int, metavar="LOAD", help="number of the load")
    command.add_argument("file", nargs="?", type=Path, metavar="FILE", help="the corrected file")
    command.set_defaults(run=_replay)


def add_accept(commands: argparse._SubParsersAction) -> None:
    """Register `accept`."""
    command = commands.add_parser("accept", help="load a held file all the same")
    command.add_argument("load", type=int, metavar="LOAD", help="number of the held load")
    command.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="where the file is, if it was moved"
    )
    command.add_argument("--why", required=True, help="the reason, which the ledger keeps")
    command.set_defaults(run=_accept)


def _load(options: argparse.Namespace) -> int:
    from ingestion.loading.load import load
    from ingestion.loading.progress import shown_progress

    with shown_progress() as progress:
        results = load(options.paths, progress=progress)
    return _show(results)


def _replay(options: argparse.Namespace) -> int:
    from ingestion.loading.progress import shown_progress
    from ingestion.loading.replay import replay

    with shown_progress() as progress:
        results = replay(options.load, options.file, progress=progress)
    return _show(results)


def _accept(options: argparse.Namespace) -> int:
    from ingestion.loading.progress import shown_progress
    from ingestion.loading.replay import accept

    with shown_progress() as progress:
        results = accept(options.load, options.why, options.file, progress=progress)
    return _show(results)


def _show(results: Sequence[LoadResult]) -> int:
    records = [{**asdict(result), "file": result.file} for result in results]
    show(_COLUMNS, records, "no files to load")
    for result in results:
        show_remarks(result.file, result.remarks)
    return 0 if all(result.is_fine for result in results) else 1
