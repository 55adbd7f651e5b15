"""Turns one cell into the text that Postgres reads, or says why it cannot.

A parser is a function from a cell to canonical text that raises `ValueError` with a reason for operators.
Text stays text all the way: no figure passes through binary floating point, so none can change.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal

from ingestion.contract import Column, ColumnType, NumberFormat

#: What a reader may find in a cell; text files hold `str` only.
Cell = str | float | bool | date | datetime | None
Parser = Callable[[Cell], str]

#: Longer than any figure or date, however it is written.
_LONGEST_FIGURE = 64
_LONGEST_SHOWN = 60
_INT32 = 2**31

_DATE_LETTERS = {
    "yyyy": r"(?P<year>[0-9]{4})",
    "MM": r"(?P<month>[0-9]{2})",
    "dd": r"(?P<day>[0-9]{2})",
}


def parser_for(column: Column, number_format: NumberFormat) -> Parser:
    """The parser of a column's cells.

    Numbers come back as plain digits with a dot, dates as YYYY-MM-DD, text trimmed.
    """
    match column.type:
        case ColumnType.TEXT:
            return _text_parser(column)
        case ColumnType.NUMERIC:
            return _number_parser(number_format, column.precision, column.scale)
        case ColumnType.INTEGER:
            return _integer_parser(number_format)
        case ColumnType.DATE:
            return _date_parser(column)


def shown(cell: Cell) -> str:
    """A cell for a message: quoted, on one line, not longer than a message bears."""
    text = printable("" if cell is None else str(cell))
    return f"'{text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + '…'}'"


def printable(text: str) -> str:
    """`text` with every character that is not printable (NUL, line ends, escapes) spelled out."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _text_parser(column: Column) -> Parser:
    allowed, longest = frozenset(column.allowed), column.max_length
    reserved = frozenset(map(str.casefold, column.reserved))
    name, known = column.header.casefold(), ", ".join(column.allowed)

    def parse(cell: Cell) -> str:
        if isinstance(cell, float) and cell.is_integer():
            cell = f"{cell:.0f}"
        text = _text(cell)
        if allowed and text not in allowed:
            raise ValueError(f"unknown {name} {shown(text)}; known: {known}")
        if reserved and text.casefold() in reserved:
            raise ValueError(f"{shown(text)} is a reserved word and cannot be a {name}")
        if "\0" in text:
            raise ValueError(f"{shown(text)} holds a NUL character")
        if longest is not None and len(text) > longest:
            raise ValueError(f"{shown(text)} has {len(text):,} characters; at most {longest:,} are allowed")
        return text

    return parse


def _number_parser(number_format: NumberFormat, precision: int, scale: int) -> Parser:
    patterns = _number_patterns(number_format)
    grouping = number_format.grouping
    whole_digits = precision - scale

    def parse(cell: Cell) -> str:
        if isinstance(cell, float):
            return check(_from_double(cell, scale), cell)
        text = _text(cell)
        for pattern in patterns if len(text) <= _LONGEST_FIGURE else ():
            if match := pattern.fullmatch(text):
                break
        else:
            raise ValueError(f"{shown(text)} is not a number")
        lead, whole, decimals = match.groups("")
        whole = whole.replace(grouping, "") or "0"
        is_lone_dash = match.end(1) == match.end()
        if ("-" in lead or "(" in lead) and not is_lone_dash:
            whole = f"-{whole}"
        return check(f"{whole}.{decimals}" if decimals else whole, text)

    def check(number: str, cell: Cell) -> str:
        whole, _, decimals = number.partition(".")
        if len(decimals) > scale and decimals[scale:].strip("0"):
            raise ValueError(f"{shown(cell)} has more than {scale} decimals")
        if len(whole) > whole_digits and len(whole.lstrip("-0")) > whole_digits:
            raise ValueError(f"{shown(cell)} is too large: at most {whole_digits} digits before the point")
        return number

    return parse


