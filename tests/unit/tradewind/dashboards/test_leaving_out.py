"""Pages without tiles that have no figures."""

import copy

import pytest

from tradewind.dashboards import leaving_out, shorthand
from tradewind.dashboards import tree as asset_tree
from tradewind.dashboards.checks import check
from tradewind.dashboards.leaving_out import EXPLAIN, LEAVE_OUT, MARK
from tradewind.dashboards.presence import NOTHING_KNOWN, Presence

ALL = asset_tree.read()
EXECUTIVE = "dashboards/executive_overview.yaml"
INVENTORY = "dashboards/inventory.yaml"
STOCK = ("marts.mart_stock_daily", "marts.mart_stock_health")
COVERAGE = ("CHART-profit_coverage", "CHART-units_coverage", "CHART-discounts_coverage")
PRODUCT_FILTERS = ("Category", "Sub-category", "Product")
NO_STOCK = Presence(frozenset(STOCK), frozenset({("marts.mart_executive_summary", "inventory")}))
NO_TARGETS = Presence(frozenset(), frozenset({("marts.mart_sales_trend", "sales_target")}))
NO_COST = Presence(frozenset(), frozenset({("marts.mart_sales_monthly", "profit")}))
NO_SEGMENTS = Presence(frozenset(), frozenset({("marts.mart_sales_monthly", "segment")}))


def widths(page, first):
    """Name -> width of the tiles in the row that begins with this one."""
    row = next(node for node in asset_tree.nodes(page, "ROW") if node["children"][0] == first)
    return {name: page["position"][name]["meta"]["width"] for name in row["children"]}


def codes(page):
    return {
        node["id"]: node["meta"]["code"]
        for node in asset_tree.nodes(page, "MARKDOWN")
        if node["id"].startswith("CHART")
    }


@pytest.mark.parametrize("setting", leaving_out.SETTINGS)
def test_where_there_are_figures_of_everything_only_shares_of_100_percent_are_left_out(setting):
    adapted = leaving_out.adapt(ALL, NOTHING_KNOWN, setting)
    for path, page in asset_tree.of_kind(ALL, "dashboards").items():
        gone = page["position"].keys() - adapted[path]["position"].keys()
        row = {"ROW-5", *COVERAGE} if path == EXECUTIVE else {"ROW-3", *COVERAGE}
        assert gone == (row if path in (EXECUTIVE, "dashboards/sales_trends.yaml") else set())
        assert codes(adapted[path]) == {}
        assert adapted[path].get("published", True)


def test_shares_are_shown_of_figures_that_some_sales_have():
    partial = Presence(
        frozenset(),
        frozenset(),
        partial_columns=frozenset({("marts.mart_sales_monthly", "sales_with_profit")}),
    )
    page = leaving_out.adapt(ALL, partial)[EXECUTIVE]
    assert widths(page, "CHART-profit_coverage") == {"CHART-profit_coverage": 12}


@pytest.mark.parametrize("setting", leaving_out.SETTINGS)
@pytest.mark.parametrize("held", [NO_STOCK, NO_TARGETS, NO_COST, NO_SEGMENTS])
def test_the_assets_stay_and_the_copy_is_sound(held, setting):
    before = copy.deepcopy(ALL)
    adapted = leaving_out.adapt(ALL, held, setting)
    assert before == ALL
    assert adapted != ALL
    assert [fault for fault in check(adapted) if "chartIds" not in str(fault)] == []


def test_a_tile_is_left_out_and_its_row_is_filled():
    assert widths(ALL[EXECUTIVE], "CHART-sales_against_target").popitem() == ("CHART-discount_rate", 3)
    page = leaving_out.adapt(ALL, NO_TARGETS)[EXECUTIVE]
    assert widths(page, "CHART-sales_against_last_year") == {
        "CHART-sales_against_last_year": 4,
        "CHART-average_price": 4,
        "CHART-discount_rate": 4,
    }
    assert "Against target" in page["metadata"][MARK]
    assert "published" not in page


def test_or_it_says_why_it_is_empty():
    page = leaving_out.adapt(ALL, NO_TARGETS, EXPLAIN)[EXECUTIVE]
    said = {"CHART-sales_against_target": "#### Against target\n\nNo sales targets in the data."}
    assert codes(page) == said
    assert widths(page, "CHART-sales_against_target")["CHART-sales_against_target"] == 3


def test_a_figure_that_the_lines_lack_is_always_explained():
    page = leaving_out.adapt(ALL, NO_COST, LEAVE_OUT)[EXECUTIVE]
    assert codes(page)["CHART-profit"] == "#### Profit\n\nNo cost in the data."
    assert set(codes(page)) == {
        "CHART-profit",
        "CHART-profit_margin",
        "CHART-profit_by_country_and_segment",
    }


