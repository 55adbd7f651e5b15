"""The command `preview`: what the readers see in a file, and what a load would make of it."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.arrival.file_names import shell_word
from ingestion.commands.console import complain, show, show_json
from ingestion.tabular.cells import printable

if TYPE_CHECKING:
    from ingestion.explore.preview import Preview

_FACTS = {"fact": "Of the file", "value": "What is seen"}
_COLUMNS = {"header": "Column", "type": "Type", "filled": "Filled", "examples": "Examples"}
_FAULTS = {"line": "Line", "column": "Column", "value": "Value", "reason": "Reason"}
_LONGEST_CELL = 40


def add_preview(commands: argparse._SubParsersAction) -> None:
    """Register `preview`, which returns 0 when a load would take all tables of the file, 1 otherwise."""
    command = commands.add_parser("preview", help="what the loader sees in a file, without a warehouse")
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("--sheet", metavar="NAME", help="only this sheet of a workbook")
    command.add_argument(
        "--rows", type=_count, default=10, metavar="N", help="rows and faults to show; default %(default)s"
    )
    command.add_argument(
        "--all", action="store_true", help="look at all rows, not only at the first 100,000 of a table"
    )
    command.add_argument("--json", action="store_true", help="as JSON")
    command.set_defaults(run=_preview)


def _preview(options: argparse.Namespace) -> int:
    from ingestion.contract.files import find_contracts
    from ingestion.explore.preview import MOST_ROWS, preview

    most = None if options.all else MOST_ROWS
    contracts, faults = find_contracts()
    for fault in faults:
        complain(fault)
    try:
        found = list(preview(options.file, contracts, sheet=options.sheet, show=options.rows, most=most))
    except OSError as error:
        complain(f"{options.file}: {error.strerror or error}")
        return 1
    if options.json:
        show_json({**asdict(each), "is_fine": each.is_fine} for each in found)
    else:
        for each in found:
            _show(each, options.file)
    return 0 if found and all(each.is_fine for each in found) else 1


def _show(seen: Preview, path: Path) -> None:
    show(_FACTS, [{"fact": fact, "value": value} for fact, value in _facts(seen) if value], "")
    if seen.columns:
        print()
        show(_COLUMNS, [_column(asdict(column)) for column in seen.columns], "")
    if seen.faults:
        print()
        show(_FAULTS, [{**asdict(fault), "value": _cut(fault.value or "")} for fault in seen.faults], "")
    if seen.first:
        print()
        headings = {str(i): _cut(column.header) for i, column in enumerate(seen.columns)}
        show(headings, [{str(i): _cut(cell) for i, cell in enumerate(row)} for row in seen.first], "")
    if not seen.is_fine:
        print(f"\nnext: {_next(seen, path)}")
    print()


def _facts(seen: Preview) -> Sequence[tuple[str, str | None]]:
    if seen.unreadable:
        return [("File", seen.file), ("Sheet", seen.sheet), ("Not readable", seen.unreadable)]
    first = "" if seen.is_complete else "the first "
    rest = "" if seen.is_complete else " rows; --all looks at all of them"
    rejected = f"{seen.rejected:,}" if seen.rejected else ""
    return [
        ("File", seen.file),
        ("Sheet", seen.sheet),
        ("Format", seen.format),
        ("Form", str(seen.dialect) if seen.dialect else None),
        ("Header", f"line {seen.header_line}" if seen.header_line else "none"),
        ("Lines above it", " / ".join(" ".join(filter(None, row)) for row in seen.above)),
        ("Rows", f"{first}{seen.rows:,}{rest}"),
        (
            "Contract",
            seen.source or f"none: {seen.why_not}{'; a load passes over it' if seen.is_passed_over else ''}",
        ),
        ("Breach", seen.breach),
        ("Rejected rows", rejected),
        *(("Remark", remark.text) for remark in seen.remarks),
    ]


def _next(seen: Preview, path: Path) -> str:
    if seen.unreadable:
        return "correct the file, or ask for it again"
    if seen.source is None:
        sheet = f" --sheet {shlex.quote(seen.sheet)}" if seen.sheet else ""
        return f"write a contract: python -m ingestion draft {shell_word(path)}{sheet}"
    if seen.breach:
        return f"correct the header, or the contract of {seen.source}"
    return (
        f"correct these rows, or the contract of {seen.source}: a load holds a file with more than"
        f" {seen.max_rejected_share:.1%} of rejected rows"
    )


def _column(column: dict) -> dict:
    examples = ", ".join(map(_cut, column["examples"]))
    return column | {
        "header": _cut(column["header"]),
        "filled": f"{column['filled']:.1%}",
        "examples": examples,
    }


def _cut(text: str) -> str:
    text = printable(text.strip())
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 0")
    return int(text)
