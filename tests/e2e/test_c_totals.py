"""Charts of the largest members and Others lose nothing: asked for two members, their sum is the mart's.

Third: the default sample has few members, so each chart is asked for fewer than it has.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tradewind.dashboards import names, queries
from tradewind.dashboards import tree as asset_tree
from tradewind.dashboards.web import Session

pytestmark = pytest.mark.e2e

_TREE = asset_tree.read()
_PAGES = [page["slug"] for page in asset_tree.of_kind(_TREE, "dashboards").values()]
_DATASETS = {data["uuid"]: data for data in asset_tree.of_kind(_TREE, "datasets").values()}
CHARTS = {
    chart["slice_name"]: chart
    for chart in asset_tree.of_kind(_TREE, "charts").values()
    if chart["params"].get("group_others_when_limit_reached")
    # the sample has none
    and not {"category", "sub_category"} & set(names.columns(chart["params"]))
}

#: How many members are asked for.
FEW = 2


def expressions(name: str) -> dict[str, str]:
    """The metrics of a chart's dataset."""
    metrics = _DATASETS[CHARTS[name]["dataset_uuid"]]["metrics"]
    return {metric["metric_name"]: metric["expression"] for metric in metrics}


def is_sum(expression: str) -> bool:
    return bool(re.fullmatch(r"SUM\(\w+\)|COUNT\(\*\)", expression))


class Asker:
    """Asks for charts as their pages do, but for fewer members."""

    def __init__(self, stack: Stack) -> None:
        settings = stack.settings
        base = f"http://127.0.0.1:{settings.superset_port}"
        self.session = Session(base, "admin", settings.get("SUPERSET_ADMIN_PASSWORD"))
        self.forms: dict[str, tuple[int, dict[str, Any]]] = {}
        for slug in _PAGES:
            page = self.session.get(f"/api/v1/dashboard/{slug}").json["result"]["id"]
            listed = self.session.get(f"/api/v1/dashboard/{slug}/charts").json["result"]
            self.forms |= {chart["slice_name"]: (page, chart["form_data"]) for chart in listed}

    def rows(self, name: str, members: int = FEW, **change: Any) -> list[dict[str, Any]]:
        """The answers to all queries of a chart, one after the other."""
        page, form = self.forms[name]
        dataset = int(form["datasource"].partition("__")[0])
        _, body = queries.requests(form, form["slice_id"], page, dataset)
        for query in body["queries"]:
            query.update(series_limit=members, **change)
        answer = self.session.post("/api/v1/chart/data", body)
        assert answer.status == 200, answer
        return [row for result in answer.json["result"] for row in result["data"]]


@pytest.fixture(scope="module")
def asker(clone: Stack) -> Asker:
    clone.shell("make up")
    return Asker(clone)


def limited(rows: list[dict[str, Any]]) -> str:
    """The column with the largest members and Others."""
    return next(name for name in rows[0] if any(row[name] == "Others" for row in rows))


def where(name: str) -> str:
    """The chart's own condition."""
    own = [item for item in CHARTS[name]["params"]["adhoc_filters"] if item["operator"] != "TEMPORAL_RANGE"]
    return (
        " and ".join(f"{item['subject']} {item['operator']} {item['comparator']}" for item in own) or "true"
    )


@pytest.mark.parametrize("name", CHARTS)
def test_the_largest_and_others_add_up_to_the_mart(asker: Asker, clone: Stack, name: str) -> None:
    rows, metrics = asker.rows(name), expressions(name)
    members = {row[limited(rows)] for row in rows}
    assert len(members) == FEW + 1 and "Others" in members
    for metric in metrics.keys() & {key for row in rows for key in row}:
        if is_sum(metrics[metric]):
            table = asset_tree.full_name(_DATASETS[CHARTS[name]["dataset_uuid"]])
            ((total,),) = clone.ask(f"select {metrics[metric]} from {table} where {where(name)}")
            shown = sum(row[metric] or 0 for row in rows if metric in row)
            assert shown == pytest.approx(float(total or 0), rel=1e-9), metric


def test_a_rate_of_others_is_that_of_all_the_rest(asker: Asker, clone: Stack) -> None:
    rows = asker.rows("Margin by product")
    products = sorted({row["product"] for row in rows} - {"Others"})
    expected = clone.ask(
        "select month, sum(profit) / nullif(sum(sales_with_profit), 0) from marts.mart_sales_monthly"
        f" where product not in ('{products[0]}', '{products[1]}') group by month order by month"
    )
    shown = [row["profit_margin"] for row in sorted(rows, key=lambda row: row["month"])
             if row["product"] == "Others"]  # fmt: skip
    assert shown == pytest.approx([float(margin) for _, margin in expected])
    largest = clone.ask(
        "select product from marts.mart_sales_monthly group by product order by sum(sales) desc limit 2"
    )
    assert products == sorted(product for (product,) in largest)


def test_few_members_are_shown_as_they_are(asker: Asker) -> None:
    """The slices of a pie keep their order, and nothing is called Others."""
    rows = asker.rows("Sales by country", members=10)
    sales = [row["total_sales"] for row in rows]
    assert sales == sorted(sales, reverse=True)
    assert rows == asker.rows("Sales by country", members=0, group_others_when_limit_reached=False)


def test_what_is_unknown_is_not_the_largest(asker: Asker) -> None:
    """For Postgres, null is larger than every number."""
    known = "CASE WHEN MAX(country) <> 'Canada' THEN SUM(sales) END"
    by = {"expressionType": "SQL", "sqlExpression": known, "label": "known"}
    shown = {row["country"] for row in asker.rows("Sales by country", 4, series_limit_metric=by)}
    assert shown == {"France", "Germany", "Mexico", "USA", "Others"}
