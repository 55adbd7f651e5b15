"""The simplest forecasts: what a better method has to beat."""

from __future__ import annotations

import numpy as np

#: Months after which a season repeats.
SEASON = 12

NAIVE = "last month"
SEASONAL_NAIVE = "same month last year"
HISTORIC_MEAN = "mean of all months"


def naive(history: np.ndarray, horizon: int) -> np.ndarray:
    """The last month, again and again."""
    return np.full(horizon, history[-1])


def seasonal_naive(history: np.ndarray, horizon: int) -> np.ndarray:
    """The same month a year before; the last month where there is no whole year."""
    if len(history) < SEASON:
        return naive(history, horizon)
    return np.resize(history[-SEASON:], horizon)


def historic_mean(history: np.ndarray, horizon: int) -> np.ndarray:
    """The mean of all months."""
    return np.full(horizon, history.mean())


#: Each by its name.
FLOOR = {NAIVE: naive, SEASONAL_NAIVE: seasonal_naive, HISTORIC_MEAN: historic_mean}
