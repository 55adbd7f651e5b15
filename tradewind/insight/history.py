"""Monthly figures that forecasts are made from: one matrix for all levels, such as total and country."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

#: Columns of a level, in their order; of none is the total.
Level = tuple[str, ...]

#: Values of a level's columns, by which a series is told from the others of its level.
Members = tuple[str | None, ...]


@dataclass(frozen=True)
class Key:
    """What a series is of: a level, and its members there."""

    level: Level
    members: Members

    def __str__(self) -> str:
        return " x ".join("none" if member is None else member for member in self.members) or "total"


@dataclass(frozen=True, eq=False)
class History:
    """Figures of several series in the same months.

    Attributes:
        first_month: of the matrix.
        keys: of the series, in the order of the rows of `values`.
        values: a row per series, a column per month; NaN before a series begins.
    """

    first_month: date
    keys: tuple[Key, ...]
    values: np.ndarray

    @property
    def months(self) -> int:
        """How many months there are."""
        return self.values.shape[1]

    @property
    def last_month(self) -> date:
        """First day of the last month."""
        return add_months(self.first_month, self.months - 1)

    @property
    def levels(self) -> list[Level]:
        """The levels, in the order in which they first appear."""
        return list(dict.fromkeys(key.level for key in self.keys))

    def rows_of(self, level: Level) -> np.ndarray:
        """Numbers of the rows of a level."""
        return np.array([place for place, key in enumerate(self.keys) if key.level == level])

    def until(self, months: int) -> History:
        """The same series, as they were after so many months; those that had not begun are left out."""
        begun = ~np.isnan(self.values[:, :months]).all(axis=1)
        keys = tuple(key for key, is_there in zip(self.keys, begun, strict=True) if is_there)
        return History(self.first_month, keys, self.values[begun, :months])


def history_of(
    figures: Mapping[Level, Iterable[tuple[date, Members, Decimal | float | None]]], last_month: date
) -> History:
    """The figures of each level as a history that ends with this month.

    A series begins with its first row. A month without a row is 0. A figure that is null is unknown: the
    series begins after the last unknown month, and is left out where that is the last month of all.

    Args:
        figures: month, members and figure of each row, by level.
        last_month: first day of the last whole month; later rows are left out.

    Raises:
        ValueError: there is no row up to that month, or all figures are unknown in it.
    """
    found: dict[Key, dict[date, Decimal | float | None]] = {}
    for level, rows in figures.items():
        for month, members, figure in rows:
            if month <= last_month:
                found.setdefault(Key(level, members), {})[month] = figure
    if not found:
        raise ValueError("there are no figures of a whole month")
    first = min(month for series in found.values() for month in series)
    months = month_range(first, months_between(first, last_month) + 1)
    keys, lines = [], []
    for key, series in found.items():
        line = _line(series, months)
        if not np.isnan(line[-1]):
            keys.append(key)
            lines.append(line)
    if not keys:
        raise ValueError("all figures are unknown in the last month")
    values = np.array(lines)
    begin = int(np.argmin(np.isnan(values).all(axis=0)))
    return History(add_months(first, begin), tuple(keys), values[:, begin:])


def _line(series: Mapping[date, Decimal | float | None], months: Sequence[date]) -> np.ndarray:
    first = min(series)
    line = np.array([np.nan if month < first else float(series.get(month, 0) or 0) for month in months])
    unknown = [place for place, month in enumerate(months) if month in series and series[month] is None]
    if unknown:
        line[: unknown[-1] + 1] = np.nan
    return line


def add_months(month: date, number: int) -> date:
    """First day of the month that is so many months after this one."""
    years, place = divmod(month.month - 1 + number, 12)
    return date(month.year + years, place + 1, 1)


def months_between(first: date, last: date) -> int:
    """How many months the second is after the first."""
    return (last.year - first.year) * 12 + last.month - first.month


def month_range(first: date, number: int) -> list[date]:
    """So many months, beginning with this one."""
    return [add_months(first, place) for place in range(number)]
