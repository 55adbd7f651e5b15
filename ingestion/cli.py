"""The command line of the loader."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from ingestion.commands.console import complain
from ingestion.commands.history import add_rejected, add_status
from ingestion.commands.loading import add_accept, add_load, add_replay
from ingestion.commands.parsing import add_parse
from ingestion.commands.unknown_files import add_draft, add_preview
from ingestion.sample import ROWS, SEED

#: Exit codes; argparse itself ends with 2 on wrong usage.
FINE, NOT_FINE, INTERRUPTED = 0, 1, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns 0 when all is fine, 1 when something needs a person."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        # a name or a value may hold what the terminal's encoding does not
        stream.reconfigure(errors="backslashreplace")
    # It warns of what follows from an error that is told in any case.
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    try:
        code = options.run(options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Whoever read the output has seen enough; what Python would still write has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except KeyboardInterrupt:
        complain("stopped; what was not finished left no trace")
        return INTERRUPTED
    except Exception as error:
        if not _is_expected(error):
            raise
        complain(_told(error))
        return NOT_FINE


def _is_expected(error: Exception) -> bool:
    """Whether the error's text says all that a person needs."""
    from psycopg import OperationalError

    from ingestion.contract.files import ContractError
    from ingestion.database.connection import WarehouseUnavailable
    from ingestion.loading.replay import CannotReplay
    from tradewind.settings import SettingError

    expected = ContractError | WarehouseUnavailable | CannotReplay | SettingError | OperationalError
    return isinstance(error, expected)


def _told(error: Exception) -> str:
    from psycopg import OperationalError

    if isinstance(error, OperationalError):
        cause = str(error).partition("\n")[0]
        return (
            f"the warehouse failed ({cause}): what was not finished left no trace; put it right, and run this"
            " again"
        )
    return str(error)


def _sample(options: argparse.Namespace) -> int:
    from ingestion.arrival.landing import SAMPLE
    from ingestion.sample import write_sample_files
    from tradewind.settings import Settings

    folder = options.out or Settings.load().landing / SAMPLE
    written = write_sample_files(folder, rows=options.rows, until=options.until, seed=options.seed)
    for path, rows in written.items():
        print(f"{rows:>9,} rows in {path}")
    return FINE


def _sources(options: argparse.Namespace) -> int:
    from ingestion.contract.files import read_contracts
    from ingestion.describe.generated import outdated, write_generated

    contracts = read_contracts()
    if options.check:
        stale = outdated(contracts)
        for path in stale:
            complain(f"{path} differs from the contracts: run python -m ingestion sources")
        return NOT_FINE if stale else FINE
    changed = write_generated(contracts)
    for path in changed:
        print(f"{path} written")
    if not changed:
        print("everything is up to date")
    return FINE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ingestion", description="Load files into the warehouse.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    for add in (
        add_load,
        add_status,
        add_rejected,
        add_replay,
        add_accept,
        add_preview,
        add_draft,
        add_parse,
    ):
        add(commands)

    command = commands.add_parser("sample", help="write sample files of all sources")
    command.add_argument("--out", type=Path, metavar="DIR", help="folder; default landing/sample")
    command.add_argument(
        "--rows",
        type=_count,
        default=ROWS,
        metavar="N",
        help="rows of sales, default %(default)s; others fit",
    )
    command.add_argument("--until", type=_month, metavar="YYYY-MM", help="last month of data")
    command.add_argument("--seed", type=int, default=SEED, metavar="N", help="other seeds give other figures")
    command.set_defaults(run=_sample)

    command = commands.add_parser(
        "sources", help="write dbt's sources and the data dictionary from the contracts"
    )
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
