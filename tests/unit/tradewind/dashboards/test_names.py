"""Every name in the params of every type of chart is checked: a typo in any of them is found."""

import copy

import pytest

from tradewind.dashboards import checks, names, shorthand

MART = {
    "uuid": shorthand.dataset_uuid("mart_a"),
    "schema": "marts",
    "table_name": "mart_a",
    "columns": [
        {"column_name": name, "is_dttm": name == "month"} for name in ("month", "country", "state", "iso")
    ],
    "metrics": [{"metric_name": name, "expression": "SUM(iso)"} for name in ("sales", "units", "margin")],
}
FORMAT = {"column": "sales", "operator": ">", "targetValue": 0}
FILTER = {
    "clause": "WHERE",
    "expressionType": "SIMPLE",
    "operator": "==",
    "subject": "state",
    "comparator": "x",
}
CHARTS = {
    "big_number": {"metric": "sales", "x_axis": "month"},
    "box_plot": {
        "metrics": ["sales"],
        "columns": ["month"],
        "groupby": ["country"],
        "series_limit_metric": "units",
    },
    "bubble_v2": {
        "entity": "country",
        "series": "state",
        "x": "sales",
        "y": "units",
        "size": "margin",
        "orderby": "sales",
    },
    "country_map": {"entity": "iso", "metric": "sales"},
    "deck_polygon": {
        "line_column": "iso",
        "metric": "sales",
        "dimension": "state",
        "js_columns": ["country"],
        "point_radius_fixed": {"type": "metric", "value": "units"},
    },
    "deck_scatter": {"spatial": {"type": "latlong", "latCol": "iso", "lonCol": "state"}},
    "echarts_timeseries_bar": {
        "x_axis": "country",
        "metrics": ["sales"],
        "groupby": ["state"],
        "x_axis_sort": "units",
        "timeseries_limit_metric": "margin",
    },
    "funnel": {"groupby": ["country"], "metric": "sales"},
    "gantt_chart": {
        "start_time": "month",
        "end_time": "month",
        "y_axis": "country",
        "tooltip_metrics": ["sales"],
        "tooltip_columns": ["state"],
    },
    "gauge_chart": {"groupby": ["country"], "metric": "sales"},
    "graph_chart": {"source": "country", "target": "state", "source_category": "iso", "metric": "sales"},
    "heatmap_v2": {"x_axis": "month", "groupby": "country", "metric": "sales"},
    "histogram_v2": {"column": "iso", "groupby": ["country"]},
    "mixed_timeseries": {
        "x_axis": "month",
        "metrics": ["sales"],
        "groupby": ["country"],
        "metrics_b": ["units"],
        "groupby_b": ["state"],
        "timeseries_limit_metric_b": "margin",
        "adhoc_filters_b": [FILTER],
    },
    "pivot_table_v2": {
        "groupbyRows": ["country"],
        "groupbyColumns": ["state"],
        "metrics": ["sales"],
        "series_limit_metric": "units",
        "conditional_formatting": [FORMAT],
    },
    "sankey_v2": {"source": "country", "target": "state", "metric": "sales"},
    "sunburst_v2": {"columns": ["country", "state"], "metric": "sales", "secondary_metric": "margin"},
    "table": {
        "all_columns": ["country", "state"],
        "order_by_cols": ['["month", false]'],
        "percent_metrics": ["sales"],
        "column_config": {"iso": {}, "%sales": {}},
        "timeseries_limit_metric": "units",
    },
    "tree_chart": {"id": "iso", "parent": "state", "name": "country", "metric": "sales"},
    "treemap_v2": {"groupby": ["country", "state"], "metric": "sales"},
    "waterfall": {"x_axis": "month", "groupby": ["country"], "metric": "sales"},
    "world_map": {
        "entity": "country",
        "metric": "sales",
        "secondary_metric": "margin",
        "adhoc_filters": [FILTER],
    },
}
KNOWN = {each["column_name"] for each in MART["columns"]} | {each["metric_name"] for each in MART["metrics"]}


def places(value, where=()):
    """Every place in the params that contains a known name."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*where, key))
            if where and key.lstrip("%") in KNOWN:
                yield (*where, key), None
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*where, index))
    elif isinstance(value, str) and (value in KNOWN or value.startswith("[")):
        yield where, value


ALL = [(viz_type, where) for viz_type, params in CHARTS.items() for where, _ in places(params)]


def faults(viz_type, params):
    chart = {"viz_type": viz_type, "dataset_uuid": MART["uuid"], "params": {"viz_type": viz_type, **params}}
    return list(checks._chart_faults(chart, {MART["uuid"]: MART}))


@pytest.mark.parametrize("viz_type", CHARTS)
def test_a_chart_of_each_type_has_no_fault(viz_type):
    assert faults(viz_type, CHARTS[viz_type]) == []


@pytest.mark.parametrize(("viz_type", "where"), ALL, ids=[f"{v}: {'.'.join(map(str, w))}" for v, w in ALL])
def test_a_typo_is_found_wherever_it_is(viz_type, where):
    params = copy.deepcopy(CHARTS[viz_type])
    inner = params
    for key in where[:-1]:
        inner = inner[key]
    value = inner[where[-1]]
    if isinstance(value, dict):  # the name is the key
        inner["typo"] = inner.pop(where[-1])
    else:
        inner[where[-1]] = '["typo", true]' if value.startswith("[") else "typo"
    (fault,) = faults(viz_type, params)
    assert "typo" in fault
    assert "typo" in names.all_of(params)


def test_a_chart_that_names_nothing():
    assert faults("pie", {"donut": True}) == ["it names neither a metric nor a column"]


def test_a_period_that_is_not_a_date():
    params = {"metric": "sales", "adhoc_filters": [shorthand.period_filter("country")]}
    assert faults("pie", params) == ["period 'country' of marts.mart_a is not a date"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"expression": "SUM(gone) / SUM(iso)"}, "metric 'sales' reads 'gone', which is not a column"),
        ({"expression": "SUM("}, "metric 'sales' is not SQL: SUM("),
    ],
)
def test_a_metric_that_reads_a_missing_column(change, fault):
    mart = copy.deepcopy(MART)
    mart["metrics"][0].update(change)
    assert list(checks._dataset_faults(mart)) == [fault]


def test_a_main_period_that_is_not_a_date():
    assert list(checks._dataset_faults({**MART, "main_dttm_col": "iso"})) == [
        "main_dttm_col 'iso' is not a date column"
    ]
