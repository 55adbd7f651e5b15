"""Reads texts, and words that mean true or false."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from decimal import Decimal

from ingestion.contract.model import Column
from ingestion.findings.reasons import FaultKind, Refused
from ingestion.rows.notices import Notice, Notify, ignore
from ingestion.tabular.cells import Cell, Parser, is_shortened, shown, trimmed
from ingestion.tabular.characters import normal_text

#: In lower case; 1 and 0 also stand for numbers.
_TRUE = frozenset({"true", "t", "yes", "y", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "0"})
#: The most digits of a decimal number that is taken as text: an exponent could make millions.
_MOST_DIGITS = 64
#: From here on doubles cannot tell neighbouring whole numbers apart.
_INEXACT = 2**53


def text_parser(column: Column, notify: Notify = ignore) -> Parser:
    """The parser of texts, which trims them, and writes numbers, dates and truth values as text.

    A number becomes its digits, without decimals if it is whole, a day YYYY-MM-DD, and a moment YYYY-MM-DD
    HH:MM:SS.
    """
    form = str if column.as_written else normal_text
    allowed, longest, digits = frozenset(map(form, column.allowed)), column.max_length, column.zero_pad
    reserved = frozenset(form(word).casefold() for word in column.reserved)
    name, known = column.header.casefold(), ", ".join(column.allowed)
    # ASCII: \d and \w mean the same here as in the standard, and in SQL.
    pattern = re.compile(column.pattern, re.ASCII) if column.pattern else None

    def parse(cell: Cell) -> str:
        if isinstance(cell, str):
            text = trimmed(cell)
            if "E+" in text and is_shortened(text):
                notify(Notice.SHORTENED, cell)
        else:
            text = _spelled(cell)
            if isinstance(cell, float) and abs(cell) >= _INEXACT:
                notify(Notice.INEXACT, cell)
        if digits and text.isascii() and text.isdecimal():
            text = text.zfill(digits)
        if allowed and text not in allowed:
            raise Refused(FaultKind.UNKNOWN_VALUE, column=name, value=shown(text), known=known)
        if reserved and text.casefold() in reserved:
            raise Refused(FaultKind.RESERVED_WORD, value=shown(text), column=name)
        if "\0" in text:
            raise Refused(FaultKind.NUL_IN_VALUE, value=shown(text))
        if longest is not None and len(text) > longest:
            raise Refused(FaultKind.TOO_LONG, value=shown(text), length=len(text), most=longest)
        if pattern and not pattern.fullmatch(text):
            raise Refused(FaultKind.WRONG_FORM, value=shown(text), form=column.pattern)
        return text

    return parse


def boolean_parser() -> Parser:
    """The parser of truth values, which returns `true` or `false`."""

    def parse(cell: Cell) -> str:
        folded = (trimmed(cell) if isinstance(cell, str) else _spelled(cell)).casefold()
        if folded in _TRUE:
            return "true"
        if folded in _FALSE:
            return "false"
        raise Refused(FaultKind.NOT_A_BOOLEAN, value=shown(cell))

    return parse


def _spelled(cell: Cell) -> str:
    """A cell that is not a text, as text.

    Raises:
        Refused: it is empty, or not a finite number.
    """
    match cell:
        case None:
            raise Refused(FaultKind.VALUE_MISSING)
        case bool():
            return str(cell).lower()
        case datetime():
            return cell.isoformat(sep=" ")
        case date():
            return cell.isoformat()
        case float() if math.isfinite(cell):
            # The shortest digits that stand for this double.
            return _plain(Decimal(repr(cell)))
        case Decimal() if cell.is_finite() and (not cell or abs(cell.adjusted()) < _MOST_DIGITS):
            return _plain(cell)
        case int():
            return str(cell)
        case _:
            raise Refused(FaultKind.NO_DIGITS, value=shown(cell))


def _plain(number: Decimal) -> str:
    if not number:
        return "0"
    return f"{number:.0f}" if number == number.to_integral_value() else f"{number:f}"
