"""In which rhythm rows come: on which days of the week, or in each month; and what is missing from it.

A rhythm is stated by a contract, or seen in the data. What is too short or too irregular has none: it is not
guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Set
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from dateutil.easter import easter

from ingestion.contract.model import Rhythm

_DAY = timedelta(days=1)
_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ALL, _WORKING = frozenset(range(7)), frozenset(range(5))

#: Weeks, and months, that a series must span before a rhythm can be seen in it.
_SHORTEST = 4

#: A day of the week belongs to the rhythm if this share of its days has rows, and does not if a quarter has.
_REGULAR, _STRAY = 0.75, 0.25

#: Of the periods of a rhythm, the share that must have rows, lest it is none: days, and months.
_WHOLE_DAYS, _WHOLE_MONTHS = 0.9, 0.75

#: Days that may be closed in a year, as holidays are, and days that may lack rows one after the other.
_MOST_CLOSED, _MOST_IN_A_ROW = 20, 10

#: Days before and after Easter on which holidays move with it: from Carnival to Corpus Christi.
_MOVING = range(-48, 61)


@dataclass(frozen=True, slots=True)
class Run:
    """Periods in a row that lack rows: the first and the last day, and how many periods they are."""

    first: date
    last: date
    periods: int


@dataclass(frozen=True, slots=True)
class Days:
    """Rows on each of these days of the week (Monday is 0), except on days that are closed."""

    weekdays: frozenset[int]
    closed: frozenset[date] = frozenset()

    def __str__(self) -> str:
        text = {_ALL: "every day", _WORKING: "on working days"}.get(self.weekdays)
        text = text or "on " + ", ".join(_NAMES[each] for each in sorted(self.weekdays))
        closed = len(self.closed)
        return f"{text}, except {closed} closed day{'' if closed == 1 else 's'}" if closed else text

    def period(self, day: date) -> date:
        """The first day of the period that a day is in."""
        return day

    def periods(self, first: date, last: date) -> Iterator[date]:
        """The periods that should have rows, by their first days."""
        days = (first + i * _DAY for i in range((last - first).days + 1))
        return (day for day in days if day.weekday() in self.weekdays and day not in self.closed)

    def end(self, period: date) -> date:
        """The last day of a period."""
        return period


@dataclass(frozen=True, slots=True)
class Months:
    """Rows in each month."""

    def __str__(self) -> str:
        return "every month"

    def period(self, day: date) -> date:
        """The first day of the period that a day is in."""
        return day.replace(day=1)

    def periods(self, first: date, last: date) -> Iterator[date]:
        """The periods that should have rows, by their first days."""
        month = first.replace(day=1)
        while month <= last:
            yield month
            month = self.end(month) + _DAY

    def end(self, period: date) -> date:
        """The last day of a period."""
        return (period + 31 * _DAY).replace(day=1) - _DAY


def stated(rhythm: Rhythm, days: Set[date]) -> Days | Months | None:
    """The rhythm that a contract states; None where it says that there is none."""
    match rhythm:
        case Rhythm.DAY:
            return _with_closed_days(_ALL, days)
        case Rhythm.WORKING_DAY:
            return _with_closed_days(_WORKING, days)
        case Rhythm.MONTH:
            return Months()
    return None


def seen(days: Set[date]) -> Days | Months | None:
    """The rhythm of these days, of which there is one at least; None where none can be told."""
    if weekdays := _regular_weekdays(days):
        rhythm = _with_closed_days(weekdays, days)
        if _share(rhythm, days) >= _WHOLE_DAYS:
            return rhythm
    months = Months()
    expected = len(list(months.periods(min(days), max(days))))
    return months if expected >= _SHORTEST and _share(months, days) >= _WHOLE_MONTHS else None


def of_part(promised: Rhythm | None, days: Set[date]) -> Days | Months | None:
    """The rhythm of a part of a source, such as a country: seen in its days, but never finer than promised.

    A promise is one for the source as a whole: a small country need not have rows on each day.
    """
    own = None if promised is Rhythm.NONE else seen(days)
    if not isinstance(own, Days) or promised is None or promised is Rhythm.DAY:
        return own
    if promised is Rhythm.MONTH:
        return Months()
    weekdays = own.weekdays & _WORKING
    return Days(weekdays, own.closed) if weekdays else None


def missing(
    rhythm: Days | Months,
    days: Collection[date],
    first: date,
    last: date,
    is_counted: Callable[[date], bool] = lambda _: True,
) -> list[Run]:
    """The periods from `first` to `last` that lack rows, those that follow each other as one.

    Args:
        is_counted: whether a period that lacks rows is to be named.
    """
    present = {rhythm.period(day) for day in days}
    runs = groupby(rhythm.periods(first, last), key=lambda each: each not in present and is_counted(each))
    found = [list(periods) for is_missing, periods in runs if is_missing]
    return [Run(periods[0], rhythm.end(periods[-1]), len(periods)) for periods in found]


def _share(rhythm: Days | Months, days: Set[date]) -> float:
    """The share of the rhythm's periods that have rows."""
    present = {rhythm.period(day) for day in days}
    expected = list(rhythm.periods(min(days), max(days)))
    return len(present.intersection(expected)) / len(expected)


def _regular_weekdays(days: Set[date]) -> frozenset[int]:
    """The days of the week on which rows come; empty where a day is neither in nor out."""
    first, last = min(days), max(days)
    regular = set()
    for weekday in range(7):
        begin = first + (weekday - first.weekday()) % 7 * _DAY
        weeks = (last - begin).days // 7 + 1
        share = sum(day.weekday() == weekday for day in days) / weeks if weeks else 0
        if weeks < _SHORTEST or _STRAY < share < _REGULAR:
            return frozenset()
        if share >= _REGULAR:
            regular.add(weekday)
    return frozenset(regular)


def _with_closed_days(weekdays: frozenset[int], days: Set[date]) -> Days:
    """The rhythm without the days that lack rows each year, twice at least: fixed or as far from Easter."""
    places: dict[tuple, list[date]] = {}
    for day in Days(weekdays).periods(min(days), max(days)):
        places.setdefault((day.month, day.day), []).append(day)
        offset = (day - easter(day.year)).days
        if offset in _MOVING:
            places.setdefault((offset,), []).append(day)
    closed = {day for each in places.values() if len(each) > 1 and days.isdisjoint(each) for day in each}
    for run in missing(Days(weekdays), days, min(days), max(days)):
        if run.periods > _MOST_IN_A_ROW:
            closed -= {day for day in closed if run.first <= day <= run.last}
    years = (max(days) - min(days)).days / 365
    return Days(weekdays, frozenset(closed) if len(closed) <= _MOST_CLOSED * years else frozenset())
