"""Where a chart's params name metrics and columns: one list for all of Superset's chart types.

Superset's importer does not check params, so nothing else would notice a name that leads nowhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tradewind.dashboards.formats import unit_of

_SHOWN_METRICS = (
    "metric",
    "metrics",
    "metrics_b",
    "percent_metrics",
    "secondary_metric",
    # bubbles
    "x",
    "y",
    "size",
)
_METRICS = (
    *_SHOWN_METRICS,
    # what only orders or limits
    "series_limit_metric",
    "series_limit_metric_b",
    "timeseries_limit_metric",
    "timeseries_limit_metric_b",
    "tooltip_metrics",
    "orderby",
)
_COLUMNS = (
    "x_axis",
    "y_axis",
    "entity",
    "series",
    "series_columns",
    "column",
    "columns",
    "all_columns",
    "all_columns_x",
    "all_columns_y",
    "granularity_sqla",
    "groupby",
    "groupby_b",
    "groupbyRows",
    "groupbyColumns",
    # graphs, trees and Gantt charts
    "source",
    "target",
    "source_category",
    "target_category",
    "id",
    "parent",
    "name",
    "start_time",
    "end_time",
    "tooltip_columns",
    # deck.gl maps
    "dimension",
    "geojson",
    "geom_column",
    "js_columns",
    "latitude",
    "line_column",
    "longitude",
)
#: All keys of params that name something, in the order of a file.
KEYS = (*_METRICS, *_COLUMNS)

_FILTERS = ("adhoc_filters", "adhoc_filters_b")
#: Sorts of both kinds: some series are sorted by name, others by a metric.
_EITHER = ("x_axis_sort", "x_axis_sort_b", "sort_by")
#: Used in place of a name, for how an axis is sorted.
_ORDERS = ("alpha_asc", "alpha_desc", "value_asc", "value_desc")


def metrics(params: dict[str, Any]) -> Iterator[Any]:
    """Everything in places that name a metric: names, and definitions made in the browser."""
    yield from _values(params, _METRICS)
    for value in params.values():  # the size of a point on a map: {type: metric, value: sales}
        if isinstance(value, dict) and value.get("type") == "metric":
            yield value.get("value")


def shown_metrics(params: dict[str, Any]) -> Iterator[str]:
    """Names of the metrics that the chart shows, and not only orders or limits by."""
    yield from (name for name in _values(params, _SHOWN_METRICS) if isinstance(name, str))


def columns(params: dict[str, Any]) -> Iterator[Any]:
    """Everything in places that name a column."""
    yield from _values(params, _COLUMNS)
    for order in _values(params, ("order_by_cols",)):  # JSON: ["country", true]
        yield json.loads(order)[0] if isinstance(order, str) else order[0]
    for value in params.values():  # a place on a map: {type: latlong, latCol: lat, lonCol: lng}
        if isinstance(value, dict):
            yield from (value[key] for key in ("latCol", "lonCol", "lonlatCol", "geohashCol") if key in value)


def conditions(params: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every filter of the chart itself."""
    yield from _values(params, _FILTERS)


def either(params: dict[str, Any]) -> Iterator[str]:
    """Names that may be of a metric or of a column: formats, rules and sorts."""
    for name in params.get("column_config") or {}:
        yield _measure(name)
    for rule in params.get("conditional_formatting") or []:
        yield _measure(rule["column"])
    yield from (name for name in _values(params, _EITHER) if name not in _ORDERS)


def periods(params: dict[str, Any]) -> Iterator[str]:
    """Columns to which a dashboard's time filter applies."""
    for condition in conditions(params):
        if condition.get("operator") == "TEMPORAL_RANGE":
            yield condition["subject"]


def all_of(params: dict[str, Any]) -> set[str]:
    """Every name, whatever it refers to."""
    found = [*metrics(params), *columns(params), *either(params)]
    found += [condition.get("subject") for condition in conditions(params)]
    return {name for name in found if isinstance(name, str)}


def _measure(name: str) -> str:
    """Tables write `%sales` for shares of percentage metrics, and `Main sales` for compared periods."""
    for prefix in ("%", "Main ", "# ", "△ "):
        name = name.removeprefix(prefix)
    return name


def _values(params: dict[str, Any], keys: tuple[str, ...]) -> Iterator[Any]:
    for key in keys:
        value = params.get(key)
        if isinstance(value, list):
            yield from value
        elif value not in (None, ""):
            yield value


def is_line(metric: dict[str, Any]) -> bool:
    """Whether a dataset's metric is a line of text for pages, which leaves out what the data lack."""
    return unit_of(metric) == "line"
