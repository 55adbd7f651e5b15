"""Forecasts of ETS and optimised Theta, which statsforecast fits in an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from tradewind.extra_environments import FORECAST, environment_python

ETS = "ETS"
THETA = "Theta"
MEDIAN = "median of ETS and Theta"

#: What `fit` returns for each series.
MODELS = (ETS, THETA, MEDIAN)

#: What a model gave for a series: None where it could not be fitted.
Fits = dict[str, np.ndarray | None]

_PROGRAM = Path(__file__).with_name("fitting.py")


class FitsFailed(Exception):
    """The program that fits ended with an error; the text is its last line."""


def fit(series: Sequence[np.ndarray], horizon: int) -> list[Fits]:
    """Fit every series, on all processors; equal series give equal forecasts.

    Args:
        series: monthly figures, the latest last.
        horizon: months to forecast.

    Raises:
        EnvironmentMissing: the environment cannot be created.
        FitsFailed: as the class says.
    """
    if not series:
        return []
    wanted = json.dumps({"horizon": horizon, "series": [each.tolist() for each in series]})
    # -P: our modules beside the program are not for its libraries to import
    command = [str(environment_python(FORECAST)), "-P", str(_PROGRAM)]
    # a process per processor: none of them needs threads
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    print(f"fitting ETS and Theta {len(series)} times …", file=sys.stderr, flush=True)
    outcome = subprocess.run(command, input=wanted, capture_output=True, text=True, env=environment)
    if outcome.returncode:
        lines = outcome.stderr.strip().splitlines()
        raise FitsFailed(lines[-1] if lines else f"{_PROGRAM.name} ended with {outcome.returncode}")
    return [with_median(each) for each in json.loads(outcome.stdout)]


def with_median(found: Mapping[str, Sequence[float] | None]) -> Fits:
    """What ETS and Theta gave for a series, and the median of both."""
    fits: Fits = {name: None if each is None else np.array(each) for name, each in found.items()}
    ets, theta = fits[ETS], fits[THETA]
    # of two, the median is the mean
    fits[MEDIAN] = None if ets is None or theta is None else (ets + theta) / 2
    return fits
