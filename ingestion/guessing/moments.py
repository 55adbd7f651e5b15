"""Finds out in which format dates and times are written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from functools import cache
from typing import NamedTuple

from ingestion.contract import Column, ColumnType
from ingestion.values import Cell, Parser
from ingestion.values.moments import date_parser

DAY_FIRST, MONTH_FIRST = "day first", "month first"
#: What typed cells, which have no format, are given.
_ISO, _ISO_TIME = "yyyy-MM-dd", " HH:mm:ss"
_COMPACT = "yyyyMMdd"

#: Formats with which of day and month comes first, where that is open; the strict and common ones first.
_FORMATS: dict[str, str | None] = {
    _ISO: None,
    _COMPACT: None,
    "yyyy-MM": None,
    "yyyy/MM": None,
    "MM/yyyy": None,
    **{f"yyyy{sign}MM{sign}dd": None for sign in "/."},
    **{
        form.replace("-", sign): order
        for form, order in (
            ("dd-MM-yyyy", DAY_FIRST),
            ("MM-dd-yyyy", MONTH_FIRST),
            ("d-M-yyyy", DAY_FIRST),
            ("M-d-yyyy", MONTH_FIRST),
            ("yyyy-M-d", None),
        )
        for sign in "/.-"
    },
}
_MOMENT = re.compile(
    r"(?P<day>[0-9./-]{6,10})"
    r"(?:(?P<by>[ T])(?P<hour>[0-9]{1,2}):[0-5][0-9]"
    r"(?P<second>:[0-5][0-9](?:(?P<point>[.,])(?P<decimals>[0-9]{1,6}))?)?(?P<zone>Z)?)?"
)
#: Distinct values from which digits that are all days of these years are taken for dates.
_ENOUGH_COMPACT = 8
_LIKELY_YEARS = range(1900, 2100)


class MomentType(NamedTuple):
    """A type of dates with its formats; `order` says what comes first if the data decide it, and
    `is_open` that they do not."""

    type: ColumnType
    formats: tuple[str, ...]
    order: str | None = None
    is_open: bool = False


class MomentGuess:
    """Which formats fit all cells of one column."""

    def __init__(self) -> None:
        self.fits = True
        self._formats: list[str] | None = None
        self._times: dict[str, None] = {}
        self._has_time = self._are_likely_years = False
        self._texts = 0

    def see(self, cell: Cell) -> None:
        """Learn from a cell that is not empty and was not seen just before."""
        if not self.fits:
            return
        if isinstance(cell, datetime):
            self.fits = cell.tzinfo is None
            self._has_time = self._has_time or cell.time() != time()
        elif isinstance(cell, str):
            self.fits = self._see_text(cell.strip())
        else:
            self.fits = isinstance(cell, date)

    def type(self, order: str = DAY_FIRST, *, sounds_like_date: bool = False) -> MomentType | None:
        """The type, None where the cells are no dates; `order` is taken where the data leave it open."""
        if not self.fits:
            return None
        formats = [_ISO] if self._formats is None else self._formats
        times = dict.fromkeys(_hours_joined(self._times))
        has_time = self._has_time or any(times)
        if has_time:
            formats = [each for each in formats if "d" in each]
            times = times if any(times) else {_ISO_TIME: None, **times}
        orders = {_FORMATS[each] for each in formats}
        is_open = orders >= {DAY_FIRST, MONTH_FIRST}
        if is_open:
            formats = [each for each in formats if _FORMATS[each] == order]
        if not formats or (formats[0] == _COMPACT and not self._is_compact_date(sounds_like_date)):
            return None
        chosen = formats[0]
        return MomentType(
            ColumnType.TIMESTAMP if has_time else ColumnType.DATE,
            tuple(chosen + each for each in times or ("",)),
            None if is_open else _FORMATS[chosen],
            is_open,
        )

    def _see_text(self, text: str) -> bool:
        match = _MOMENT.fullmatch(text)
        if not match or (match["hour"] and int(match["hour"]) > 23):
            return False
        candidates = _FORMATS if self._formats is None else self._formats
        self._formats = [each for each in candidates if _reads(each, match["day"])]
        self._times[_time_format(match)] = None
        likely = int(match["day"][:4]) in _LIKELY_YEARS if match["day"].isdecimal() else False
        self._are_likely_years = likely and (self._are_likely_years or not self._texts)
        self._texts += 1
        return bool(self._formats)

    def _is_compact_date(self, sounds_like_date: bool) -> bool:
        return self._are_likely_years and (sounds_like_date or self._texts >= _ENOUGH_COMPACT)


def _time_format(match: re.Match[str]) -> str:
    """The format of what follows the day, empty where nothing does."""
    if not match["hour"]:
        return ""
    parts = [" " if match["by"] == " " else "'T'", "H" * len(match["hour"]), ":mm"]
    if match["second"]:
        parts.append(":ss")
    if match["decimals"]:
        parts.append(match["point"] + "S" * len(match["decimals"]))
    if match["zone"]:
        parts.append("'Z'")
    return "".join(parts)


def _hours_joined(times: Iterable[str]) -> Iterable[str]:
    """The formats, with H for all hours where one has one digit."""
    times = list(times)
    if any("H" in each and "HH" not in each for each in times):
        return [each.replace("HH", "H") for each in times]
    return times


def _reads(date_format: str, day: str) -> bool:
    try:
        _parser(date_format)(day)
    except ValueError:
        return False
    return True


@cache
def _parser(date_format: str) -> Parser:
    return date_parser(Column("any", "any", ColumnType.DATE, "", "", "public", date_formats=(date_format,)))
