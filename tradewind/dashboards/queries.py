"""From a chart's params to the queries that its page would send.

Charts are kept without a saved query: the browser works it out from `params` each time. What it does for the
kinds of chart that are used here is written down once more below, so that a program can ask for the same
figures; a test holds it against requests that were recorded in a browser. Left out is what only changes the
shape of an answer (`post_processing`): the SQL is the same without it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

Params = dict[str, Any]
Query = dict[str, Any]

#: Chart types with their own endpoint, which takes the params as they are.
LEGACY = {"cal_heatmap", "country_map", "rose", "world_map"}

_WITHOUT_VALUE = {"IS NULL", "IS NOT NULL", "IS TRUE", "IS FALSE"}

#: Number of rows that a chart gets by default: what Superset's form starts with.
_ROWS = 10000


def requests(params: Params, slice_id: int, dashboard_id: int, dataset_id: int) -> tuple[str, dict[str, Any]]:
    """Where the page requests a chart's figures, and with which body.

    Args:
        params: of the chart, with `viz_type`.
        slice_id: id of the chart in this Superset.
        dashboard_id: id of the dashboard that shows it: viewers may see it only there.
        dataset_id: id of its dataset.

    Returns:
        The path, and the body to post as JSON; for a legacy chart a form with that one field.
    """
    form = {
        **copy.deepcopy(params),
        "datasource": f"{dataset_id}__table",
        "slice_id": slice_id,
        "dashboardId": dashboard_id,
    }
    if params["viz_type"] in LEGACY:
        return f"/superset/explore_json/?form_data=%7B%22slice_id%22%3A{slice_id}%7D", {"form_data": form}
    return "/api/v1/chart/data", payload(form, dataset_id, queries(params))


def filter_payload(filter_id: str, dataset_id: int, dashboard_id: int, column: str) -> dict[str, Any]:
    """What a page requests for the values of a drop-down filter."""
    form = {
        "datasource": f"{dataset_id}__table",
        "viz_type": "filter_select",
        "type": "NATIVE_FILTER",
        "native_filter_id": filter_id,
        "dashboardId": dashboard_id,
        "groupby": [column],
    }
    query = {**_base({}), "columns": [column], "metrics": [], "orderby": [[column, True]], "row_limit": 1000}
    return payload(form, dataset_id, [query])


def payload(
    form: dict[str, Any], dataset_id: int, asked: list[Query], result_format: str = "json"
) -> dict[str, Any]:
    """The body of `/api/v1/chart/data`.

    Args:
        form: the params with `dashboardId` and `slice_id`, which give a dashboard's viewers access to the
            dataset.
        result_format: `json` or `csv`.
    """
    return {
        "datasource": {"id": dataset_id, "type": "table"},
        "force": False,
        "queries": asked,
        "form_data": form,
        "result_format": result_format,
        "result_type": "full",
    }


def narrowed(body: dict[str, Any], column: str, value: str) -> dict[str, Any]:
    """The same request for only the rows whose column has the value."""
    body = copy.deepcopy(body)
    for query in body.get("queries", []):
        query["filters"].append({"col": column, "op": "==", "val": value})
    if "queries" not in body:
        item = {"clause": "WHERE", "expressionType": "SIMPLE", "subject": column, "operator": "=="}
        body["form_data"].setdefault("adhoc_filters", []).append({**item, "comparator": value})
    return body


def queries(params: Params) -> list[Query]:
    """The queries of a chart, one or two.

    Raises:
        ValueError: for a chart type, or a filter, that is not implemented yet.
    """
    kind = params["viz_type"]
    if kind not in _KINDS:
        raise ValueError(f"how {kind} requests its figures is not known: add it to dashboards/queries.py")
    return _KINDS[kind](params)


def _base(params: Params) -> Query:
    """What all queries have in common."""
    grain = params.get("time_grain_sqla")
    limit_metric = params.get("series_limit_metric") or params.get("timeseries_limit_metric")
    return {
        "filters": [_filter(item) for item in params.get("adhoc_filters") or []],
        "extras": {**({"time_grain_sqla": grain} if grain else {}), "having": "", "where": ""},
        "series_limit": int(params.get("series_limit") or params.get("limit") or 0),
        **({"series_limit_metric": limit_metric} if limit_metric else {}),
        **({"series_columns": _list(params, "series_columns")} if params.get("series_columns") else {}),
        "group_others_when_limit_reached": bool(params.get("group_others_when_limit_reached")),
        "order_desc": params.get("order_desc", True),
    }


def _filter(item: dict[str, Any]) -> dict[str, Any]:
    if item.get("expressionType") != "SIMPLE" or item.get("clause") != "WHERE":
        raise ValueError(f"a filter other than a column and its values: {item}")
    column = {"col": item["subject"], "op": item["operator"]}
    return column if item["operator"] in _WITHOUT_VALUE else {**column, "val": item["comparator"]}


def _time_series(params: Params) -> list[Query]:
    groups = _list(params, "groupby")
    query = {
        **_base(params),
        "columns": [*_axis(params), *groups],
        "series_columns": groups,
        "metrics": _list(params, "metrics"),
        "row_limit": _rows(params),
        "time_offsets": _list(params, "time_compare"),
    }
    return [_ordered(query)]


def _mixed(params: Params) -> list[Query]:
    """Two time series: params that end in `_b` are for the second, which otherwise has those of the first."""
    second = {key.removesuffix("_b"): value for key, value in params.items() if key.endswith("_b")}
    first = {key: value for key, value in params.items() if not key.endswith("_b")}
    asked = [*_time_series(first), *_time_series({**first, **second})]
    for query in asked:
        del query["order_desc"]
        query.pop("series_limit_metric", None)
    return asked


def _big_number(params: Params) -> list[Query]:
    """The trend, and the whole period unless the number is computed from the trend's points."""
    trend = {**_base(params), "columns": _axis(params), "metrics": _metrics(params)}
    if not trend["columns"]:
        trend["is_timeseries"] = True
    whole = {**trend, "columns": [], "is_timeseries": False}
    return [trend, whole] if params.get("aggregation") == "raw" else [trend]


