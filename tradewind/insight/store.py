"""Keeps forecasts in the warehouse, append-only, for the marts that the next build makes of them.

A run of a metric is one transaction, so that whatever is killed leaves the runs before it. It is made only
where the figures, what they leave out or the methods changed since the last one; series that did not change
are not fitted again. Nobody else waits for it: it reads published marts, and takes no lock of a build.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg
from psycopg.errors import CheckViolation

from ingestion.database.connection import connect_as
from tradewind.extra_environments import EnvironmentMissing
from tradewind.insight.backtest import Fit
from tradewind.insight.fits import FitsFailed
from tradewind.insight.fits import fit as fit_models
from tradewind.insight.forecast import Forecasts, forecast
from tradewind.insight.history import History
from tradewind.insight.kept_fits import KeptFits
from tradewind.insight.metrics import ForecastFileError, ForecastMetric, read_metrics
from tradewind.insight.published import Figures, NothingToForecast, history_from, left_out, read_figures
from tradewind.insight.stored_rows import COLUMNS, MEMBERS, stored_rows
from tradewind.marts import UnknownNameError
from tradewind.settings import ROOT, Settings

#: What decides on forecasts besides the figures.
_METHODS = (
    *(f"tradewind/insight/{name}.py" for name in ("adding_up", "backtest", "fits", "fitting", "floor")),
    *(f"tradewind/insight/{name}.py" for name in ("forecast", "history", "intervals", "measures")),
    *("tradewind/insight/stored_rows.py", "tradewind/insight/table.py", "requirements/forecast.txt"),
)

_TRIES = 5

_IS_READY = """
select to_regclass('ops.forecast_fits') is not null and to_regclass('marts.mart_data_status') is not null
"""
_LATEST = "select fingerprint from ops.forecast_runs where metric = %s and is_latest"
_REPLACED = "update ops.forecast_runs set is_latest = false where metric = %s and is_latest"
# forecasts stay for ever; of the history and the tests on it those of the latest run are enough
_NO_LONGER_READ = """
delete from ops.forecasts as rows using ops.forecast_runs as runs
where rows.run_id = runs.run_id and runs.metric = %s and not runs.is_latest and rows.kind <> 'forecast'
"""
_NEW = """
insert into ops.forecast_runs
    (metric, publication, history_from, history_to, is_sample, left_out, fingerprint)
