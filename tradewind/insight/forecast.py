"""Forecasts of a history: the method that was best in the past, made to add up, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tradewind.insight.adding_up import reconciled, sums
from tradewind.insight.backtest import LEAST_WINDOWS, Backtest, Fit, backtest, errors_alone
from tradewind.insight.fits import fit as fit_models
from tradewind.insight.floor import FLOOR, HISTORIC_MEAN
from tradewind.insight.history import History, Level
from tradewind.insight.intervals import half_widths
from tradewind.insight.measures import mase, scales, wape

#: Shares of the figures that the intervals are to hold.
SHARES = (0.8, 0.95)

#: What is said of a series that no model is fitted to: its forecast is a simple one.
TOO_SHORT = "too short for a season"

#: How much worse than the best floor a level may be, so that all levels add up.
TOLERATED = 1.02


@dataclass(frozen=True)
class Accuracy:
    """How a method did in the backtest on one level, of all months ahead or of one."""

    wape: float
    mase: float


@dataclass(frozen=True, eq=False)
class Forecasts:
    """What is forecast, how, and how that would have done.

    Attributes:
        history: what it was made from.
        methods: by level, the method.
        points: by series and month ahead.
        lower, upper: by share, the bounds in the shape of `points`; NaN where there is no interval.
        test: the backtest.
        published: what would have been forecast, in the shape of the backtest's `actual`.
    """

    history: History
    methods: Mapping[Level, str]
    points: np.ndarray
    lower: Mapping[float, np.ndarray]
    upper: Mapping[float, np.ndarray]
    test: Backtest
    published: np.ndarray

    def accuracy(self, level: Level, method: str | None = None, month_ahead: int | None = None) -> Accuracy:
        """How a method, or else what is published, did on a level.

        Args:
            level: one of the history's.
            method: one of the backtest's.
            month_ahead: 1 for the next month; all of them where left out.
        """
        rows = self.history.rows_of(level)
        months = slice(None) if month_ahead is None else slice(month_ahead - 1, month_ahead)
        made = (self.published if method is None else self.test.past[method])[:, rows, months]
        actual = self.test.actual[:, rows, months]
        return Accuracy(wape(actual, made), mase(actual, made, self._scales(rows)))

    def best_floor(self, level: Level) -> str:
        """The simplest forecast that did best on a level."""
        return self.test.best(self.history.rows_of(level), self.test.floor)

    def remark(self, place: int) -> str:
        """What is to be said of a series; empty if nothing is."""
        return TOO_SHORT if self.test.too_short[place] else ""

    def _scales(self, rows: np.ndarray) -> np.ndarray:
        known = self.test.windows[0] if self.test.windows else self.history.months
        return scales(self.history.values[rows, :known])


def forecast(history: History, horizon: int = 12, fit: Fit = fit_models) -> Forecasts:
    """Forecast every series for so many months; equal histories give equal forecasts.

    Args:
        history: whole months.
        horizon: months to forecast.
        fit: fits ETS and Theta.

    Raises:
        EnvironmentMissing, FitsFailed: the models cannot be fitted; a history too short for them needs none.
    """
    test = backtest(history, horizon, fit)
    zero = sums(history.keys)
    plans = [_Plan(history, test, zero, methods) for methods in _candidates(history, test)]
    plan = min(plans, key=lambda each: each.rank)
    errors = test.actual - plan.past
    widths = {share: _half_widths(history, test, errors, share) for share in SHARES}
    return Forecasts(
        history,
        plan.methods,
        plan.ahead,
        {share: plan.ahead - widths[share] for share in SHARES},
        {share: plan.ahead + widths[share] for share in SHARES},
        test,
        plan.past,
    )


def _half_widths(history: History, test: Backtest, errors: np.ndarray, share: float) -> np.ndarray:
    """By series and month ahead; of a series that began after the last window, from windows of its own."""
    horizon = errors.shape[2]
    if len(test.windows) < LEAST_WINDOWS:
        return np.full(errors.shape[1:], np.nan)
    found = half_widths(errors, share)
    for place in np.flatnonzero(np.isnan(found[:, 0])):
        series = history.values[place][~np.isnan(history.values[place])]
        own = errors_alone(series, horizon, test.stand_in[history.keys[place].level])
        if len(own) >= LEAST_WINDOWS:
            found[place] = half_widths(own[:, np.newaxis], share)[0]
    return found


def _candidates(history: History, test: Backtest) -> list[dict[Level, str]]:
    """Methods by level: of each level its own best one, and each method for all levels."""
    if len(test.windows) < LEAST_WINDOWS:
        return [dict.fromkeys(history.levels, HISTORIC_MEAN)]
    # one of the floor unless another beats it
    own = {level: test.best(history.rows_of(level), test.methods) for level in history.levels}
    return [own, *(dict.fromkeys(history.levels, method) for method in test.methods)]


class _Plan:
    """Methods by level, whose forecasts were made to add up."""

    def __init__(
        self, history: History, test: Backtest, zero: np.ndarray, methods: Mapping[Level, str]
    ) -> None:
        self.methods = methods
        past, ahead = (_chosen(history, methods, made) for made in (test.past, test.ahead))
        uncertainty = _uncertainty(test.actual - past, ahead)
        self.past = np.array([reconciled(each, uncertainty, zero) for each in past]).reshape(past.shape)
        self.ahead = reconciled(ahead, uncertainty, zero)
        self._ratios = [_ratio(history.rows_of(level), test, self.past) for level in history.levels]

    @property
    def rank(self) -> tuple[float, float]:
        """The smaller, the better: no level may be much worse than the floor; then the mean decides."""
        return max(TOLERATED, *self._ratios), sum(self._ratios) / len(self._ratios)


def _chosen(history: History, methods: Mapping[Level, str], made: Mapping[str, np.ndarray]) -> np.ndarray:
    """By series, what the method of its level forecast; the last axis but one is the series."""
    series = [made[methods[key.level]][..., place, :] for place, key in enumerate(history.keys)]
    return np.stack(series, axis=-2)


def _uncertainty(errors: np.ndarray, ahead: np.ndarray) -> np.ndarray:
    """Mean squared error of each series; that of a forecast of 0 where it was never tested."""
    known = ~np.isnan(errors)
    counts = known.sum(axis=(0, 2))
    squares = np.nansum(errors**2, axis=(0, 2)) / np.maximum(counts, 1)
    return np.where(counts > 0, squares, np.mean(ahead**2, axis=1))


def _ratio(rows: np.ndarray, test: Backtest, past: np.ndarray) -> float:
    """Error on a level as a multiple of that of the best floor."""
    actual = test.actual[:, rows]
    floor = min(_last_nan(wape(actual, test.past[name][:, rows])) for name in test.past if name in FLOOR)
    own = wape(actual, past[:, rows])
    if np.isnan(own) or own == floor:
        return 1.0
    return own / floor if floor else float("inf")


def _last_nan(number: float) -> float:
    return float("inf") if np.isnan(number) else number
