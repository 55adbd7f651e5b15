"""Commands of the loader. Each imports what it needs itself, so that all of them start at once."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from ingestion.console import complain, show, show_json
from ingestion.sample import ROWS, SEED

#: Exit codes; argparse itself ends with 2 on wrong usage.
FINE, NOT_FINE = 0, 1

_LOAD_COLUMNS = {
    "file": "File",
    "source": "Source",
    "load_id": "Load",
    "outcome": "Outcome",
    "rows_read": "Read",
    "rows_loaded": "Loaded",
    "rows_rejected": "Rejected",
    "message": "Note",
}
_STATUS_COLUMNS = {
    "load_id": "Load",
    "file_name": "File",
    "source": "Source",
    "state": "State",
    "is_sample": "Sample",
    "rows_read": "Read",
    "rows_loaded": "Loaded",
    "rows_rejected": "Rejected",
    "data_from": "From",
    "data_to": "To",
    "message": "Note",
}
_REJECTED_COLUMNS = {
    "load_id": "Load",
    "file_name": "File",
    "line": "Line",
    "column_name": "Column",
    "value": "Value",
    "reason": "Reason",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns 0 when all is fine, 1 when something needs a person."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except KeyboardInterrupt:
        complain("stopped; what was not finished left no trace")
        return NOT_FINE
    except Exception as error:
        if not _is_expected(error):
            raise
        complain(error)
        return NOT_FINE


def _is_expected(error: Exception) -> bool:
    """Whether the error's text says all that a person needs."""
    from psycopg import OperationalError

    from ingestion.contract_files import ContractError
    from ingestion.ddl import SchemaMismatch
    from ingestion.warehouse import WarehouseUnavailable

    return isinstance(error, ContractError | SchemaMismatch | WarehouseUnavailable | OperationalError)


def _load(options: argparse.Namespace) -> int:
    from ingestion.load import load

    results = load(options.paths)
    records = [{**asdict(result), "file": result.file} for result in results]
    show(_LOAD_COLUMNS, records, "no files to load")
    return FINE if all(result.is_fine for result in results) else NOT_FINE


def _status(options: argparse.Namespace) -> int:
    from ingestion.history import status

    records = _with_ledger(status)
    if options.json:
        show_json(records)
    else:
        show(_STATUS_COLUMNS, records, "nothing was loaded yet: make load FILES=…")
    return FINE


def _rejected(options: argparse.Namespace) -> int:
    from ingestion.history import rejected

    records = _with_ledger(lambda connection: rejected(connection, options.load))
    if options.json:
        show_json(records)
    else:
        show(_REJECTED_COLUMNS, records, "no rejected rows")
    return FINE


def _with_ledger(read: Callable) -> list[dict]:
    from ingestion.contract_files import read_contracts
    from ingestion.ddl import ensure_schema
    from ingestion.warehouse import connect

    with connect() as connection:
        with connection.transaction():
            ensure_schema(connection, read_contracts())
        return read(connection)


def _sample(options: argparse.Namespace) -> int:
    from ingestion.landing import SAMPLE
    from ingestion.sample import sample_path, write_sample_file
    from tradewind.settings import Settings

    folder = options.out or Settings.load().landing / SAMPLE
    rows = write_sample_file(folder, rows=options.rows, until=options.until, seed=options.seed)
    print(f"{rows:,} rows of sample sales in {sample_path(folder, options.until)}")
    return FINE


def _sources(options: argparse.Namespace) -> int:
    from ingestion.contract_files import read_contracts
    from ingestion.dbt_sources import SOURCES_FILE, is_current, render_sources, write_sources

    contracts = read_contracts()
    if not options.check:
        print(f"{SOURCES_FILE} {'written' if write_sources(contracts) else 'is up to date'}")
    elif not is_current(render_sources(contracts)):
        complain(f"{SOURCES_FILE} differs from the contracts: run python -m ingestion sources")
        return NOT_FINE
    return FINE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ingestion", description="Load files into the warehouse.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("load", help="load files or folders")
    command.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="file (.csv, .xlsx) or folder")
    command.set_defaults(run=_load)

    command = commands.add_parser("status", help="what was loaded and held")
    command.add_argument("--json", action="store_true", help="as JSON")
    command.set_defaults(run=_status)

    command = commands.add_parser("rejected", help="which rows were refused, and why")
    command.add_argument("load", nargs="?", type=int, metavar="LOAD", help="number of a load; default all")
    command.add_argument("--json", action="store_true", help="as JSON, with every reason of a row")
    command.set_defaults(run=_rejected)

    command = commands.add_parser("sample", help="write a file of sample sales")
    command.add_argument("--out", type=Path, metavar="DIR", help="folder; default landing/sample")
    command.add_argument("--rows", type=_count, default=ROWS, metavar="N", help="default %(default)s")
    command.add_argument("--until", type=_month, metavar="YYYY-MM", help="last month of data")
    command.add_argument("--seed", type=int, default=SEED, metavar="N", help="other seeds give other figures")
    command.set_defaults(run=_sample)

    command = commands.add_parser("sources", help="write dbt's sources from the contracts")
    command.add_argument("--check", action="store_true", help="change nothing; exit 1 if out of date")
    command.set_defaults(run=_sources)
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"'{text}' is not a positive whole number")
    return int(text)


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a month as 2026-10") from None
