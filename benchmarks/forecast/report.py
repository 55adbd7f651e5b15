"""Prints what the benchmark found."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.forecast.judge import Case
from tradewind.insight.floor import FLOOR
from tradewind.insight.forecast import Accuracy
from tradewind.insight.history import Level
from tradewind.insight.measures import mase, scales, wape
from tradewind.insight.table import level_name

_HORIZONS = (None, 1, 3, 6, 12)


def show_backtest(case: Case) -> None:
    """Errors on the past by level and month ahead, beside those of the simplest forecasts."""
    found = case.forecasts
    print(f"\n{case.name}: {found.history.months} months, {len(found.test.windows)} windows")
    _head()
    for level in found.history.levels:
        for ahead in _HORIZONS:
            if ahead is None or ahead <= found.points.shape[1]:
                own = found.accuracy(level, None, ahead)
                floor = [
                    found.accuracy(level, name, ahead) if name in found.test.past else None for name in FLOOR
                ]
                _line(level, ahead, found.methods[level], own, floor)


def show_later(title: str, cases: Sequence[Case]) -> None:
    """Errors on figures that came later, over several histories of the same levels."""
    print(f"\n{title}: errors on the {cases[0].later.shape[1]} months that came later")
    _head()
    for level in cases[0].forecasts.history.levels:
        for ahead in _HORIZONS:
            own = _later(cases, level, None, ahead)
            floor = [_later(cases, level, name, ahead) for name in FLOOR]
            methods = sorted({case.forecasts.methods[level] for case in cases})
            _line(level, ahead, methods[0] if len(methods) == 1 else f"{len(methods)} methods", own, floor)


def _later(cases: Sequence[Case], level: Level, method: str | None, ahead: int | None) -> Accuracy:
    months = slice(None) if ahead is None else slice(ahead - 1, ahead)
    actual, made, scale = [], [], []
    for case in cases:
        rows = case.forecasts.history.rows_of(level)
        points = case.forecasts.points if method is None else case.forecasts.test.ahead[method]
        actual.append(case.later[rows, months])
        made.append(points[rows, months])
        scale.append(scales(case.forecasts.history.values[rows]))
    figures = np.concatenate(actual), np.concatenate(made)
    return Accuracy(wape(*figures), mase(*figures, np.concatenate(scale)))


def _head() -> None:
    names = "".join(f"{name:>22}" for name in ("published", *FLOOR))
    print(f"{'level':20}{'month':>7}  {'method':24}{names}   (WAPE / MASE)")


def _line(
    level: Level, ahead: int | None, method: str, own: Accuracy, floor: Sequence[Accuracy | None]
) -> None:
    cells = "".join(f"{_cell(each):>22}" for each in (own, *floor))
    print(f"{level_name(level):20}{'all' if ahead is None else ahead:>7}  {method:24}{cells}")


def _cell(accuracy: Accuracy | None) -> str:
    if accuracy is None or np.isnan(accuracy.wape):
        return "-"
    return f"{accuracy.wape:.3f} / {accuracy.mase:.2f}"
