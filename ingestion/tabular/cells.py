"""Cells, and how messages show them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from ingestion.findings.reasons import FaultKind, Refused

#: What a reader may find in a cell. Text files hold `str` only; `int` and `Decimal` are exact, `float` is a
#: workbook's double.
Cell = str | int | float | Decimal | bool | date | datetime | None
#: Returns the text that Postgres reads for a cell, None for null; raises `Refused`.
Parser = Callable[[Cell], str | None]

_LONGEST_SHOWN = 60
#: How spreadsheets show numbers of twelve or more digits by default.
_SHORTENED = re.compile(r"[+-]?[0-9](?:[.,]([0-9]+))?E\+([0-9]{2,3})")
_SHORTENED_FROM = 11


def shown(cell: Cell) -> str:
    """A cell for a message: quoted, on one line, and shortened if it is long."""
    text = printable("" if cell is None else str(cell).strip())
    return f"'{text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + '…'}'"


def printable(text: str) -> str:
    """`text` with every character that is not printable (NUL, line ends, escapes) spelled out."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def printable_lines(text: str) -> str:
    """`text` as `printable` has it, but with its line ends."""
    return "\n".join(map(printable, text.split("\n")))


def trimmed(cell: Cell) -> str:
    """The text of a cell without the spaces around it.

    Raises:
        Refused: the cell is empty, or is not a text.
    """
    if cell is None or isinstance(cell, str):
        text = (cell or "").strip()
        if not text:
            raise Refused(FaultKind.VALUE_MISSING)
        return text
    raise Refused(FaultKind.WRONG_TYPE, value=shown(cell))


def is_shortened(text: str) -> bool:
    """Whether a text is a long number that a spreadsheet shortened, so that digits are lost: 1.23457E+11."""
    match = _SHORTENED.fullmatch(text)
    return match is not None and int(match[2]) >= max(_SHORTENED_FROM, len(match[1] or "") + 1)
