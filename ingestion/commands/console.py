"""Output of the command line: tables with colour in a terminal, tab-separated lines in a pipe."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ingestion.findings.remarks import Remark
from ingestion.tabular.cells import printable, printable_lines

_COLOURS = {
    "loaded": "green",
    "known": "green",
    "held": "red",
    "gone": "red",
    "faulty": "red",
    "changing": "yellow",
}


def show(columns: Mapping[str, str], records: Sequence[Mapping[str, Any]], nothing: str) -> None:
    """Print records under headings; `columns` maps a record's key to its heading."""
    if not records:
        print(nothing)
    elif sys.stdout.isatty():
        _show_table(columns, records)
    else:
        print(*columns.values(), sep="\t")
        for record in records:
            print(*(_text(record[key]) for key in columns), sep="\t")


def show_json(records: Iterable[Mapping[str, Any]]) -> None:
    """Print records as one JSON array, dates in ISO form."""
    print(json.dumps(list(records), default=str, ensure_ascii=False, indent=2))


def show_remarks(file: str, remarks: Iterable[Remark]) -> None:
    """Print a table's remarks for the person at the keyboard, one per line."""
    for remark in remarks:
        print(f"remark: {printable(file)}: {printable(remark.text)}", file=sys.stderr)


def complain(message: object) -> None:
    """Print an error for the person at the keyboard."""
    print(f"error: {printable_lines(str(message))}", file=sys.stderr)


def _show_table(columns: Mapping[str, str], records: Sequence[Mapping[str, Any]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD)
    for key, heading in columns.items():
        is_number = all(isinstance(record[key], int | None) for record in records)
        table.add_column(heading, justify="right" if is_number else "left", overflow="fold")
    for record in records:
        # Text, not markup: a file may be called [red].
        table.add_row(*(Text(_text(record[key]), _COLOURS.get(_text(record[key]), "")) for key in columns))
    Console().print(table)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    return f"{value:,}" if isinstance(value, int) and sys.stdout.isatty() else printable(str(value))
