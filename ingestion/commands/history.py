"""Commands that tell what happened: `status` and `rejected`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from ingestion.commands.console import complain, show, show_json

_STATUS = {
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
_REASONS = {
    "load_id": "Load",
    "file_name": "File",
    "column_name": "Column",
    "reason": "Reason",
    "rows": "Rows",
    "first_line": "First line",
    "example": "Example",
}
_ROWS = {
    "load_id": "Load",
    "file_name": "File",
    "line": "Line",
    "column_name": "Column",
    "value": "Value",
    "reason": "Reason",
}


def add_status(commands: argparse._SubParsersAction) -> None:
    """Register `status`."""
    command = commands.add_parser("status", help="what was loaded and held")
    command.add_argument("--json", action="store_true", help="as JSON")
    command.set_defaults(run=_status)


def add_rejected(commands: argparse._SubParsersAction) -> None:
    """Register `rejected`."""
    command = commands.add_parser("rejected", help="which rows were refused, and why")
    command.add_argument("load", nargs="?", type=int, metavar="LOAD", help="number of a load; default all")
    form = command.add_mutually_exclusive_group()
    form.add_argument("--rows", action="store_true", help="row by row, not by reason")
    form.add_argument("--json", action="store_true", help="row by row as JSON, with every reason of a row")
    form.add_argument("--csv", type=Path, metavar="FILE", help="row by row into a file for a spreadsheet")
    command.set_defaults(run=_rejected)


def _status(options: argparse.Namespace) -> int:
    from ingestion.ledger.read import status

    records = _with_ledger(status)
    if options.json:
        show_json(records)
    else:
        show(_STATUS, list(map(_with_note, records)), "nothing was loaded yet: make load FILES=…")
    return 0


def _with_note(record: dict) -> dict:
    """The record with its message and its remarks as one text."""
    remarks = [remark["text"] for remark in record["remarks"]]
    return record | {"note": "; ".join(filter(None, [record["message"], *remarks]))}


def _rejected(options: argparse.Namespace) -> int:
    from ingestion.ledger.read import rejected, rejected_reasons

    if options.rows or options.json or options.csv:
        records = _with_ledger(lambda connection: rejected(connection, options.load))
    else:
        records = _with_ledger(lambda connection: rejected_reasons(connection, options.load))
    if options.json:
        show_json(records)
    elif options.csv:
        from ingestion.commands.spreadsheets import write_for_spreadsheet

        write_for_spreadsheet(options.csv, _ROWS, records)
        print(f"{len(records):,} rows in {options.csv}")
    else:
        show(_ROWS if options.rows else _REASONS, records, "no rejected rows")
    return 0


def _with_ledger(read: Callable) -> list[dict]:
    from ingestion.contract.files import find_contracts
    from ingestion.database.connection import connect
    from ingestion.database.schema import ensure_schema

    with connect() as connection:
        with connection.transaction():
            contracts, faults = find_contracts()
            unfit = ensure_schema(connection, contracts)
        for fault in (*faults, *unfit.values()):
            complain(fault)
        return read(connection)
