"""Reads numbers. A figure never passes through binary floating point, so none can change."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from contextlib import suppress
from decimal import ROUND_HALF_EVEN, Context, Decimal

from ingestion.contract.model import Column, ColumnType, NumberFormat
from ingestion.findings.reasons import FaultKind, Refused
from ingestion.rows.notices import Notice, Notify, ignore
from ingestion.tabular.cells import Cell, Parser, is_shortened, shown, trimmed

#: Longer than any figure in any notation.
_LONGEST_FIGURE = 64
#: Wide enough for the largest double with all its decimals, so that nothing is rounded silently.
_EXACT = Context(prec=400, rounding=ROUND_HALF_EVEN)
_BITS = {ColumnType.INTEGER: 31, ColumnType.BIGINT: 63}


def number_parser(column: Column, number_format: NumberFormat, notify: Notify = ignore) -> Parser:
    """The parser of decimals: plain digits with a dot, within the column's precision and scale."""
    scale, whole_digits = column.scale, column.precision - column.scale
    read = _notifying_reader(number_format, scale, notify)
    check_range = _range_check(column)

    def parse(cell: Cell) -> str:
        number = read(cell)
        if isinstance(cell, str) and "E+" in cell and is_shortened(cell.strip()):
            notify(Notice.SHORTENED, cell)
        whole, _, decimals = number.partition(".")
        if len(decimals) > scale and decimals[scale:].strip("0"):
            if not column.rounds:
                raise Refused(FaultKind.TOO_MANY_DECIMALS, value=shown(cell), most=scale)
            number = f"{_rounded(Decimal(number), scale):f}"
            whole = number.partition(".")[0]
        if len(whole) > whole_digits and len(whole.lstrip("-0")) > whole_digits:
            raise Refused(FaultKind.TOO_LARGE, value=shown(cell), most=whole_digits)
        if check_range:
            check_range(Decimal(number), cell)
        return number

    return parse


def integer_parser(column: Column, number_format: NumberFormat, notify: Notify = ignore) -> Parser:
    """The parser of whole numbers in the range of the column's type; any decimals must be zeros."""
    read = _notifying_reader(number_format, 0, notify)
    limit = 2 ** _BITS[column.type]
    name, allowed, known = column.header.casefold(), frozenset(column.allowed), ", ".join(column.allowed)
    check_range = _range_check(column)

    def parse(cell: Cell) -> str:
        whole, _, decimals = read(cell).partition(".")
        if isinstance(cell, str) and "E+" in cell and is_shortened(cell.strip()):
            raise Refused(FaultKind.DIGITS_LOST, value=shown(cell))
        if decimals.strip("0"):
            raise Refused(FaultKind.NOT_WHOLE, value=shown(cell))
        number = int(whole)
        if not -limit <= number < limit:
            raise Refused(FaultKind.WHOLE_TOO_LARGE, value=shown(cell))
        if allowed and str(number) not in allowed:
            raise Refused(FaultKind.UNKNOWN_VALUE, column=name, value=shown(cell), known=known)
        if check_range:
            check_range(Decimal(number), cell)
        return str(number)

    return parse


def _range_check(column: Column) -> Callable[[Decimal, Cell], None] | None:
    lowest, highest = column.lowest, column.highest
    if lowest is None and highest is None:
        return None

    def check(number: Decimal, cell: Cell) -> None:
        if lowest is not None and number < lowest:
            raise Refused(FaultKind.TOO_LOW, value=shown(cell), limit=lowest)
        if highest is not None and number > highest:
            raise Refused(FaultKind.TOO_HIGH, value=shown(cell), limit=highest)

    return check


def _notifying_reader(number_format: NumberFormat, scale: int, notify: Notify) -> Callable[[Cell], str]:
    """Like `figure_reader`; reports refused figures that are in another number format of the source."""
    read = figure_reader(number_format, scale)
    if not number_format.others:
        return read
    others = [figure_reader(each, scale) for each in number_format.others]

    def read_or_notify(cell: Cell) -> str:
        try:
            return read(cell)
        except Refused:
            for other in others:
                with suppress(Refused):
                    other(cell)
                    notify(Notice.OTHER_FORMAT, cell)
                    break
            raise

    return read_or_notify


