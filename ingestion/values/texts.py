"""Reads texts, and words that mean true or false."""

from __future__ import annotations

import re
from decimal import Decimal

from ingestion.contract import Column
from ingestion.values.cells import Cell, Parser, shown, trimmed

#: In lower case; 1 and 0 stand for numbers as well.
_TRUE = frozenset({"true", "t", "yes", "y", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "0"})
#: Of a decimal number that is taken as text: an exponent could make millions of them.
_MOST_DIGITS = 64


def text_parser(column: Column) -> Parser:
    """Gives trimmed text; whole numbers are taken as their digits."""
    allowed, longest, digits = frozenset(column.allowed), column.max_length, column.zero_pad
    reserved = frozenset(map(str.casefold, column.reserved))
    name, known = column.header.casefold(), ", ".join(column.allowed)
    # ASCII: \d and \w mean the same here as in the standard, and in SQL.
    pattern = re.compile(column.pattern, re.ASCII) if column.pattern else None

    def parse(cell: Cell) -> str:
        text = trimmed(cell if isinstance(cell, str) else _spelled(cell))
        if digits and text.isascii() and text.isdecimal():
            text = text.zfill(digits)
        if allowed and text not in allowed:
            raise ValueError(f"unknown {name} {shown(text)}; known: {known}")
        if reserved and text.casefold() in reserved:
            raise ValueError(f"{shown(text)} is a reserved word and cannot be a {name}")
        if "\0" in text:
            raise ValueError(f"{shown(text)} holds a NUL character")
        if longest is not None and len(text) > longest:
            raise ValueError(f"{shown(text)} has {len(text):,} characters; at most {longest:,} are allowed")
        if pattern and not pattern.fullmatch(text):
            raise ValueError(f"{shown(text)} does not have the form {column.pattern}")
        return text

    return parse


def boolean_parser() -> Parser:
    """Gives `true` or `false`."""

    def parse(cell: Cell) -> str:
        word = str(cell) if isinstance(cell, bool) else trimmed(_spelled(cell))
        folded = word.casefold()
        if folded in _TRUE:
            return "true"
        if folded in _FALSE:
            return "false"
        raise ValueError(f"{shown(cell)} is neither true nor false")

    return parse


def _spelled(cell: Cell) -> Cell:
    """A whole number as its digits, everything else as it is."""
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, Decimal) and cell.is_finite() and cell.adjusted() < _MOST_DIGITS:
        return f"{cell:.0f}" if cell == cell.to_integral_value() else cell
    if isinstance(cell, float) and cell.is_integer():
        return f"{cell:.0f}"
    return str(cell) if isinstance(cell, int) else cell