values (%s, %s, %s, %s, %s, %s, %s)
returning run_id
"""


class NotStored(Exception):
    """Some metrics could not be forecast; the message says which, and why. The others are stored."""


def store(
    settings: Settings, fit: Fit = fit_models, metrics: Mapping[str, ForecastMetric] | None = None
) -> list[str]:
    """Forecast every metric whose figures changed, and store it; returns a sentence per metric.

    Args:
        settings: which warehouse.
        fit: fits ETS and Theta; not called where all histories are too short for a season.
        metrics: by name; those of `dbt_project/forecasts` where left out.

    Raises:
        NotStored: as the class says, or nothing was published yet.
        ForecastFileError: a metric's file is invalid.
    """
    metrics = read_metrics() if metrics is None else metrics
    said, failed = [], []
    with _alone(settings) as connection:
        for name, metric in metrics.items():
            try:
                said.append(f"{name}: {_store(metric, settings, connection, fit)}")
            except (EnvironmentMissing, FitsFailed, NotStored, UnknownNameError) as error:
                failed.append(f"{name} was not forecast: {error}")
    if failed:
        raise NotStored("; ".join([*failed, *said]))
    return said


def _store(metric: ForecastMetric, settings: Settings, connection: psycopg.Connection, fit: Fit) -> str:
    if strange := {column for level in metric.levels for column in level} - set(MEMBERS):
        raise ForecastFileError(
            f"{metric.metric}: forecasts by {', '.join(sorted(strange))} cannot be stored"
        )
    try:
        seen = _see(metric, settings, connection)
    except NothingToForecast as reason:
        with connection.transaction():
            gone = _retire(metric.metric, connection)
        return f"{reason}{'; its forecast is no longer shown' if gone else ''}"
    latest = connection.execute(_LATEST, [metric.metric]).fetchone()
    if latest and latest[0] == seen.fingerprint:
        return "nothing changed"
    fits = KeptFits(connection, metric.metric, fit)
    found = forecast(seen.history, metric.months_ahead, fits)
    try:
        with connection.transaction():
            count = _write(metric, seen, found, connection)
            fits.keep(connection)
    except CheckViolation as error:
        raise NotStored(
            f"the warehouse refuses it: {error.diag.message_primary}. Please report this"
        ) from error
    return f"{count:,} forecasts of {len(seen.history.keys)} series, from {seen.history.months} whole months"


class _Seen:
    """The published figures of a metric, all of one publication."""

    def __init__(self, metric: ForecastMetric, settings: Settings, publication: str, is_sample: bool) -> None:
        self.publication, self.is_sample = publication, is_sample
        figures, last_month = read_figures(metric, settings)
        self.figures: Figures = figures
        self.history: History = history_from(metric, figures, last_month)
        self.left_out = left_out(metric, self.history, settings)

    @property
    def fingerprint(self) -> str:
        """A hash of all that a forecast depends on."""
        about = [
            [(key.level, key.members) for key in self.history.keys],
            *(self.history.first_month.isoformat(), self.is_sample, self.left_out),
        ]
        parts = [json.dumps(about).encode(), self.history.values.tobytes()]
        parts += [(ROOT / name).read_bytes() for name in _METHODS]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _see(metric: ForecastMetric, settings: Settings, connection: psycopg.Connection) -> _Seen:
    """Read the marts; again, if others were published meanwhile.

    Raises:
        NothingToForecast, UnknownNameError: as `read_figures` does.
        NotStored: builds are published faster than the marts can be read.
    """
    publication, is_sample = _published(connection)
    for _ in range(_TRIES):
        seen = _Seen(metric, settings, publication, is_sample)
        publication, is_sample = _published(connection)
        if publication == seen.publication:
            return seen
    raise NotStored("marts were published again each time that they were read: run this again")


def _published(connection: psycopg.Connection) -> tuple[str, bool]:
    """The latest publication, and whether some of its figures come from generated files."""
    found = connection.execute(
        "select invocation_id, (select coalesce(bool_or(is_sample), false) from marts.mart_data_status)"
        " from ops.publications order by published_at desc limit 1"
    ).fetchone()
    if found is None:
        raise NothingToForecast("no marts are published yet")
    return found


def _write(metric: ForecastMetric, seen: _Seen, found: Forecasts, connection: psycopg.Connection) -> int:
    """Write a run in the caller's transaction; returns how many forecasts it has."""
    name, history = metric.metric, found.history
    remarks = [*seen.left_out]
    for model, count in found.test.not_fitted.items():
        remarks.append(f"{model} could not be fitted to {count} of {len(history.keys)} series")
    _retire(name, connection)
    about = [name, seen.publication, history.first_month, history.last_month, seen.is_sample]
    text = "; ".join(remarks) or None
    (run,) = connection.execute(_NEW, [*about, text, seen.fingerprint]).fetchone()
    statement = f"copy ops.forecasts (run_id, {', '.join(COLUMNS)}) from stdin"
    with connection.cursor().copy(statement) as copy:
        for row in stored_rows(found, seen.figures):
            copy.write_row((run, *row))
    return found.points.size


def _retire(name: str, connection: psycopg.Connection) -> int:
    """The latest run of a metric is no longer the latest; returns how many there were: one at most."""
    count = connection.execute(_REPLACED, [name]).rowcount
    connection.execute(_NO_LONGER_READ, [name])
    return count


@contextmanager
def _alone(settings: Settings) -> Iterator[psycopg.Connection]:
    """A connection that waits for others who store forecasts; the lock ends with it."""
    with connect_as(settings, "transformer", autocommit=True) as connection:
        if not connection.execute(_IS_READY).fetchone()[0]:
            raise NotStored("this version of Tradewind has published no marts yet: make build")
        connection.execute("select pg_advisory_lock(hashtext('tradewind.forecast'))")
        yield connection