def figure_reader(number_format: NumberFormat, scale: int) -> Callable[[Cell], str]:
    """The function from a cell to all digits of its figure, with a dot before the decimals."""
    forms = _forms(number_format)
    grouping = number_format.grouping

    def read(cell: Cell) -> str:
        if not isinstance(cell, str):
            return _from_number(cell, scale)
        text = cell.strip()
        if not text:
            raise Refused(FaultKind.VALUE_MISSING)
        if not text.isascii():
            text = text.replace("\N{MINUS SIGN}", "-")
        for form in forms if len(text) <= _LONGEST_FIGURE else ():
            if match := form.fullmatch(text):
                break
        else:
            kind = FaultKind.DIGITS_LOST if is_shortened(text) else FaultKind.NOT_A_NUMBER
            raise Refused(kind, value=shown(cell))
        lead, whole, decimals, exponent, percent, tail = match.groups("")
        if not whole.isdecimal():
            if not whole and not decimals:
                return "0"
            for sign in grouping:
                whole = whole.replace(sign, "")
            whole = whole or "0"
        if "-" in lead or "(" in lead or "-" in tail:
            whole = f"-{whole}"
        number = f"{whole}.{decimals}" if decimals else whole
        if exponent or percent:
            places = int(exponent or 0) - (2 if percent else 0)
            return _digits(_EXACT.scaleb(Decimal(number), places), cell)
        return number

    return read


def _forms(number_format: NumberFormat) -> list[re.Pattern[str]]:
    """The forms of a figure, the commonest first.

    Their groups are what precedes it, its whole part, decimals, exponent and percent sign, and what follows.
    A dash for zero has neither whole part nor decimals.
    """
    point = re.escape(number_format.decimal)
    exponent = "(?:[eE]([+-]?[0-9]{1,3}))?" if number_format.exponent else "()"
    percent = r"(\s*%)?" if number_format.percent else "()"
    wholes = "|".join(_wholes(number_format))
    figure = rf"(?=[0-9]|{point}[0-9])({wholes})?(?:{point}([0-9]+))?{exponent}{percent}"
    signs = "|".join(map(re.escape, number_format.currency))
    before = rf"(?:(?:{signs})\s*)?" if signs else ""
    after = rf"\s*(?:{signs})"

    forms = [rf"(-?\s*{before}|{before}-){figure}()"]
    if signs:
        forms.append(rf"(-?\s*){figure}({after})")
    if number_format.parentheses:
        forms.append(rf"({before}\(\s*{before}){figure}(\s*\))")
        if signs:
            forms.append(rf"(\(\s*){figure}({after}\s*\)|\s*\){after})")
    if number_format.trailing_minus:
        forms.append(rf"({before}){figure}(\s*-)")
        if signs:
            forms.append(rf"(){figure}(\s*-{after}|{after}\s*-)")
    if number_format.dash_is_zero:
        forms.append(rf"({before}-)()()()()()")
        if signs:
            forms.append(rf"(-)()()()()({after})")
    return [re.compile(form) for form in forms]


def _wholes(number_format: NumberFormat) -> list[str]:
    """Patterns of a whole part: ungrouped, then grouped by each sign, which must be the same throughout."""
    wholes = ["[0-9]+"]
    for sign in map(re.escape, number_format.grouping):
        if "western" in number_format.groupings:
            wholes.append(rf"[0-9]{{1,3}}(?:{sign}[0-9]{{3}})+")
        if "indian" in number_format.groupings:
            wholes.append(rf"[0-9]{{1,2}}(?:{sign}[0-9]{{2}})+{sign}[0-9]{{3}}")
    return wholes


def _from_number(cell: Cell, scale: int) -> str:
    """All digits of a cell that holds a number; anything else is refused."""
    if isinstance(cell, float):
        return _from_double(cell, scale)
    if isinstance(cell, Decimal):
        return _digits(cell, cell)
    if isinstance(cell, int) and not isinstance(cell, bool):
        return str(cell)
    return trimmed(cell)


def _from_double(number: float, scale: int) -> str:
    """The decimal that a workbook's double stands for.

    Sums of doubles have noise far to the right of the last place that is kept (772.8000000000001); it is
    rounded away. A double farther than that from a number of `scale` places really has more decimals, and
    keeps them.
    """
    if not math.isfinite(number):
        raise Refused(FaultKind.NOT_A_NUMBER, value=shown(number))
    exact = Decimal(repr(number))
    rounded = _rounded(exact, scale)
    noise = max(Decimal(1).scaleb(-scale - 4), Decimal(4 * math.ulp(number)))
    return f"{rounded if abs(exact - rounded) <= noise else exact:f}"


def _rounded(number: Decimal, scale: int) -> Decimal:
    return _EXACT.quantize(number, Decimal(1).scaleb(-scale))


def _digits(number: Decimal, cell: Cell) -> str:
    """All digits of `number`; an exponent too large for any column would make millions of them."""
    if not number.is_finite():
        raise Refused(FaultKind.NOT_A_NUMBER, value=shown(cell))
    if number and abs(number.adjusted()) > _LONGEST_FIGURE:
        raise Refused(FaultKind.BEYOND_COLUMNS, value=shown(cell))
    return f"{number:f}" if number else "0"
