"""The command line of the loader."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from ingestion.commands.accept import add_accept
from ingestion.commands.console import complain
from ingestion.commands.draft import add_draft
from ingestion.commands.load import add_load
from ingestion.commands.parse import add_parse
from ingestion.commands.preview import add_preview
from ingestion.commands.rejected import add_rejected
from ingestion.commands.replay import add_replay
from ingestion.commands.sample import add_sample
from ingestion.commands.sources import add_sources
from ingestion.commands.status import add_status
from ingestion.commands.withdraw import add_withdraw

#: In the order of the help.
_COMMANDS = (
    add_load,
    add_status,
    add_rejected,
    add_replay,
    add_accept,
    add_withdraw,
    add_preview,
    add_draft,
    add_parse,
    add_sample,
    add_sources,
)

#: Exit codes; argparse itself ends with 2 on wrong usage.
FINE, NOT_FINE, INTERRUPTED = 0, 1, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns 0 when all is fine, 1 when something needs a person."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        # a name or a value may hold what the terminal's encoding does not
        stream.reconfigure(errors="backslashreplace")
    # It warns of the consequences of an error that is reported anyway.
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
        complain(_message(error))
        return NOT_FINE


def _is_expected(error: Exception) -> bool:
    """Whether the error's text says all that a person needs."""
    from psycopg import OperationalError

    from ingestion.commands.spreadsheets import CannotWrite
    from ingestion.contract.files import ContractError
    from ingestion.database.connection import WarehouseUnavailable
    from ingestion.loading.replay import CannotReplay
    from ingestion.loading.withdraw import CannotWithdraw
    from tradewind.settings import SettingError

    expected = (
        ContractError | WarehouseUnavailable | CannotReplay | CannotWithdraw | CannotWrite | SettingError
    )
    return isinstance(error, expected | OperationalError)


def _message(error: Exception) -> str:
    from psycopg import OperationalError

    if isinstance(error, OperationalError):
        cause = str(error).partition("\n")[0]
        return (
            f"the warehouse failed ({cause}): what was not finished left no trace; put it right, and run this"
            " again"
        )
    return str(error)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ingestion", description="Load files into the warehouse.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in _COMMANDS:
        add(commands)
    return parser
