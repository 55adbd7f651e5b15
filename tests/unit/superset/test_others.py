"""Which of a query's columns a limit of members applies to, and how its answer is ordered."""

import others
import pytest

AXIS = {"columnType": "BASE_AXIS", "sqlExpression": "country", "label": "country", "expressionType": "SQL"}
MONTH = {**AXIS, "sqlExpression": "month", "label": "month", "timeGrain": "P1M"}
QUERY = {"columns": ["country"], "series_limit": 10, "group_others_when_limit_reached": True}


@pytest.mark.parametrize(
    ("columns", "series", "expected"),
    [
        (["country"], None, ["country"]),
        ([MONTH, "product"], ["product"], ["product"]),
        ([AXIS], [], [AXIS]),
        ([AXIS, "segment"], ["segment"], [AXIS]),
        (["segment", "country"], ["country"], ["country"]),
    ],
    ids=["slices", "lines", "bars", "grouped bars", "bubbles"],
)
def test_the_limited_columns(columns, series, expected):
    assert others.limited_columns({**QUERY, "columns": columns, "series_columns": series}) == expected


@pytest.mark.parametrize(
    "change",
    [{"series_limit": 0}, {"group_others_when_limit_reached": False}, {"columns": []}, {"is_rowcount": True}],
    ids=str,
)
def test_other_queries_stay_as_they_are(change):
    assert others.is_limited(QUERY)
    assert not others.is_limited({**QUERY, **change})


def test_only_what_is_selected_orders_the_answer():
    """Postgres would refuse a metric that is only in the query that ranks the members."""
    asked = [["total_sales", False], ["country", True], ["profit", False]]
    query = {**QUERY, "columns": [AXIS], "metrics": ["profit"], "orderby": asked}
    assert others.orders(query) == [("country", True), ("profit", False)]


def test_a_mixed_chart_ranks_by_what_it_orders_by():
    """Its page sends no other metric, and the two queries must have the same members."""
    assert others.ranking({**QUERY, "orderby": [["total_sales", False]]}) == ("total_sales", True)
    assert others.ranking({**QUERY, "orderby": [["days_of_cover", True]]}) == ("days_of_cover", False)
    assert others.ranking({**QUERY, "series_limit_metric": "profit", "order_desc": False}) == (
        "profit",
        False,
    )
    assert others.ranking(QUERY) == (None, True)