def _number_patterns(number_format: NumberFormat) -> list[re.Pattern[str]]:
    """The forms of a figure, the commonest first; groups are what leads it, whole part and decimals."""
    group, point = re.escape(number_format.grouping), re.escape(number_format.decimal)
    wholes = ["[0-9]+"]
    if "western" in number_format.groupings:
        wholes.append(rf"[0-9]{{1,3}}(?:{group}[0-9]{{3}})+")
    if "indian" in number_format.groupings:
        wholes.append(rf"[0-9]{{1,2}}(?:{group}[0-9]{{2}})+{group}[0-9]{{3}}")
    signs = "|".join(map(re.escape, number_format.currency))
    currency = rf"(?:(?:{signs})\s*)?" if signs else ""
    figure = rf"(?=[0-9]|{point})({'|'.join(wholes)})?(?:{point}([0-9]+))?"
    forms = [rf"(-?\s*{currency}|{currency}-){figure}"]
    if number_format.parentheses:
        forms.append(rf"({currency}\(\s*{currency}){figure}\s*\)")
    if number_format.dash_is_zero:
        forms.append(rf"({currency}-)()()")
    return [re.compile(form) for form in forms]


def _from_double(number: float, scale: int) -> str:
    """The decimal that a workbook's double stands for.

    Sums of doubles carry noise far right of the last kept place (772.8000000000001); it is rounded away.
    A double that lies farther from a number of `scale` places truly has more decimals, and keeps them.
    """
    if not math.isfinite(number):
        raise ValueError(f"{shown(number)} is not a number")
    exact = Decimal(repr(number))
    rounded = round(exact, scale)
    noise = max(Decimal(1).scaleb(-scale - 4), Decimal(4 * math.ulp(number)))
    return f"{rounded if abs(exact - rounded) <= noise else exact:f}"


def _integer_parser(number_format: NumberFormat) -> Parser:
    parse_number = _number_parser(number_format, precision=_LONGEST_FIGURE, scale=0)

    def parse(cell: Cell) -> str:
        try:
            number = int(Decimal(parse_number(cell)))
        except ValueError as error:
            if isinstance(cell, float) or "decimals" in str(error):
                raise ValueError(f"{shown(cell)} is not a whole number") from error
            raise
        if not -_INT32 <= number < _INT32:
            raise ValueError(f"{shown(cell)} is too large for a whole number")
        return str(number)

    return parse


def _date_parser(column: Column) -> Parser:
    patterns = [_date_pattern(each) for each in column.date_formats]
    spoken = " or ".join(each.upper() for each in column.date_formats)
    earliest, latest = column.earliest, column.latest

    def parse(cell: Cell) -> str:
        day = read(cell)
        if earliest and day < earliest:
            raise ValueError(f"{shown(cell)} is before {earliest}, the first day allowed")
        if latest and day > latest:
            raise ValueError(f"{shown(cell)} is after {latest}, the last day allowed")
        return day.isoformat()

    def read(cell: Cell) -> date:
        if isinstance(cell, datetime):
            if cell.time() != time():
                raise ValueError(f"{shown(cell)} has a time of day; a date is expected")
            return cell.date()
        if isinstance(cell, date):
            return cell
        text = _text(cell) if not isinstance(cell, float) else str(cell)
        match = next((found for pattern in patterns if (found := pattern.fullmatch(text))), None)
        if match is None:
            raise ValueError(f"{shown(text)} is not a date as {spoken}")
        try:
            return date(int(match["year"]), int(match["month"]), int(match["day"]))
        except ValueError:
            raise ValueError(f"{shown(text)} is not a day of the calendar") from None

    return parse


def _date_pattern(date_format: str) -> re.Pattern[str]:
    parts = re.split("(yyyy|MM|dd)", date_format)
    return re.compile("".join(_DATE_LETTERS.get(part, re.escape(part)) for part in parts))


def _text(cell: Cell) -> str:
    """The cell's trimmed text; a cell without a value is an error everywhere."""
    if cell is None or isinstance(cell, str):
        text = (cell or "").strip()
        if not text:
            raise ValueError("the value is missing")
        return text
    raise ValueError(f"{shown(cell)} is not of the expected type")
