"""The command `draft`: a first contract for a file that fits none."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ingestion.arrival.file_names import shell_word
from ingestion.commands.console import complain
from ingestion.tabular.table import Unreadable


def add_draft(commands: argparse._SubParsersAction) -> None:
    """Register `draft`, which returns 0 when it has written a contract, 1 otherwise."""
    command = commands.add_parser("draft", help="write a first contract for a file that fits none")
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument(
        "--domain", metavar="NAME", help="by default from the name of the folder of OUT.yaml, or of FILE"
    )
    command.add_argument(
        "--table", metavar="NAME", help="by default from the name of OUT.yaml, the sheet or FILE"
    )
    command.add_argument("--sheet", metavar="NAME", help="the sheet of a workbook with several")
    command.add_argument(
        "-o", "--out", type=Path, metavar="OUT.yaml", help="by default standard output; its folder is made"
    )
    command.add_argument("--anyway", action="store_true", help="also where a contract fits the file")
    command.set_defaults(run=_draft)


def _draft(options: argparse.Namespace) -> int:
    from ingestion.contract.files import CONTRACTS, find_contracts
    from ingestion.explore.draft.draft import draft, fitting
    from ingestion.explore.draft.render import render
    from ingestion.explore.draft.table_file import NotDrafted

    out, domain, table = options.out, options.domain, options.table
    if out and out.exists():
        complain(f"{out} is there already: name another file, or remove it")
        return 1
    if out and CONTRACTS.resolve() in out.resolve().parents:
        # Where it lies says what it is called.
        domain, table = domain or out.resolve().parent.name, table or out.stem
    try:
        source = None if options.anyway else fitting(options.file, find_contracts().contracts, options.sheet)
        if source:
            _say(
                f"the contract of {source} fits it: python -m ingestion load {shell_word(options.file)}, or"
                " draft another one with --anyway"
            )
            return 1
        drafted = draft(options.file, domain=domain, table=table, sheet=options.sheet)
        text = render(drafted)
        if out:
            _write(text, out)
    except (NotDrafted, Unreadable) as error:
        complain(f"{options.file}: {error}")
        return 1
    except OSError as error:
        complain(f"{error.filename or options.file}: {error.strerror or error}")
        return 1
    if not out:
        print(text, end="")
    place = Path(drafted.contract.domain, f"{drafted.contract.table}.yaml")
    is_in_place = out and out.resolve() == (CONTRACTS / place).resolve()
    put = "" if is_in_place else f" put it into ingestion/contracts/{place},"
    _say(
        f"next: review {out or 'the contract'}, complete its TODO lines,{put} run python -m ingestion"
        f" sources, then python -m ingestion load {shell_word(options.file)}"
    )
    return 0


def _write(text: str, out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("x", encoding="utf-8") as file:
        file.write(text)


def _say(text: str) -> None:
    """Beside standard output, which may be the contract."""
    print(text, file=sys.stderr)
