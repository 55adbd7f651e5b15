"""Finds out in which format dates and times are written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from functools import cache
from typing import NamedTuple

from ingestion.contract.date_formats import HALF_OF_DAY, OFFSET, SPACE
from ingestion.contract.model import Column, ColumnType
from ingestion.rows.dates import date_parser
from ingestion.tabular.cells import Cell, Parser

DAY_FIRST, MONTH_FIRST, YEAR_FIRST = "day first", "month first", "year first"
#: The format of typed cells, which have none of their own.
_ISO, _ISO_TIME = "yyyy-MM-dd", " HH:mm:ss"
_COMPACT = "yyyyMMdd"

#: Formats with what comes first, where that is open; the strict and common ones first.
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
            ("dd-MM-yy", DAY_FIRST),
            ("MM-dd-yy", MONTH_FIRST),
            ("yy-MM-dd", YEAR_FIRST),
            ("d-M-yy", DAY_FIRST),
            ("M-d-yy", MONTH_FIRST),
        )
        for sign in "/.-"
    },
    **dict.fromkeys(
        (
            "d MMM yyyy",
            "d. MMM yyyy",
            "d-MMM-yyyy",
            "d/MMM/yyyy",
            "dMMMyyyy",
            "MMM d, yyyy",
            "MMM d yyyy",
            "d 'de' MMM 'de' yyyy",
            "yyyy-MMM-d",
            "MMM yyyy",
            "MMM-yyyy",
            "d MMM yy",
            "d. MMM yy",
            "d-MMM-yy",
            "MMM d, yy",
        )
    ),
}
_LOOSE = frozenset(f"{one}{sign}{other}{sign}yy" for one, other in (("d", "M"), ("M", "d")) for sign in "/.-")
_TIME = re.compile(
    rf"(?P<day>.*[^\s,])(?P<by>T|(?P<comma>,?){SPACE}+)(?P<hour>[0-9]{{1,2}}):[0-5][0-9]"
    r"(?P<second>:[0-5][0-9](?:(?P<point>[.,])(?P<decimals>[0-9]{1,6}))?)?"
    rf"(?P<half>(?P<gap>{SPACE}?){HALF_OF_DAY})?"
    rf"(?P<zone>(?P<apart> ?){OFFSET})?"
)
#: Longer texts are not moments.
_LONGEST = 48
#: Ways of writing days that one column may mix.
_MOST_WAYS = 4
#: From so many distinct values on, digits that are all days of these years are taken for dates.
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
    """Which formats fit all cells of one column, one format or some that it mixes."""

    def __init__(self) -> None:
        self.fits = True
        #: For each way of writing days, the formats that fit all that are written so.
        self._ways: list[list[str]] = []
        self._times: dict[str, None] = {}
        self._has_time = self._are_likely_years = False
        self._texts = 0

    def see(self, cell: Cell) -> None:
        """Learn from a cell that is not empty and was not seen just before."""
        if not self.fits:
            return
        if isinstance(cell, datetime):
            self._has_time = self._has_time or cell.time() != time()
            if cell.tzinfo and cell.time() != time():
                self._times[f"{_ISO_TIME}XXX"] = None
        elif isinstance(cell, str):
            self.fits = self._see_text(cell.strip())
        else:
            self.fits = isinstance(cell, date)

    def type(self, order: str = DAY_FIRST, *, sounds_like_date: bool = False) -> MomentType | None:
        """The type, None where the cells are not dates; `order` is taken where the data leave it open."""
        if not self.fits:
            return None
        ways = self._ways or [[_ISO]]
        times = dict.fromkeys(_hours_joined(self._times))
        has_time = self._has_time or any(times)
        if has_time:
            ways = [[each for each in formats if "d" in each] for formats in ways]
            times = times if any(times) else {_ISO_TIME: None, **times}
        orders = [{_FORMATS[each] for each in formats} for formats in ways]
        decided = {first for found in orders for first in found if len(found) == 1 and first}
        if not all(orders) or len(decided) > 1:
            return None
        is_open = not decided and any(len(found) > 1 for found in orders)
        order = next(iter(decided), order)
        chosen = [_chosen(formats, order) for formats in ways]
        # Versions and fractions are written like that too.
        if any(each in _LOOSE for each in chosen) and not sounds_like_date and self._texts < _ENOUGH_COMPACT:
            return None
        is_compact = _COMPACT in chosen
        if is_compact and (len(ways) > 1 or not self._is_compact_date(sounds_like_date)):
            return None
        return MomentType(
            ColumnType.TIMESTAMP if has_time else ColumnType.DATE,
            tuple(each + form for each in chosen for form in times or ("",)),
            None if is_open else _FORMATS[chosen[0]],
            is_open,
        )

    def _see_text(self, text: str) -> bool:
        if len(text) > _LONGEST or not any(map(str.isdecimal, text)):
            return False
        match = _TIME.fullmatch(text)
        if match and int(match["hour"]) > (12 if match["half"] else 23):
            return False
        day = match["day"] if match else text
        if not self._see_day(day):
            return False
        self._times[_time_format(match) if match else ""] = None
        likely = int(day[:4]) in _LIKELY_YEARS if day.isdecimal() else False
        self._are_likely_years = likely and (self._are_likely_years or not self._texts)
        self._texts += 1
        return True

    def _see_day(self, day: str) -> bool:
        """Narrow a way of writing that fits the day, or begin another one."""
        for i, formats in enumerate(self._ways):
            if left := [each for each in formats if _reads(each, day)]:
                self._ways[i] = left
                return True
        formats = [each for each in _FORMATS if _reads(each, day)]
        self._ways.append(formats)
        return bool(formats) and len(self._ways) <= _MOST_WAYS

    def _is_compact_date(self, sounds_like_date: bool) -> bool:
        return self._are_likely_years and (sounds_like_date or self._texts >= _ENOUGH_COMPACT)


def _chosen(formats: list[str], order: str) -> str:
    """The first of the formats; the first in this order, where they differ in theirs."""
    return next((each for each in formats if _FORMATS[each] in (None, order)), formats[0])


def _time_format(match: re.Match[str]) -> str:
    """The format of what follows the day."""
    by = "'T'" if match["by"] == "T" else f"{match['comma']} "
    parts = [by, ("h" if match["half"] else "H" * len(match["hour"])), ":mm"]
    if match["second"]:
        parts.append(":ss")
    if match["decimals"]:
        parts.append(match["point"] + "S" * len(match["decimals"]))
    if match["half"]:
        parts.append(" a" if match["gap"] else "a")
    if match["zone"]:
        parts.append(f"{match['apart']}XXX")
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
