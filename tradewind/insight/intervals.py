"""How far forecasts may be off, from how far they were off in the backtest (conformal intervals)."""

from __future__ import annotations

import numpy as np


def half_widths(errors: np.ndarray, share: float) -> np.ndarray:
    """Half the width of the interval of each series and month ahead, that holds this share of the figures.

    Errors grow with the months ahead. That growth is one straight line for all series, since a single one has
    too few errors for it; how large the errors are, each series says itself. Of n errors, share x (n + 1) / n
    are to be inside, as the theory of conformal prediction asks for.

    Args:
        errors: actual less forecast by window, series and month ahead; NaN where there was no figure.
        share: such as 0.8.

    Returns:
        By series and month ahead; NaN for a series without errors.
    """
    _, series, horizon = errors.shape
    off = np.abs(errors)
    growth = _growth(off)
    found = np.full((series, horizon), np.nan)
    for place in range(series):
        own = (off[:, place, :] / growth)[~np.isnan(off[:, place, :])]
        if own.size:
            corrected = min(1, share * (own.size + 1) / own.size)
            found[place] = np.quantile(own, corrected, method="higher") * growth
    return found


def _growth(off: np.ndarray) -> np.ndarray:
    """Errors by month ahead, as multiples of those of the first month; they never shrink."""
    horizon = off.shape[2]
    ahead = np.arange(horizon)
    known = ~np.isnan(off)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = off / (np.nansum(off, axis=(0, 2), keepdims=True) / known.sum(axis=(0, 2), keepdims=True))
    known = np.isfinite(scaled)
    if not known.any():
        return np.ones(horizon)
    months = np.broadcast_to(ahead, off.shape)[known]
    slope, start = np.polyfit(months, scaled[known], 1) if np.ptp(months) else (0.0, 1.0)
    if slope <= 0 or start <= 0:
        return np.ones(horizon)
    return 1 + slope / start * ahead
