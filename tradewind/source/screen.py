"""What is shown: tables of 110 characters in a file, and as wide as the terminal is in one."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ingestion.tabular.cells import printable
from tradewind.mapping.canonical import canonical_columns, derivations
from tradewind.mapping.proposal import Proposal

#: Columns of the first rows that are shown, as far as there is room.
_SHOWN = ("sale_date", "sales", "units_sold", "discounts", "profit", "country", "segment", "product")
_WIDTH = 110


def say(message: str) -> None:
    """Print a sentence."""
    _console().print(Text(message), soft_wrap=True)


def show_step(name: str) -> None:
    """Begin a step of the work."""
    _console().print(Text(f"\n{name}", "bold"))


def show_proposal(proposal: Proposal) -> None:
    """Print each canonical column with its expression, how sure that is, and why."""
    _show(("column", "from", "how sure", "why"), list(_guesses(proposal)))
    for note in proposal.notes:
        say(f"note: {printable(note)}")
    if proposal.missing:
        say(f"not found: {', '.join(proposal.missing)}")


def show_rows(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print canonical rows, without the columns that are empty in all of them."""
    names = [name for name in _SHOWN if any(row[name] is not None for row in rows)]
    _show(names, [[_cell(row[name]) for name in names] for row in rows])


def _guesses(proposal: Proposal) -> Iterator[Sequence[str]]:
    for name, guess in proposal.guesses.items():
        yield name, guess.expression, guess.sureness, guess.why
    for each in derivations(canonical_columns(proposal.model), proposal.guesses):
        yield each.name, each.expression, "derived", "from the others"


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
