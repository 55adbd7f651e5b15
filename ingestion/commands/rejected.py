"""The command `rejected`: which rows were refused, and why."""

from __future__ import annotations

import argparse
from pathlib import Path

from ingestion.commands.console import show, show_json
from ingestion.commands.ledger import read_ledger

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


def add_rejected(commands: argparse._SubParsersAction) -> None:
    """Register `rejected`."""
    command = commands.add_parser("rejected", help="which rows were refused, and why")
    command.add_argument("load", nargs="?", type=int, metavar="LOAD", help="number of a load; default all")
    form = command.add_mutually_exclusive_group()
    form.add_argument("--rows", action="store_true", help="row by row, not by reason")
    form.add_argument("--json", action="store_true", help="row by row as JSON, with every reason of a row")
    form.add_argument("--csv", type=Path, metavar="FILE", help="row by row into a file for a spreadsheet")
    command.set_defaults(run=_rejected)


def _rejected(options: argparse.Namespace) -> int:
    from ingestion.ledger.read import rejected, rejected_reasons

    if options.rows or options.json or options.csv:
        records = read_ledger(lambda connection: rejected(connection, options.load))
    else:
        records = read_ledger(lambda connection: rejected_reasons(connection, options.load))
    if options.json:
        show_json(records)
    elif options.csv:
        from ingestion.commands.spreadsheets import write_for_spreadsheet

        write_for_spreadsheet(options.csv, _ROWS, records)
        print(f"{len(records):,} rows in {options.csv}")
    else:
        show(_ROWS if options.rows else _REASONS, records, "no rejected rows")
    return 0