def test_rows_and_tabs_of_which_nothing_is_left_go_with_their_tiles():
    tree = {
        **{path: data for path, data in ALL.items() if not path.startswith("dashboards/")},
        "dashboards/mine.yaml": shorthand.dashboard(
            "dashboards/mine.yaml",
            {
                "dashboard_title": "Mine",
                "slug": "mine",
                "texts": {"about": "#### Stock"},
                "layout": [
                    {"height": 28, "row": {"total_sales": 12}},
                    {
                        "tabs": {
                            "Sales": [{"height": 40, "row": {"sales_by_country": 12}}],
                            "Stock": [{"height": 40, "row": {"about": 4, "stock_reorder": 8}}],
                        }
                    },
                ],
            },
            {name: name for name in ("total_sales", "sales_by_country", "stock_reorder")},
        ),
    }
    page = leaving_out.adapt(tree, NO_STOCK)["dashboards/mine.yaml"]
    assert [node["meta"]["text"] for node in asset_tree.nodes(page, "TAB")] == ["Sales"]
    assert asset_tree.nodes(page, "MARKDOWN") == []
    assert len(asset_tree.nodes(page, "ROW")) == 2


def test_a_page_of_which_nothing_is_left_is_not_published():
    page = leaving_out.adapt(ALL, NO_STOCK)[INVENTORY]
    assert page["published"] is False
    shown = [node["id"] for node in asset_tree.nodes(page, "CHART")]
    assert shown == ["CHART-inventory_status", "CHART-inventory_data_status"]
    assert leaving_out.adapt(ALL, NO_STOCK, EXPLAIN)[INVENTORY]["published"] is True
    withheld = {**ALL, INVENTORY: {**ALL[INVENTORY], "published": False}}
    assert leaving_out.adapt(withheld, NO_STOCK, EXPLAIN)[INVENTORY]["published"] is False
    assert "published" not in leaving_out.adapt(ALL, NO_STOCK)["dashboards/sales_trends.yaml"]


def test_a_filter_without_values_is_left_out():
    def filters(tree):
        return [item["name"] for item in tree[EXECUTIVE]["metadata"]["native_filter_configuration"]]

    assert filters(ALL) == ["Period", "Country", "Company", "Segment", *PRODUCT_FILTERS]
    assert filters(leaving_out.adapt(ALL, NO_SEGMENTS)) == ["Period", "Country", "Company", *PRODUCT_FILTERS]


def test_a_filter_with_one_value_is_left_out():
    one = Presence(
        frozenset(), frozenset(), constant_columns=frozenset({("marts.mart_sales_monthly", "country")})
    )
    items = leaving_out.adapt(ALL, one)[EXECUTIVE]["metadata"]["native_filter_configuration"]
    assert [item["name"] for item in items] == ["Period", "Company", "Segment", *PRODUCT_FILTERS]


@pytest.mark.parametrize("setting", leaving_out.SETTINGS)
@pytest.mark.parametrize("kind", ["constant_columns", "empty_columns"])
def test_without_categories_nothing_is_said_of_them(setting, kind):
    held = {("marts.mart_sales_monthly", name) for name in ("category", "sub_category")}
    known = {"empty_tables": frozenset(), "empty_columns": frozenset(), kind: frozenset(held)}
    page = leaving_out.adapt(ALL, Presence(**known), setting)[EXECUTIVE]
    left_out = {"CHART-sales_and_units_by_category", "CHART-sales_and_units_by_sub_category"}
    assert left_out < ALL[EXECUTIVE]["position"].keys()
    assert not left_out & page["position"].keys()
    assert codes(page) == {}
    items = {item["name"]: item for item in page["metadata"]["native_filter_configuration"]}
    assert list(items) == ["Period", "Country", "Company", "Segment", "Product"]
    assert items["Product"]["cascadeParentIds"] == []


def test_one_segment_is_still_shown():
    one = frozenset({("marts.mart_sales_monthly", "segment")})
    page = leaving_out.adapt(ALL, Presence(frozenset(), frozenset(), constant_columns=one))[EXECUTIVE]
    assert "CHART-sales_by_segment" in page["position"]


def test_a_page_that_loses_nothing_but_a_filter_is_changed_too():
    state = frozenset({("marts.mart_orders_monthly", "region")})
    one = Presence(frozenset(), frozenset(), constant_columns=state)
    page = leaving_out.adapt(ALL, one)["dashboards/ecommerce_summary.yaml"]
    assert page["metadata"][MARK] == []
    before = ALL["dashboards/ecommerce_summary.yaml"]["metadata"]["native_filter_configuration"]
    after = page["metadata"]["native_filter_configuration"]
    assert len(after) == len(before) - 1


def test_what_is_not_filtered_is_on_the_page():
    page = leaving_out.adapt(ALL, NO_TARGETS)[EXECUTIVE]
    charts = {node["meta"]["chartId"] for node in asset_tree.nodes(page, "CHART")}
    for item in page["metadata"]["native_filter_configuration"]:
        assert set(item["scope"]["excluded"]) <= charts


@pytest.mark.parametrize("setting", leaving_out.SETTINGS)
def test_of_a_warehouse_without_any_figures_pages_stay_as_they_are(setting):
    tables = {asset_tree.full_name(data) for data in asset_tree.of_kind(ALL, "datasets").values()}
    empty = Presence(frozenset(table for table in tables if table.startswith("marts.")), frozenset())
    assert leaving_out.adapt(ALL, empty, setting) == leaving_out.adapt(ALL, NOTHING_KNOWN, setting)
