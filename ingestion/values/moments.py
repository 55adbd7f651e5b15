"""Reads dates and timestamps, in formats of the letters of Java's DateTimeFormatter."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time

from ingestion.contract import Column, ColumnType
from ingestion.values.cells import Cell, Parser, shown, trimmed

_PARTS = {
    "yyyy": "(?P<year>[0-9]{4})",
    "MM": "(?P<month>[0-9]{2})",
    "M": "(?P<month>[0-9]{1,2})",
    "dd": "(?P<day>[0-9]{2})",
    "d": "(?P<day>[0-9]{1,2})",
    "HH": "(?P<hour>[0-9]{2})",
    "H": "(?P<hour>[0-9]{1,2})",
    "mm": "(?P<minute>[0-9]{2})",
    "ss": "(?P<second>[0-9]{2})",
}
#: A quoted text, a letter repeated, or one other character.
_TOKEN = re.compile(r"'[^']*'|([A-Za-z])\1*|.")
#: Decimals of a second that Postgres keeps.
_MOST_DECIMALS = 6
_TIME_PARTS = {"hour", "minute", "second", "fraction"}


def format_pattern(date_format: str, kind: ColumnType) -> re.Pattern[str]:
    """What texts in `date_format` look like; groups are `year`, `month`, `day`, `hour` and so on.

    Raises:
        ValueError: the format has unknown letters, or too few for a column of type `kind`.
    """
    try:
        pattern = re.compile("".join(_part(match[0]) for match in _TOKEN.finditer(date_format)))
    except re.error:
        raise ValueError("names a part twice") from None
    found = pattern.groupindex.keys()
    if kind is ColumnType.DATE and found & _TIME_PARTS:
        raise ValueError("holds a time of day, which a date has not")
    if not found >= {"year", "month"} or (kind is ColumnType.TIMESTAMP and "day" not in found):
        raise ValueError("must hold yyyy and MM, and of a timestamp dd")
    return pattern


def date_parser(column: Column) -> Parser:
    """Gives YYYY-MM-DD. Where no format has a day, values are months: their first day."""
    patterns = [format_pattern(each, ColumnType.DATE) for each in column.date_formats]
    are_months = not any("day" in pattern.groupindex for pattern in patterns)
    spoken = _spoken(column)
    check_range = _range_check(column)

    def parse(cell: Cell) -> str:
        day = read(cell)
        check_range(day, cell)
        return day.isoformat()

    def read(cell: Cell) -> date:
        if isinstance(cell, datetime):
            if cell.time() != time():
                raise ValueError(f"{shown(cell)} has a time of day; a date is expected")
            cell = cell.date()
        if isinstance(cell, date):
            if are_months and cell.day != 1:
                raise ValueError(f"{shown(cell)} is not the first day of a month")
            return cell
        parts = _parts(cell, patterns, f"a date as {spoken}")
        try:
            return date(parts["year"], parts["month"], parts.get("day", 1))
        except ValueError:
            raise ValueError(f"{shown(cell)} is not a day of the calendar") from None

    return parse


def timestamp_parser(column: Column) -> Parser:
    """Gives YYYY-MM-DD HH:MM:SS, with the decimals of the second where it has any."""
    patterns = [format_pattern(each, ColumnType.TIMESTAMP) for each in column.date_formats]
    spoken = _spoken(column)
    check_range = _range_check(column)

    def parse(cell: Cell) -> str:
        moment = read(cell)
        check_range(moment.date(), cell)
        return moment.isoformat(sep=" ")

    def read(cell: Cell) -> datetime:
        if isinstance(cell, datetime):
            if cell.tzinfo is not None:
                raise ValueError(f"{shown(cell)} has a time zone; a time without one is expected")
            return cell
        if isinstance(cell, date):
            return datetime.combine(cell, time())
        parts = _parts(cell, patterns, f"a date and time as {spoken}")
        try:
            day = date(parts["year"], parts["month"], parts["day"])
            clock = time(*(parts.get(name, 0) for name in ("hour", "minute", "second", "fraction")))
        except ValueError:
            raise ValueError(f"{shown(cell)} is not a moment of the calendar") from None
        return datetime.combine(day, clock)

    return parse


def _part(token: str) -> str:
    if token in _PARTS:
        return _PARTS[token]
    if token[0] == "S" and len(token) <= _MOST_DECIMALS:
        return f"(?P<fraction>[0-9]{{{len(token)}}})"
    if token[0] == "'" and len(token) > 2:
        return re.escape(token[1:-1])
    if token.isalpha() or token[0] == "'":
        raise ValueError(f"holds {token!r}: known are {', '.join(_PARTS)}, S and texts in single quotes")
    return re.escape(token)


def _parts(cell: Cell, patterns: list[re.Pattern[str]], expected: str) -> dict[str, int]:
    """The numbers that a text holds, by their names; `fraction` in microseconds."""
    is_number = isinstance(cell, (int, float)) and not isinstance(cell, bool)
    text = str(cell) if is_number else trimmed(cell)
    for pattern in patterns:
        if match := pattern.fullmatch(text):
            break
    else:
        raise ValueError(f"{shown(cell)} is not {expected}")
    parts = dict(zip(pattern.groupindex, map(int, match.groups()), strict=True))
    if "fraction" in parts:
        parts["fraction"] *= 10 ** (_MOST_DECIMALS - len(match["fraction"]))
    return parts


def _spoken(column: Column) -> str:
    return " or ".join(each.replace("'", "").upper() for each in column.date_formats)


def _range_check(column: Column) -> Callable[[date, Cell], None]:
    lowest, highest = column.lowest, column.highest

    def check(day: date, cell: Cell) -> None:
        if lowest and day < lowest:
            raise ValueError(f"{shown(cell)} is before {lowest}, the first day allowed")
        if highest and day > highest:
            raise ValueError(f"{shown(cell)} is after {highest}, the last day allowed")

    return check
