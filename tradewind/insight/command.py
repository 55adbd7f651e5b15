"""`python -m tradewind forecast`: prints the forecast of a metric, writes it as CSV, or stores all."""

from __future__ import annotations

import sys
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from tradewind.extra_environments import EnvironmentMissing
from tradewind.insight.fits import FitsFailed
from tradewind.insight.forecast import forecast
from tradewind.insight.metrics import ForecastFileError, ForecastMetric, read_metrics
from tradewind.insight.published import NothingToForecast, left_out, read_history
from tradewind.insight.store import NotStored, store
from tradewind.insight.table import text, write_csv
from tradewind.marts import UnknownNameError
from tradewind.settings import Settings


class _WrongUsage(Exception):
    """The message says what there is."""


def show(settings: Settings, name: str, by: str, csv: Path | None) -> int:
    """Forecast a metric from the published marts; returns the exit code.

    Args:
        settings: which warehouse.
        name: of the metric, or its label on dashboards.
        by: columns of the level to print, with commas; the total where empty.
        csv: file to write all levels to, for a spreadsheet.

    Raises:
        CannotWrite: the CSV cannot be written.
    """
    try:
        metric, level = _wanted(name, by)
        history = read_history(metric, settings)
        for sentence in left_out(metric, history, settings):
            print(sentence, file=sys.stderr)
        found = forecast(history, metric.months_ahead)
        print(
            text(
                found,
                metric.definition.label,
                metric.definition.unit_where(settings.reporting_currency),
                level,
            )
        )
        if csv is not None:
            print(f"\n{write_csv(found, csv):,} rows in {csv}")
    except _WrongUsage as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except (EnvironmentMissing, FitsFailed, ForecastFileError, NothingToForecast, UnknownNameError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except SQLAlchemyError as error:
        print(f"error: {getattr(error, 'orig', None) or error}", file=sys.stderr)
        return 1
    return 0


def store_all(settings: Settings) -> int:
    """Store the forecasts of all metrics whose figures changed, and say so; returns the exit code."""
    try:
        print("\n".join(store(settings)))
    except (ForecastFileError, NotStored) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _wanted(name: str, by: str) -> tuple[ForecastMetric, tuple[str, ...]]:
    metrics = read_metrics()
    metric = next((each for each in metrics.values() if each.definition.is_called(name)), None)
    if metric is None:
        raise _WrongUsage(f"there is no forecast of {name!r}; there are {', '.join(metrics)}")
    columns = {column.strip() for column in by.split(",") if column.strip()}
    for level in metric.levels:
        if set(level) == columns:
            return metric, level
    known = "; ".join(",".join(level) for level in metric.levels if level)
    raise _WrongUsage(
        f"{metric.metric} is not forecast by {by}; --by takes {known}; or leave it out for the total"
    )
