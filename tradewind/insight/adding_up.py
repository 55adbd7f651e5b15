"""Makes forecasts add up: countries to the total, products to the same total."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from tradewind.insight.history import Key, Level


def sums(keys: Sequence[Key]) -> np.ndarray:
    """What must be 0: a row per member of a level and finer level, its parts less itself.

    A level's parts are those of each level with more columns, without one in between.
    """
    levels = list(dict.fromkeys(key.level for key in keys))
    rows = []
    for whole in levels:
        for part in _next_finer(whole, levels):
            places = [part.index(column) for column in whole]
            for place, key in enumerate(keys):
                if key.level != whole:
                    continue
                row = np.zeros(len(keys))
                row[place] = -1
                for other, candidate in enumerate(keys):
                    if candidate.level == part and key.members == _members(candidate, places):
                        row[other] = 1
                rows.append(row)
    return np.array(rows) if rows else np.zeros((0, len(keys)))


def _next_finer(whole: Level, levels: Sequence[Level]) -> list[Level]:
    finer = [level for level in levels if set(whole) < set(level)]
    return [level for level in finer if not any(set(other) < set(level) for other in finer)]


def reconciled(forecasts: np.ndarray, uncertainty: np.ndarray, zero: np.ndarray) -> np.ndarray:
    """The forecasts nearest to these that add up; the less certain one is, the more it gives way.

    Weighted least squares (MinT with a diagonal of variances).

    Args:
        forecasts: a row per series, a column per month; NaN for a series that is not there.
        uncertainty: mean squared error of each series; 0 does not give way.
        zero: from `sums`.
    """
    if not len(zero):
        return forecasts
    is_there = ~np.isnan(forecasts).any(axis=1)
    filled = np.where(is_there[:, np.newaxis], forecasts, 0)
    weights = np.where(is_there, uncertainty, 0)
    # the smallest step, in standard errors: variances, which square them, would lose the small series' digits
    error = np.sqrt(weights)
    sums_of_steps = zero * error
    size = np.linalg.norm(sums_of_steps, axis=1, keepdims=True)
    size[size == 0] = 1
    steps = np.linalg.lstsq(sums_of_steps / size, zero @ filled / size, rcond=None)[0]
    corrected = filled - error[:, np.newaxis] * steps
    return np.where(is_there[:, np.newaxis], corrected, np.nan)


def amounts(keys: Sequence[Key], figures: Sequence[float], places: int = 4) -> list[Decimal]:
    """Forecasts of one month as decimals that add up to the last place.

    Series of the finest level are rounded, and all that they are parts of are their sums. Of a level that is
    no part of it, such as products, the largest member takes what rounding leaves.

    Args:
        keys: of the series.
        figures: forecasts that add up but for rounding.
        places: decimal places.
    """
    unit = Decimal(1).scaleb(-places)
    rounded = [Decimal(repr(float(figure))).quantize(unit) for figure in figures]
    levels = list(dict.fromkeys(key.level for key in keys))
    finest = max(levels, key=len)
    parts = [place for place, key in enumerate(keys) if key.level == finest]
    for level in levels:
        members = [place for place, key in enumerate(keys) if key.level == level]
        if set(level) < set(finest):
            at = [finest.index(column) for column in level]
            for place in members:
                rounded[place] = sum(
                    (rounded[part] for part in parts if _members(keys[part], at) == keys[place].members),
                    Decimal(0) * unit,
                )
    whole = sum(rounded[part] for part in parts)
    for level in levels:
        if not set(level) <= set(finest):
            members = [place for place, key in enumerate(keys) if key.level == level]
            largest = max(members, key=lambda place: (abs(rounded[place]), -place))
            rounded[largest] += whole - sum(rounded[place] for place in members)
    return rounded


def _members(key: Key, places: Sequence[int]) -> tuple[str | None, ...]:
    return tuple(key.members[place] for place in places)
