"""Terminal output: tables are as wide as the terminal, or 110 characters where the output is redirected."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ingestion.tabular.cells import printable, printable_lines
from tradewind.mapping.proposal import Proposal

#: Of tables where the output is redirected.
_WIDTH = 110


def say(message: str) -> None:
    """Print a sentence."""
    _console().print(Text(printable_lines(message)), soft_wrap=True)


def show_step(name: str) -> None:
    """Begin a step of the work."""
    _console().print(Text(f"\n{printable_lines(name)}", "bold"))


def show_proposal(proposal: Proposal) -> None:
    """Print each canonical column with its expression, how sure that is, and why."""
    _show(("column", "from", "how sure", "why"), list(proposal.lines()))
    for note in proposal.notes:
        say(f"note: {printable(note)}")
    if proposal.missing:
        say(f"not found: {', '.join(proposal.missing)}")


def show_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Print these columns of canonical rows, without those that are empty in all of them."""
    names = [name for name in columns if any(row[name] is not None for row in rows)]
    _show(names, [[_cell(row[name]) for name in names] for row in rows])


def _show(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(box=SIMPLE_HEAD)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        # Text, not markup: a header may be called [red].
        table.add_row(*(Text(printable(cell)) for cell in row))
    _console().print(table)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = str(value)
    if "." in text and text.replace(".", "").lstrip("-").isdecimal():
        whole, _, decimals = text.partition(".")
        return f"{whole}.{decimals.rstrip('0'):0<2}"
    return text


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False)
