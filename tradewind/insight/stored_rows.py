"""A run's rows as the warehouse keeps them: the history that it saw, its forecasts, its tests on the past."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

import numpy as np

from tradewind.insight.forecast import Forecasts
from tradewind.insight.history import Key, Level, add_months, month_range, months_between
from tradewind.insight.published import Figures
from tradewind.insight.table import BOUNDS, decimal, level_name, rows

#: Columns of levels that the warehouse has.
MEMBERS = ("country", "segment", "product")

#: Columns of `ops.forecasts` after the run's number.
COLUMNS = (
    *("kind", "known_to", "level", *MEMBERS, "month", "actual", "forecast", *BOUNDS),
    *("floor_forecast", "method", "floor_method", "remark"),
)

Row = dict[str, object]


def stored_rows(forecasts: Forecasts, figures: Figures) -> Iterator[tuple[object, ...]]:
    """All rows of a run, in the order of `COLUMNS`.

    Args:
        forecasts: of all levels.
        figures: the exact ones that they were made from.
    """
    floors = {level: forecasts.best_floor(level) for level in forecasts.history.levels}
    for part in (_actual(forecasts, figures), _forecast(forecasts, floors), _tests(forecasts, floors)):
        for row in part:
            yield tuple(row.get(column) for column in COLUMNS)


def _actual(forecasts: Forecasts, figures: Figures) -> Iterator[Row]:
    """Whole months of each series that is forecast, from its first row on; a month without a row is 0."""
    last_month = forecasts.history.last_month
    known: dict[Key, dict[date, Decimal | None]] = {}
    for level, found in figures.items():
        for month, members, figure in found:
            known.setdefault(Key(level, members), {})[month] = figure
    for key in forecasts.history.keys:
        series = known[key]
        first = min(series)
        for month in month_range(first, months_between(first, last_month) + 1):
            figure = series.get(month, Decimal(0))
            if figure is not None:
                yield {"kind": "actual", "known_to": last_month, **_of(key), "month": month, "actual": figure}


def _forecast(forecasts: Forecasts, floors: Mapping[Level, str]) -> Iterator[Row]:
    history, count = forecasts.history, len(forecasts.history.keys)
    for number, row in enumerate(rows(forecasts)):
        ahead, place = divmod(number, count)
        floor = floors[history.keys[place].level]
        yield {
            **row,
            "kind": "forecast",
            "known_to": row["history_to"],
            "floor_forecast": decimal(forecasts.test.ahead[floor][place, ahead]),
            "floor_method": floor,
            "remark": row["remark"] or None,
        }


def _tests(forecasts: Forecasts, floors: Mapping[Level, str]) -> Iterator[Row]:
    """What would have been forecast, without bounds: these come from the same errors, and prove nothing."""
    history, test = forecasts.history, forecasts.test
    there = ~np.isnan(test.actual) & ~np.isnan(forecasts.published)
    for window, place, ahead in np.argwhere(there):
        key = history.keys[place]
        known_to = add_months(history.first_month, test.windows[window] - 1)
        floor = floors[key.level]
        yield {
            "kind": "test",
            "known_to": known_to,
            **_of(key),
            "month": add_months(known_to, int(ahead) + 1),
            "actual": decimal(test.actual[window, place, ahead]),
            "forecast": decimal(forecasts.published[window, place, ahead]),
            "floor_forecast": decimal(test.past[floor][window, place, ahead]),
            "method": forecasts.methods[key.level],
            "floor_method": floor,
        }


def _of(key: Key) -> Row:
    return {"level": level_name(key.level), **dict(zip(key.level, key.members, strict=True))}
