"""Fits ETS and Theta: a program of its own, as it runs in the environment of `requirements/forecast.txt`.

Reads `{"horizon": 12, "series": [[…], …]}` from its input and writes, per series, the forecast of each model;
null where a model could not be fitted. Imports nothing of ours.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import warnings
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
from statsforecast.models import AutoETS, DynamicOptimizedTheta

_SEASON = 12

#: A forecast further from zero than so many times the furthest month is no forecast.
_FURTHEST = 5


def _fit(values: list[float], horizon: int) -> dict[str, list[float] | None]:
    history = np.array(values)
    models = {"ETS": AutoETS(season_length=_SEASON), "Theta": DynamicOptimizedTheta(season_length=_SEASON)}
    return {name: _forecast(model, history, horizon) for name, model in models.items()}


def _forecast(model, history: np.ndarray, horizon: int) -> list[float] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = model.forecast(y=history, h=horizon)["mean"]
    except Exception:  # whatever it is: one series must not end the forecasts of all others
        return None
    is_usable = np.isfinite(found).all() and np.abs(found).max() <= _FURTHEST * np.abs(history).max()
    return [float(each) for each in found] if is_usable else None


def main() -> None:
    wanted = json.load(sys.stdin)
    workers = len(os.sched_getaffinity(0))
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, mp_context=fork) as pool:
        found = pool.map(partial(_fit, horizon=wanted["horizon"]), wanted["series"], chunksize=4)
        json.dump(list(found), sys.stdout)


if __name__ == "__main__":
    main()
