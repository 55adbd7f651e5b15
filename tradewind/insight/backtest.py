"""What each method would have forecast in the past, and how wrong that would have been (rolling origin)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.insight.fits import MODELS, Fits
from tradewind.insight.floor import FLOOR, HISTORIC_MEAN, NAIVE, SEASON
from tradewind.insight.history import History, Level
from tradewind.insight.measures import least_wrong

#: Months from which a season can be estimated.
TWO_SEASONS = 2 * SEASON

#: Fewer windows prove nothing.
LEAST_WINDOWS = 3

_MOST_WINDOWS = 6

#: Months that the first window of a short history has.
_FEWEST_MONTHS = 4

#: How series are fitted: `tradewind.insight.fits.fit`.
Fit = Callable[[Sequence[np.ndarray], int], list[Fits]]


@dataclass(frozen=True, eq=False)
class Backtest:
    """Forecasts of all methods, made at several ends of the history, and now.

    Attributes:
        windows: number of months that each window knows.
        actual: figures by window, series and month ahead; NaN where there are none yet.
        past: forecasts of each method, in the shape of `actual`; NaN for series that had not begun.
        ahead: forecasts of each method from the whole history, by series and month ahead.
        too_short: of each series, whether it is too short for a season: no model is fitted to it.
        not_fitted: by model, how many series it could not be fitted to in the whole history.
        stand_in: by level, the floor's method that stands for the models where they are not fitted.
    """

    windows: tuple[int, ...]
    actual: np.ndarray
    past: Mapping[str, np.ndarray]
    ahead: Mapping[str, np.ndarray]
    too_short: np.ndarray
    not_fitted: Mapping[str, int]
    stand_in: Mapping[Level, str]

    @property
    def methods(self) -> list[str]:
        """Names of the methods, those of the floor first."""
        return list(self.past)

    @property
    def floor(self) -> list[str]:
        """Names of the floor's methods that were tried."""
        return [name for name in self.past if name in FLOOR]

    def best(self, rows: np.ndarray, methods: Iterable[str]) -> str:
        """Of these methods, the one that was least wrong on these series; of equal ones the first."""
        return least_wrong(self.actual[:, rows], {name: self.past[name][:, rows] for name in methods})


def has_season(months: int) -> bool:
    """Whether a history is long enough to estimate a season, and to test it on what followed."""
    return months >= TWO_SEASONS + LEAST_WINDOWS


def windows_of(months: int, horizon: int) -> tuple[int, ...]:
    """How many months each window of a history knows, in increasing order."""
    if not has_season(months):
        return tuple(range(_FEWEST_MONTHS, months))
    first = max(TWO_SEASONS, months - 2 * horizon)
    last = max(months - horizon, min(months - 1, first + horizon - 1))
    count = min(_MOST_WINDOWS, last - first + 1)
    return tuple(dict.fromkeys(round(each) for each in np.linspace(first, last, count)))


def backtest(history: History, horizon: int, fit: Fit) -> Backtest:
    """Forecast the past from what was known then, and the future from all that is known.

    Args:
        history: whole months.
        horizon: months to forecast.
        fit: fits the models; it is not called where the history is too short for a season.

    Raises:
        EnvironmentMissing, FitsFailed: as `fit` does.
    """
    windows = windows_of(history.months, horizon)
    ends = [*windows, history.months]
    names = list(FLOOR) if has_season(history.months) else [NAIVE, HISTORIC_MEAN]
    made = {name: _of_floor(history, ends, horizon, name) for name in names}
    actual = _actual(history, windows, horizon)
    begun = [row[~np.isnan(row)] for row in history.values]
    too_short = np.array([not has_season(len(each)) for each in begun])
    stand_in = {level: _stand_in(history, level, actual, made) for level in history.levels}
    not_fitted = {}
    if has_season(history.months):
        simple = [made[stand_in[key.level]][:, place] for place, key in enumerate(history.keys)]
        base = np.stack(simple, axis=1)
        made |= {name: base.copy() for name in MODELS}
        not_fitted = _fit_all(history, ends, horizon, made, fit, too_short)
    count = len(windows)
    past = {name: each[:count] for name, each in made.items()}
    ahead = {name: each[count] for name, each in made.items()}
    return Backtest(windows, actual, past, ahead, too_short, not_fitted, stand_in)


def errors_alone(series: np.ndarray, horizon: int, method: str) -> np.ndarray:
    """What a method of the floor would have been off by on a single series, by window and month ahead."""
    windows = windows_of(len(series), horizon)
    found = np.full((len(windows), horizon), np.nan)
    for window, end in enumerate(windows):
        later = series[end : end + horizon]
        found[window, : len(later)] = later - FLOOR[method](series[:end], len(later))
    return found


def _of_floor(history: History, ends: Sequence[int], horizon: int, name: str) -> np.ndarray:
    found = np.full((len(ends), len(history.keys), horizon), np.nan)
    for window, end in enumerate(ends):
        for place, row in enumerate(history.values):
            known = row[:end][~np.isnan(row[:end])]
            if known.size:
                found[window, place] = FLOOR[name](known, horizon)
    return found


def _actual(history: History, windows: Sequence[int], horizon: int) -> np.ndarray:
    found = np.full((len(windows), len(history.keys), horizon), np.nan)
    for window, end in enumerate(windows):
        known = history.values[:, end : end + horizon]
        found[window, :, : known.shape[1]] = known
    return found


def _stand_in(history: History, level: Level, actual: np.ndarray, made: Mapping[str, np.ndarray]) -> str:
    rows = history.rows_of(level)
    return least_wrong(actual[:, rows], {name: each[: len(actual), rows] for name, each in made.items()})


def _fit_all(
    history: History,
    ends: Sequence[int],
    horizon: int,
    made: Mapping[str, np.ndarray],
    fit: Fit,
    too_short: np.ndarray,
) -> dict[str, int]:
    """Fit what is long enough, and put it in the place of the floor; returns what could not be fitted."""
    places, series = [], []
    for window, end in enumerate(ends):
        for place in np.flatnonzero(~too_short):
            row = history.values[place]
            known = row[:end][~np.isnan(row[:end])]
            if len(known) >= TWO_SEASONS and known.any():
                places.append((window, place))
                series.append(known)
    not_fitted = dict.fromkeys(MODELS, 0)
    for (window, place), fits in zip(places, fit(series, horizon), strict=True):
        for name in MODELS:
            if (found := fits[name]) is not None:
                made[name][window, place] = found
            elif window == len(ends) - 1:
                not_fitted[name] += 1
    return {name: count for name, count in not_fitted.items() if count}
