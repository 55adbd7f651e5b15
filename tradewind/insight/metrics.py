"""Which metrics are forecast, and for what: `dbt_project/forecasts/<metric>.yaml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tradewind.definitions import Mart, Metric, read_marts
from tradewind.settings import ROOT

FORECASTS = ROOT / "dbt_project" / "forecasts"


class ForecastFileError(Exception):
    """A file says something impossible, or there is none of that name; the message names it."""


class Days(BaseModel):
    """The mart that tells on which day the figures of each company end: its columns of days and companies."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mart: str
    column: str
    company: str


class ForecastMetric(BaseModel):
    """A metric to forecast.

    Attributes:
        mart: of months, in which the metric is defined.
        month: its column of months.
        metric: its name there; sums of it over members must be the whole's.
        days: the mart that tells where figures end.
        left_out: SQL of the mart's columns, not 0 where figures of a month leave something out.
        levels: columns of each level; of none is the total.
        months_ahead: how many months are forecast.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    mart: str
    month: str
    metric: str
    days: Days
    left_out: str
    levels: tuple[tuple[str, ...], ...]
    months_ahead: Annotated[int, Field(ge=1, le=24)]

    @model_validator(mode="after")
    def _levels_can_add_up(self) -> ForecastMetric:
        if () not in self.levels or len(set(map(frozenset, self.levels))) < len(self.levels):
            raise ValueError("levels must hold the total, [], and each level once")
        finest = max(self.levels, key=len)
        if odd := [level for level in self.levels if not set(level) <= set(finest) and len(level) > 1]:
            raise ValueError(f"{odd[0]} is no part of {finest}: only such levels may have several columns")
        return self

    @property
    def definition(self) -> Metric:
        """The metric as its mart defines it."""
        return _marts()[self.mart].metrics[self.metric]


@cache
def _marts() -> dict[str, Mart]:
    return read_marts()


def read_metrics(folder: Path = FORECASTS) -> dict[str, ForecastMetric]:
    """All metrics to forecast, by name.

    Raises:
        ForecastFileError: as the class says.
    """
    marts = _marts()
    found = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            metric = ForecastMetric.model_validate(yaml.safe_load(path.read_text("utf-8")))
        except (yaml.YAMLError, ValidationError) as error:
            raise ForecastFileError(f"{path.name}: {' '.join(str(error).split())}") from error
        if metric.mart not in marts or metric.metric not in marts[metric.mart].metrics:
            raise ForecastFileError(f"{path.name}: {metric.mart} has no metric {metric.metric}")
        if metric.metric != path.stem:
            raise ForecastFileError(f"{path.name}: must be named after its metric, {metric.metric}.yaml")
        if unknown := list(_unknown_columns(metric, marts)):
            raise ForecastFileError(f"{path.name}: there is no {', no '.join(unknown)}")
        found[metric.metric] = metric
    return found


def _unknown_columns(metric: ForecastMetric, marts: Mapping[str, Mart]) -> Iterator[str]:
    """The names in a file that are no columns of its marts, as `mart.column`."""
    own = [metric.month, *sorted({name for level in metric.levels for name in level})]
    days = [metric.days.column, metric.days.company]
    for mart, names in ((metric.mart, own), (metric.days.mart, days)):
        known = marts[mart].columns if mart in marts else ()
        yield from (f"{mart}.{name}" for name in names if name not in known)
