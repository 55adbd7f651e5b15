"""Formats of dates and times, in the letters of Java's DateTimeFormatter."""

from __future__ import annotations

import re
from enum import Enum
from functools import cache

from ingestion.contract.model import ColumnType
from ingestion.contract.month_names import month_of

_NAME = r"(?P<month_name>[^\W\d_]{3,}\.?)"
#: What may follow a time; guesses look for it too.
OFFSET = r"(?:[Zz]|[+\-\u2212][0-9]{2}(?::?[0-9]{2})?)"
HALF_OF_DAY = r"[AaPp]\.?\s?[Mm]\.?"
#: Programs write no-break spaces between a time and AM or PM.
SPACE = "[ \u00a0\u202f]"
_PARTS = {
    "yyyy": "(?P<year>[0-9]{4})",
    "yy": "(?P<short_year>[0-9]{2})",
    "MMMM": _NAME,
    "MMM": _NAME,
    "MM": "(?P<month>[0-9]{2})",
    "M": "(?P<month>[0-9]{1,2})",
    "dd": "(?P<day>[0-9]{2})",
    "d": "(?P<day>[0-9]{1,2})",
    "HH": "(?P<hour>[0-9]{2})",
    "H": "(?P<hour>[0-9]{1,2})",
    "hh": "(?P<half_hour>[0-9]{2})",
    "h": "(?P<half_hour>[0-9]{1,2})",
    "mm": "(?P<minute>[0-9]{2})",
    "ss": "(?P<second>[0-9]{2})",
    "a": f"(?P<half>{HALF_OF_DAY})",
    **{"X" * count: f"(?P<offset>{OFFSET})" for count in (1, 2, 3)},
}
#: Beside a month's name: 1st, 1er, 1º.
_ORDINAL_DAY = "(?P<day>[0-9]{1,2})(?:st|nd|rd|th|er|º|ª)?"
#: A quoted text, a letter repeated, or one other character.
_TOKEN = re.compile(r"'[^']*'|([A-Za-z])\1*|.")
#: Decimals of a second that Postgres keeps.
_MOST_DECIMALS = 6
_TIME_PARTS = {"hour", "half_hour", "half", "minute", "second", "fraction", "offset"}
#: As POSIX has it: the first two-digit year that lies in the last century.
_PIVOT = 69


class Order(Enum):
    """Which of day and month comes first, where both are figures and the year does not lead."""

    DAY_FIRST = "day first"
    MONTH_FIRST = "month first"


class MomentFormat:
    """One format: recognises texts that are written in it, and reads them.

    `order` is None where day and month cannot be confused. `pattern` is for a quick look: its groups are the
    parts of a date or time.

    Raises:
        ValueError: the format has unknown letters, or too few for a column of type `kind`.
    """

    def __init__(self, date_format: str, kind: ColumnType) -> None:
        tokens = [match[0] for match in _TOKEN.finditer(date_format)]
        has_name = any(each.startswith("MMM") for each in tokens)
        try:
            self.pattern = re.compile(
                "".join(_ORDINAL_DAY if has_name and each == "d" else _part(each) for each in tokens)
            )
        except re.error:
            raise ValueError("names a part twice") from None
        self._groups = found = tuple(self.pattern.groupindex)
        _check(set(found), kind)
        self.has_day = "day" in found
        self.order = None
        if {"day", "month"} <= set(found) and found[0] not in ("year", "short_year"):
            is_day_first = found.index("day") < found.index("month")
            self.order = Order.DAY_FIRST if is_day_first else Order.MONTH_FIRST
        self._is_plain = not set(found) & {"short_year", "month_name", "half", "offset", "fraction"}

    def read(self, text: str) -> dict[str, int] | None:
        """The parts of a text by their names (year, month, day, hour and so on), None where it is of another
        format; `fraction` in microseconds, `offset` in minutes.

        Raises:
            ValueError: it is of this format, but a part of it makes no sense.
        """
        match = self.pattern.fullmatch(text)
        if not match:
            return None
        if self._is_plain:
            return dict(zip(self._groups, map(int, match.groups()), strict=True))
        return _read(match.groupdict())


@cache
def moment_format(date_format: str, kind: ColumnType) -> MomentFormat:
    """The format that is written so, for columns of dates or timestamps.

    Raises:
        ValueError: it is not such a format.
    """
    return MomentFormat(date_format, kind)


def _part(token: str) -> str:
    if token in _PARTS:
        return _PARTS[token]
    if token[0] == "S" and len(token) <= _MOST_DECIMALS:
        return f"(?P<fraction>[0-9]{{{len(token)}}})"
    if token[0] == "'" and len(token) > 2:
        return re.escape(token[1:-1])
    if token.isalpha() or token[0] == "'":
        raise ValueError(f"holds {token!r}: known are {', '.join(_PARTS)}, S and texts in single quotes")
    return SPACE if token == " " else re.escape(token)


def _check(found: set[str], kind: ColumnType) -> None:
    if kind is ColumnType.DATE and found & _TIME_PARTS:
        raise ValueError("holds a time of day, which a date does not have")
    years, months = found & {"year", "short_year"}, found & {"month", "month_name"}
    if len(years) > 1 or len(months) > 1 or {"hour", "half_hour"} <= found:
        raise ValueError("names a part twice")
    if not years or not months or (kind is ColumnType.TIMESTAMP and "day" not in found):
        raise ValueError("must hold yyyy and MM, and of a timestamp dd")
    if ("half_hour" in found) != ("half" in found):
        raise ValueError("holds one of h and a, which mean nothing without each other")


def _read(texts: dict[str, str]) -> dict[str, int]:
    name, half, offset, fraction = (
        texts.pop(part, None) for part in ("month_name", "half", "offset", "fraction")
    )
    parts = {part: int(text) for part, text in texts.items()}
    if fraction:
        parts["fraction"] = int(fraction) * 10 ** (_MOST_DECIMALS - len(fraction))
    if "short_year" in parts:
        year = parts.pop("short_year")
        parts["year"] = year + (1900 if year >= _PIVOT else 2000)
    if name:
        parts["month"] = month_of(name) or 0
        if not parts["month"]:
            raise ValueError(f"{name!r} is not the name of a month")
    if half:
        hour = parts.pop("half_hour")
        if not 1 <= hour <= 12:
            raise ValueError(f"{hour} is not an hour of a clock of 12 hours")
        parts["hour"] = hour % 12 + (12 if half[0] in "Pp" else 0)
    if offset:
        parts["offset"] = _minutes(offset)
    return parts


def _minutes(offset: str) -> int:
    if offset in "Zz":
        return 0
    hours, minutes = int(offset[1:3]), int(offset[3:].removeprefix(":") or 0)
    if hours > 18 or minutes > 59:
        raise ValueError(f"{offset} is not an offset from UTC")
    size = hours * 60 + minutes
    return size if offset[0] == "+" else -size
