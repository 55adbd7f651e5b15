"""Forecasts as a table to read, and as CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import numpy as np

from ingestion.commands.spreadsheets import write_for_spreadsheet
from tradewind.insight.adding_up import amounts
from tradewind.insight.forecast import SHARES, TOO_SHORT, Forecasts
from tradewind.insight.history import Level, add_months

#: Decimal places of amounts, as in the marts.
PLACES = 4

#: Columns of the bounds of each interval.
BOUNDS = [f"{side}_{share * 100:.0f}" for share in SHARES for side in ("lower", "upper")]


def rows(forecasts: Forecasts) -> Iterator[dict[str, object]]:
    """A row per series and month ahead; amounts are decimals, and add up to the last place.

    Every interval contains its forecast. A bound is None where the history is too short to know it.
    """
    history = forecasts.history
    columns = list(dict.fromkeys(column for level in history.levels for column in level))
    for ahead in range(forecasts.points.shape[1]):
        points = amounts(history.keys, forecasts.points[:, ahead], PLACES)
        for place, key in enumerate(history.keys):
            members = dict(zip(key.level, key.members, strict=True))
            bounds = [
                _reaching(points[place], decimal(side[share][place, ahead]), outermost)
                for share in SHARES
                for outermost, side in ((min, forecasts.lower), (max, forecasts.upper))
            ]
            yield {
                "level": level_name(key.level),
                **{column: members.get(column) for column in columns},
                "month": add_months(history.last_month, ahead + 1),
                "forecast": points[place],
                **dict(zip(BOUNDS, bounds, strict=True)),
                "method": forecasts.methods[key.level],
                "history_to": history.last_month,
                "remark": forecasts.remark(place),
            }


def _reaching(
    point: Decimal, bound: Decimal | None, outermost: Callable[[Decimal, Decimal], Decimal]
) -> Decimal | None:
    """A bound that reaches its forecast: `amounts` may have moved that out of a narrow interval."""
    return None if bound is None else outermost(point, bound)


def write_csv(forecasts: Forecasts, path: Path) -> int:
    """Write all rows for a spreadsheet; returns how many.

    Raises:
        CannotWrite: as `write_for_spreadsheet` does.
    """
    found = list(rows(forecasts))
    write_for_spreadsheet(path, {column: column for column in found[0]}, found)
    return len(found)


def text(forecasts: Forecasts, label: str, unit: str, level: Level) -> str:
    """The forecasts of a level, for people: how they were made, how sure they are, and the figures.

    Args:
        forecasts: of all levels.
        label: of the metric, such as Sales.
        unit: of its figures, such as USD.
        level: to show.
    """
    history = forecasts.history
    by = f" by {' and '.join(level)}" if level else ""
    lines = [
        f"{label}{by}, in {unit}, forecast from {history.months} whole months,"
        f" to {history.last_month:%B %Y}.",
        _method(forecasts, level),
        *_remarks(forecasts, level),
        "",
    ]
    places = history.rows_of(level)
    width = max(len(str(history.keys[place])) for place in places)
    lines.append(f"{'':{width}}  {'month':7} {'forecast':>15}   {SHARES[0]:.0%} interval")
    for place in places:
        name = str(history.keys[place])
        for month, point, interval in _months(forecasts, place):
            lines.append(f"{name:{width}}  {month:7} {point:>15}   {interval}")
            name = ""
    return "\n".join(lines)


def _months(forecasts: Forecasts, place: int) -> Iterator[tuple[str, str, str]]:
    """Month, forecast and interval of a series, in whole units."""
    lower, upper = forecasts.lower[SHARES[0]][place], forecasts.upper[SHARES[0]][place]
    for ahead, point in enumerate(forecasts.points[place]):
        month = add_months(forecasts.history.last_month, ahead + 1)
        is_known = not np.isnan(lower[ahead])
        interval = f"{lower[ahead]:,.0f} to {upper[ahead]:,.0f}" if is_known else "unknown"
        yield f"{month:%Y-%m}", f"{point:,.0f}", interval


def _remarks(forecasts: Forecasts, level: Level) -> Iterator[str]:
    places = forecasts.history.rows_of(level)
    short = places[forecasts.test.too_short[places]]
    if short.size:
        verb = "is" if short.size == 1 else "are"
        whose = "The history is" if len(places) == 1 else f"Of {len(places)} histories, {short.size} {verb}"
        unknown = np.isnan(forecasts.lower[SHARES[0]][short, 0])
        interval = "its interval is wide"
        if unknown.any():
            interval = "there is no interval yet" if unknown.all() else f"{interval}, or not known yet"
        yield f"{whose} {TOO_SHORT}: the forecast is a simple one, and {interval}."
    for model, count in forecasts.test.not_fitted.items():
        yield f"{model} could not be fitted to {count} of {len(forecasts.history.keys)} series of all levels."


def level_name(level: Level) -> str:
    """A level as people call it: its columns, or total."""
    return " x ".join(level) or "total"


def _method(forecasts: Forecasts, level: Level) -> str:
    method, windows = forecasts.methods[level], len(forecasts.test.windows)
    own, floor = forecasts.accuracy(level).wape, forecasts.best_floor(level)
    if np.isnan(own):
        return f"Method: {method}; there are too few months to test it."
    error, best = f"{own:.1%}", f"{forecasts.accuracy(level, floor).wape:.1%}"
    # adding up may have made the error of the simple forecast another one
    is_best = (method, error) == (floor, best)
    simple = "the best simple forecast"
    beside = f"; it is {simple}" if is_best else f", {simple} ({floor}) by {best}"
    tests = "1 test" if windows == 1 else f"{windows} tests"
    return f"Method: {method}. In {tests} on the past it was off by {error} of the figures{beside}."


def decimal(number: float) -> Decimal | None:
    """A figure with the decimal places of amounts; None for NaN."""
    return None if np.isnan(number) else Decimal(repr(float(number))).quantize(Decimal(1).scaleb(-PLACES))
