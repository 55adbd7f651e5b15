"""Every page holds for a company with thousands of products and customers, and for all countries."""

from pathlib import PurePosixPath

import pytest

from tradewind.dashboards import names, shorthand
from tradewind.dashboards import tree as asset_tree

ALL = asset_tree.read()
CHARTS = {path: chart["params"] for path, chart in asset_tree.of_kind(ALL, "charts").items()}

#: Columns with as many members as a company, or the world, has.
MANY = {"category", "city", "country", "customer", "product", "segment", "seller", "state", "sub_category"}

#: The most colours and names that a legend has, or bars that an axis has, with Others.
MOST = 12

#: They say in their description how many of all members they show.
RANKED = {"ecommerce_top_categories", "ecommerce_top_sellers"}

#: States of a map, and tables, which page through their rows.
ALL_MEMBERS = {"country_map", "table"}


def by_many(params):
    return MANY & {name for name in names.columns(params) if isinstance(name, str)}


def folds(params):
    limits = [params.get("limit") or 0, *([params.get("limit_b") or 0] if "metrics_b" in params else [])]
    return params.get("group_others_when_limit_reached") and all(0 < int(each) < MOST for each in limits)


DRAWN = {path: params for path, params in CHARTS.items() if by_many(params)}


def test_there_are_such_charts():
    assert len(DRAWN) > 30


@pytest.mark.parametrize("path", DRAWN)
def test_a_chart_shows_the_largest_members_and_the_rest(path):
    params, description = DRAWN[path], ALL[path]["description"]
    if params["viz_type"] in ALL_MEMBERS:
        return
    if PurePosixPath(path).stem in RANKED:
        assert "ten" in description and params["row_limit"] == 10
        return
    assert folds(params), f"{by_many(params)}: beyond {MOST} of them, the chart cannot be read"
    by = params.get("timeseries_limit_metric")
    assert by, "which members are the largest?"
    # the two halves of a mixed chart have the same members
    assert "metrics_b" not in params or params.get("timeseries_limit_metric_b") == by


@pytest.mark.parametrize("path", [path for path in DRAWN if DRAWN[path]["viz_type"] == "table"])
def test_a_table_has_all_members(path):
    """Superset marks a table that is cut, and turns pages where there are hundreds of rows."""
    params = DRAWN[path]
    products = by_many(params) & {"product", "customer", "seller"}
    assert params["row_limit"] >= (10_000 if products else 1_000 if "country" in by_many(params) else 100)


@pytest.mark.parametrize("path", [path for path in DRAWN if folds(DRAWN[path])])
def test_others_are_within_the_limit_of_rows(path):
    params = DRAWN[path]
    assert params["row_limit"] >= 100
    assert len(by_many(params)) < 3


@pytest.mark.parametrize("path", asset_tree.of_kind(ALL, "dashboards"))
def test_filters_of_members_search_in_the_warehouse(path):
    filters = ALL[path]["metadata"]["native_filter_configuration"]
    assert all(item["controlValues"]["searchAllOptions"] for item in filters if item["targets"] != [{}])


@pytest.mark.parametrize("page", ["executive_overview", "sales_trends"])
def test_a_category_narrows_the_products_offered(page):
    filters = ALL[f"dashboards/{page}.yaml"]["metadata"]["native_filter_configuration"]
    names_of = {item["id"]: item["name"] for item in filters}
    within = {item["name"]: [names_of[each] for each in item["cascadeParentIds"]] for item in filters}
    assert within["Sub-category"] == ["Category"]
    assert within["Product"] == ["Category", "Sub-category"]
    assert list(within)[-3:] == ["Category", "Sub-category", "Product"]


def test_a_filter_searches():
    short = {"name": "Product", "dataset": "mart_sales_monthly", "column": "product"}
    page = {"dashboard_title": "A", "slug": "a", "layout": [], "filters": [short]}
    item = shorthand.dashboard("dashboards/a.yaml", page, {})["metadata"]["native_filter_configuration"][0]
    assert item["controlValues"]["searchAllOptions"]
