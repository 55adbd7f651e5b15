"""What the product promises of forecasts, and whether it held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.insight.adding_up import sums
from tradewind.insight.backtest import LEAST_WINDOWS
from tradewind.insight.forecast import SHARES, TOLERATED, Forecasts
from tradewind.insight.measures import share_inside
from tradewind.insight.table import level_name

#: Least and most share of new figures inside the 80 % interval.
COVERAGE = (0.75, 0.88)

#: Seconds and bytes for 500 series on two processors that nobody else uses.
SERIES, SECONDS, BYTES, PROCESSORS = 500, 180, 1 << 30, 2


@dataclass(frozen=True)
class Case:
    """A history with its forecasts, and what came after it; `later` is None where nobody knows."""

    name: str
    forecasts: Forecasts
    later: np.ndarray | None = None


def coverage(cases: Sequence[Case], share: float = SHARES[0]) -> float:
    """Share of the figures that came later inside their interval; NaN where there are none."""
    known = [case for case in cases if case.later is not None]
    if not known:
        return float("nan")
    lower, upper = (
        np.concatenate([getattr(case.forecasts, side)[share] for case in known])
        for side in ("lower", "upper")
    )
    return share_inside(np.concatenate([case.later for case in known]), lower, upper)


def broken(cases: Sequence[Case]) -> list[str]:
    """A sentence for each promise that did not hold."""
    found = []
    for case in cases:
        found += [f"{case.name}: {fault}" for fault in _broken(case.forecasts)]
    inside = coverage(cases)
    if not np.isnan(inside) and not COVERAGE[0] <= inside <= COVERAGE[1]:
        found.append(f"{inside:.1%} of new figures are inside the {SHARES[0]:.0%} interval")
    return found


def too_dear(series: int, seconds: float, cpu: float, peak: int) -> list[str]:
    """A sentence for time and for memory, where they are more than is promised for so many series.

    Time is the shorter of the clock's and the processors' share: on a busy machine the clock tells little.
    """
    found = []
    needed = min(seconds, cpu / PROCESSORS)
    if (allowed := SECONDS * max(1, series / SERIES)) < needed:
        found.append(f"{series} series took {needed:.0f} s; {allowed:.0f} s are promised")
    if peak > BYTES:
        found.append(f"{series} series took {peak >> 20} MiB; {BYTES >> 20} MiB are promised")
    return found


def _broken(forecasts: Forecasts) -> list[str]:
    found = []
    if len(forecasts.test.windows) >= LEAST_WINDOWS:
        for level in forecasts.history.levels:
            floor = forecasts.best_floor(level)
            own, best = forecasts.accuracy(level).wape, forecasts.accuracy(level, floor).wape
            if own > best * TOLERATED:
                found.append(f"{level_name(level)}: off by {own:.1%}, {floor} by {best:.1%}")
    gap = np.abs(sums(forecasts.history.keys) @ forecasts.points)
    if gap.size and gap.max() > 1e-6 * np.abs(forecasts.points).max():
        found.append("forecasts do not add up")
    return found