def _big_number_total(params: Params) -> list[Query]:
    return [{**_base(params), "columns": [], "metrics": _metrics(params)}]


def _shares(params: Params) -> list[Query]:
    """Groups of one metric, the largest first if requested: pie, gauge, funnel, sunburst."""
    query = _grouped(params)
    # checked at first in the form of all of them but the sunburst's
    is_sorted = params.get("sort_by_metric", params["viz_type"] != "sunburst_v2")
    return [_by_metric(query) if is_sorted else query]


def _treemap(params: Params) -> list[Query]:
    query = _grouped(params)
    if params.get("sort_by_metric"):
        return [_by_metric(query)]
    return [{**query, "orderby": [[column, True] for column in query["columns"]]}]


def _waterfall(params: Params) -> list[Query]:
    groups = _list(params, "groupby")
    order = [[column, True] for column in [params["x_axis"], *groups]]
    return [{**_grouped(params), "columns": [*_axis(params), *groups], "orderby": order}]


def _heatmap(params: Params) -> list[Query]:
    query = {**_grouped(params), "columns": [*_axis(params), *_list(params, "groupby")], "orderby": []}
    columns = [params["x_axis"], *_list(params, "groupby")]
    for column, order in zip(columns, ("sort_x_axis", "sort_y_axis"), strict=True):
        by, _, direction = (params.get(order) or "").partition("_")
        if by:
            query["orderby"].append([column if by == "alpha" else params["metric"], direction == "asc"])
    return [query]


def _bubble(params: Params) -> list[Query]:
    columns = [params[key] for key in ("entity", "series") if params.get(key)]
    return [{**_grouped(params), "columns": columns, "metrics": [params[key] for key in ("x", "y", "size")]}]


def _table(params: Params) -> list[Query]:
    if params.get("query_mode") == "raw":
        order = [json.loads(item) for item in _list(params, "order_by_cols")]
        query = {**_grouped(params), "columns": _list(params, "all_columns"), "orderby": order}
        del query["metrics"]
        return [{**query, "time_offsets": []}]
    query = _ordered(
        {
            **_grouped(params),
            "columns": _with_grain(params, _list(params, "groupby")),
            "metrics": [*_list(params, "metrics"), *_list(params, "percent_metrics")],
            "time_offsets": _list(params, "time_compare"),
        }
    )
    asked = [query]
    if params.get("server_pagination"):
        length = params.get("server_page_length", 10)
        asked = [{**query, "row_limit": length, "row_offset": 0}]
        asked.append({**query, "row_limit": _rows(params), "row_offset": 0, "is_rowcount": True})
    if params.get("show_totals"):
        totals = {key: value for key, value in query.items() if key not in ("order_desc", "orderby")}
        asked.append({**totals, "columns": [], "row_limit": 0, "row_offset": 0})
    return asked


