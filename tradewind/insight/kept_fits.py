"""Fits that the warehouse keeps of the latest run of a metric: only what changed is fitted again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import psycopg

from tradewind.insight.backtest import Fit
from tradewind.insight.fits import ETS, THETA, Fits, with_median
from tradewind.settings import ROOT

_PINNED = ROOT / "requirements" / "forecast.txt"
_PROGRAM = ROOT / "tradewind" / "insight" / "fitting.py"


class KeptFits:
    """Fits as `fit` does, but only what the warehouse does not know."""

    def __init__(self, connection: psycopg.Connection, metric: str, fit: Fit) -> None:
        self._metric, self._fit = metric, fit
        rows = connection.execute(
            "select fingerprint, ets, theta from ops.forecast_fits where metric = %s", [metric]
        )
        self._known: dict[str, Fits] = {
            key: with_median({ETS: ets, THETA: theta}) for key, ets, theta in rows
        }
        self._used: dict[str, Fits] = {}
        self._program = b"\0".join(path.read_bytes() for path in (_PINNED, _PROGRAM))

    def __call__(self, series: Sequence[np.ndarray], horizon: int) -> list[Fits]:
        """As `tradewind.insight.fits.fit`."""
        keys = [self._key(each, horizon) for each in series]
        unknown = {key: each for key, each in zip(keys, series, strict=True) if key not in self._known}
        if unknown:
            fitted = self._fit(list(unknown.values()), horizon)
            self._known |= dict(zip(unknown, fitted, strict=True))
        self._used |= {key: self._known[key] for key in keys}
        return [self._known[key] for key in keys]

    def keep(self, connection: psycopg.Connection) -> None:
        """Replace what is kept of the metric by what was asked for, in the caller's transaction."""
        connection.execute("delete from ops.forecast_fits where metric = %s", [self._metric])
        with connection.cursor().copy(
            "copy ops.forecast_fits (metric, fingerprint, ets, theta) from stdin"
        ) as copy:
            for key, fits in self._used.items():
                copy.write_row((self._metric, key, _plain(fits[ETS]), _plain(fits[THETA])))

    def _key(self, series: np.ndarray, horizon: int) -> str:
        values = np.ascontiguousarray(series, dtype=np.float64).tobytes()
        return hashlib.sha256(self._program + b"%d\0" % horizon + values).hexdigest()


def _plain(fitted: np.ndarray | None) -> list[float] | None:
    return None if fitted is None else fitted.tolist()
