"""The command `status`: what was loaded and held."""

from __future__ import annotations

import argparse

from ingestion.commands.console import show, show_json
from ingestion.commands.ledger import read_ledger

_COLUMNS = {
    "load_id": "Load",
    "file_name": "File",
    "part": "Sheet",
    "source": "Source",
    "state": "State",
    "is_sample": "Sample",
    "rows_read": "Read",
    "rows_loaded": "Loaded",
    "rows_rejected": "Rejected",
    "data_from": "From",
    "data_to": "To",
    "note": "Note",
}


def add_status(commands: argparse._SubParsersAction) -> None:
    """Register `status`."""
    command = commands.add_parser("status", help="what was loaded and held")
    command.add_argument("--json", action="store_true", help="as JSON")
    command.set_defaults(run=_status)


def _status(options: argparse.Namespace) -> int:
    from ingestion.ledger.read import status

    records = read_ledger(status)
    if options.json:
        show_json(records)
    else:
        show(_COLUMNS, list(map(_with_note, records)), "nothing was loaded yet: make load FILES=…")
    return 0


def _with_note(record: dict) -> dict:
    """The record with its message and its remarks as one text."""
    remarks = [remark["text"] for remark in record["remarks"]]
    return record | {"note": "; ".join(filter(None, [record["message"], *remarks]))}