def _pivot(params: Params) -> list[Query]:
    columns = [*_list(params, "groupbyColumns"), *_list(params, "groupbyRows")]
    return [_ordered({**_grouped(params), "columns": _with_grain(params, columns)})]


def _ranked(params: Params) -> list[Query]:
    """Groups by several metrics, the largest first: radar, handlebars."""
    return [_ordered(_grouped(params))]


def _histogram(params: Params) -> list[Query]:
    query = {**_grouped(params), "columns": [*_list(params, "groupby"), params["column"]]}
    del query["metrics"]
    return [query]


def _box_plot(params: Params) -> list[Query]:
    groups = _list(params, "groupby")
    columns = [*_with_grain(params, _list(params, "columns")), *groups]
    return [{**_grouped(params), "columns": columns, "series_columns": groups}]


def _sankey(params: Params) -> list[Query]:
    groups = [params["source"], params["target"]]
    query = {**_grouped(params), "columns": [], "groupby": groups}
    largest = [[params["metric"], False]] if params.get("sort_by_metric") else []
    return [{**query, "orderby": [*largest, *([column, True] for column in groups)]}]


def _word_cloud(params: Params) -> list[Query]:
    query = {**_grouped(params), "columns": [params["series"]]}
    largest = [[params["metric"], False]] if params.get("sort_by_metric") else []
    return [{**query, "orderby": [*largest, [params["series"], True]]}]


def _grouped(params: Params) -> Query:
    return {
        **_base(params),
        "columns": _list(params, "groupby") or _list(params, "columns"),
        "metrics": _metrics(params),
        "row_limit": _rows(params),
    }


def _by_metric(query: Query) -> Query:
    return {**query, "orderby": [[query["metrics"][0], False]]}


def _ordered(query: Query) -> Query:
    """The largest first, or the smallest: by the metric that limits the rows, or else by the first one."""
    by = query.get("series_limit_metric") or next(iter(query["metrics"]), None)
    return {**query, "orderby": [[by, not query["order_desc"]]]} if by else query


def _axis(params: Params) -> list[dict[str, Any]]:
    name = params.get("x_axis")
    if not name:
        return []
    return [{**_base_axis(params, name), "isColumnReference": True}]


def _with_grain(params: Params, columns: list[str]) -> list[str | dict[str, Any]]:
    """Time columns, truncated to the chart's grain and put first; then the others."""
    dates = params.get("temporal_columns_lookup") or {}
    if not params.get("time_grain_sqla"):
        return columns
    cut = [_base_axis(params, name) for name in columns if dates.get(name)]
    return [*cut, *(name for name in columns if not dates.get(name))]


def _base_axis(params: Params, name: str) -> dict[str, Any]:
    grain = params.get("time_grain_sqla")
    return {
        **({"timeGrain": grain} if grain else {}),
        "columnType": "BASE_AXIS",
        "sqlExpression": name,
        "label": name,
        "expressionType": "SQL",
    }


def _metrics(params: Params) -> list[str]:
    named = [params.get("metric"), *_list(params, "metrics"), params.get("secondary_metric")]
    return [metric for metric in named if metric]


def _rows(params: Params) -> int:
    return int(params.get("row_limit") or _ROWS)


def _list(params: Params, key: str) -> list[Any]:
    value = params.get(key)
    if value in (None, ""):
        return []
    return list(value) if isinstance(value, list) else [value]


_KINDS: dict[str, Callable[[Params], list[Query]]] = {
    "big_number": _big_number,
    "big_number_total": _big_number_total,
    "box_plot": _box_plot,
    "bubble_v2": _bubble,
    "echarts_area": _time_series,
    "echarts_timeseries": _time_series,
    "echarts_timeseries_bar": _time_series,
    "echarts_timeseries_line": _time_series,
    "echarts_timeseries_scatter": _time_series,
    "echarts_timeseries_smooth": _time_series,
    "echarts_timeseries_step": _time_series,
    "funnel": _shares,
    "gauge_chart": _shares,
    "handlebars": _ranked,
    "heatmap_v2": _heatmap,
    "histogram_v2": _histogram,
    "mixed_timeseries": _mixed,
    "pie": _shares,
    "pivot_table_v2": _pivot,
    "radar": _ranked,
    "sankey_v2": _sankey,
    "sunburst_v2": _shares,
    "table": _table,
    "treemap_v2": _treemap,
    "waterfall": _waterfall,
    "word_cloud": _word_cloud,
}
