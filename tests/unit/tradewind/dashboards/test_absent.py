"""When a chart has nothing to show, and what is said of it."""

import pytest

from tradewind.dashboards import absent
from tradewind.dashboards.absent import Absence
from tradewind.dashboards.presence import Presence

TABLE = "marts.mart_sales"


def column(name, absent=None):
    return {
        "column_name": name,
        "verbose_name": name.title(),
        **({"extra": {"absent": absent}} if absent else {}),
    }


def metric(name, expression):
    return {"metric_name": name, "expression": expression}


DATASET = {
    "schema": "marts",
    "table_name": "mart_sales",
    "extra": {"absent": {"says": "No sales in the data", "source": "sales.transactions"}},
    "columns": [
        column("month"),
        column("country"),
        column("segment"),
        column("sales"),
        column("profit", {"says": "No cost in the data"}),
        column("period", {"says": "The fiscal year is the calendar year", "optional": True}),
        column("target", {"says": "No targets in the data", "model": "targets"}),
    ],
    "metrics": [
        metric("sales", "SUM(sales)"),
        metric("lines", "COUNT(*)"),
        metric("margin", "SUM(profit) / NULLIF(SUM(sales), 0)"),
        metric("attainment", "SUM(CASE WHEN target IS NOT NULL THEN sales END) / NULLIF(SUM(target), 0)"),
    ],
}

NO_FISCAL_YEAR = Absence("The fiscal year is the calendar year", is_needless=True)
NO_COST = Absence("No cost in the data")
NO_TARGETS = Absence("No targets in the data", model="targets", is_whole=True)


def without(*columns):
    return Presence(frozenset(), frozenset((TABLE, name) for name in columns))


@pytest.mark.parametrize(
    ("params", "lacking", "expected"),
    [
        ({"metric": "margin"}, [], None),
        ({"metric": "margin"}, ["profit"], NO_COST),
        ({"metric": "attainment"}, ["target"], NO_TARGETS),
        ({"metric": "lines"}, ["profit", "target"], None),
        # a series that no line has is left out of the chart; one of another source takes the chart with it
        ({"metrics": ["sales"], "metrics_b": ["margin"]}, ["profit"], None),
        ({"metrics": ["sales"], "metrics_b": ["attainment"]}, ["target"], NO_TARGETS),
        ({"metrics": ["margin"], "timeseries_limit_metric": "sales"}, ["profit"], NO_COST),
        ({"metrics": ["sales"], "timeseries_limit_metric": "margin"}, ["profit"], None),
        ({"x": "sales", "y": "margin", "size": "sales", "viz_type": "bubble_v2"}, ["profit"], NO_COST),
        ({"metrics": ["sales", "attainment"], "viz_type": "table"}, ["target"], None),
        (
            {"metrics": ["sales", "attainment", "margin"], "viz_type": "table"},
            ["target", "profit"],
            NO_TARGETS,
        ),
        ({"metric": "sales", "groupby": ["segment"]}, ["segment"], Absence("Not in the data: Segment")),
        ({"metric": "sales", "groupby": ["country", "segment"]}, ["segment"], None),
        ({"metrics": ["sales"], "x_axis": "month", "groupby": ["segment"]}, ["segment"], None),
        ({"metrics": ["sales"], "x_axis": "country", "groupby": ["segment"]}, ["country"], None),
        ({"metrics": ["sales"], "x_axis": "period", "groupby": ["segment"]}, [], None),
        ({"metrics": ["sales"], "x_axis": "period", "groupby": ["segment"]}, ["period"], NO_FISCAL_YEAR),
        ({"metrics": ["sales"], "x_axis": "month", "groupby": ["period"]}, ["period"], None),
        ({"all_columns": ["profit", "target"], "viz_type": "table"}, ["profit", "target"], NO_COST),
        ({"all_columns": ["profit", "sales"], "viz_type": "table"}, ["profit"], None),
    ],
)
def test_a_chart(params, lacking, expected):
    assert absent.of_chart({"viz_type": "pie", **params}, DATASET, without(*lacking)) == expected


def test_a_mart_without_rows_lacks_its_source():
    empty = Presence(frozenset({TABLE}), frozenset())
    expected = Absence("No sales in the data", "sales.transactions", is_whole=True)
    assert absent.of_chart({"viz_type": "pie", "metric": "lines"}, DATASET, empty) == expected
    assert absent.of_filter("country", DATASET, empty) == expected
    assert str(expected) == "No sales in the data (sales.transactions has no rows)"


def test_any_company_s_source_of_a_canonical_model_would_do():
    assert str(NO_TARGETS) == "No targets in the data (no source of targets has rows)"


def test_a_filter_of_a_column_that_is_unknown():
    assert absent.of_filter("segment", DATASET, without("segment")) == Absence("Not in the data: Segment")
    assert absent.of_filter("country", DATASET, without("segment")) is None


@pytest.mark.parametrize("table", ["mart_dashboard_status", "mart_data_status"])
def test_the_status_of_the_data_is_always_shown(table):
    empty = Presence(frozenset({f"marts.{table}"}), frozenset())
    dataset = {**DATASET, "table_name": table}
    assert absent.of_chart({"viz_type": "table", "all_columns": ["month"]}, dataset, empty) is None


def test_what_a_mart_lacks_need_not_be_said():
    dataset = {**DATASET, "extra": None, "description": "Sales by month. Grain: month."}
    empty = Presence(frozenset({TABLE}), frozenset())
    assert absent.of_chart({"viz_type": "pie", "metric": "lines"}, dataset, empty).says == (
        "Nothing in the data: Sales by month"
    )


def test_a_share_of_sales_is_shown_where_some_have_the_figure():
    coverage = metric("profit_coverage", "SUM(sales_with_profit) / NULLIF(SUM(sales), 0)")
    dataset = {**DATASET, "metrics": [coverage]}
    params = {"viz_type": "big_number_total", "metric": "profit_coverage"}
    assert absent.of_chart(params, dataset, without()).is_needless
    partial = Presence(frozenset(), frozenset(), partial_columns=frozenset({(TABLE, "sales_with_profit")}))
    assert absent.of_chart(params, dataset, partial) is None


def test_a_filter_with_one_value_is_needless():
    one = Presence(frozenset(), frozenset(), constant_columns=frozenset({(TABLE, "country")}))
    assert absent.of_filter("country", DATASET, one).is_needless
