"""How wrong forecasts were. Arrays have any shape; a NaN in either of them is left out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tradewind.insight.floor import SEASON


def wape(actual: np.ndarray, forecast: np.ndarray) -> float:
    """Sum of absolute errors as a share of the sum of absolute figures; NaN where there is none."""
    known = ~np.isnan(actual) & ~np.isnan(forecast)
    total = np.abs(actual[known]).sum()
    return float(np.abs(actual[known] - forecast[known]).sum() / total) if total else float("nan")


def least_wrong(actual: np.ndarray, forecasts: Mapping[str, np.ndarray]) -> str:
    """Name of the forecast with the smallest WAPE, of equal ones the first; one without a WAPE comes last."""
    errors = {name: wape(actual, each) for name, each in forecasts.items()}
    return min(errors, key=lambda name: (np.isnan(errors[name]), errors[name]))


def mase(actual: np.ndarray, forecast: np.ndarray, scale: np.ndarray) -> float:
    """Mean of absolute errors, each divided by the `scale` of its series; NaN where there is none.

    Args:
        actual: figures; their last axis but one is the series.
        forecast: of the same shape.
        scale: of each series, from `scales`.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.abs(actual - forecast) / scale[:, np.newaxis]
    scaled = scaled[np.isfinite(scaled)]
    return float(scaled.mean()) if scaled.size else float("nan")


def scales(values: np.ndarray) -> np.ndarray:
    """Mean absolute change over a year of each row; over a month where there are no two years.

    A row without a change has NaN.
    """
    found = []
    for row in values:
        known = row[~np.isnan(row)]
        lag = SEASON if len(known) >= 2 * SEASON else 1
        changes = np.abs(known[lag:] - known[:-lag])
        found.append(changes.mean() if changes.sum() else np.nan)
    return np.array(found)


def share_inside(actual: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> float:
    """Share of the figures that lie between their bounds; NaN where there are none."""
    known = ~np.isnan(actual) & ~np.isnan(lower) & ~np.isnan(upper)
    inside = (lower <= actual) & (actual <= upper)
    return float(inside[known].mean()) if known.any() else float("nan")
