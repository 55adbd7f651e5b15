"""Which charts have nothing to show, in a warehouse with sales alone."""

import re
from collections import Counter
from pathlib import PurePosixPath

import pytest
from sqlalchemy import Engine, event

from tradewind.dashboards import absent, presence
from tradewind.dashboards import tree as asset_tree
from tradewind.settings import Settings


@pytest.fixture(scope="module")
def url(warehouse):
    return Settings.load(warehouse.environment()).role_url("reporter")


@pytest.fixture(scope="module")
def tree():
    return asset_tree.read()


def absences(tree, found):
    """Page -> file name of each of its charts that is absent -> what is said of it."""
    without = absent.of_tree(tree, found)
    names = {
        data["uuid"]: PurePosixPath(path).stem for path, data in asset_tree.of_kind(tree, "charts").items()
    }
    pages = {}
    for page in asset_tree.of_kind(tree, "dashboards").values():
        uuids = [node["meta"]["uuid"] for node in asset_tree.nodes(page, "CHART")]
        pages[page["slug"]] = {
            names[uuid]: str(without[uuid])
            for uuid in uuids
            if uuid in without and not without[uuid].is_needless
        }
    return pages


def test_what_only_other_sources_have_is_absent(url, tree):
    found = presence.read(url)
    assert "marts.mart_stock_daily" in found.empty_tables
    assert found.lacks("marts.mart_sales_trend", "sales_target")
    assert not found.lacks("marts.mart_sales_trend", "profit")
    pages = absences(tree, found)
    assert Counter({slug: len(charts) for slug, charts in pages.items()}) == {
        "customer-engagement": 11,
        "data-health": 0,
        "e-commerce-summary": 32,
        "executive-overview": 5,
        "inventory": 12,
        # nobody has stored a forecast
        "sales-trends": 6,
        "what-matters": 2,
    }
    no_engagement = "No customer engagement in the data (no source of engagement has rows)"
    assert pages["executive-overview"] == {
        "country_scorecard": "No sales targets in the data (no source of targets has rows)",
        "engagement_and_sales": no_engagement,
        "sales_against_target": "No sales targets in the data (no source of targets has rows)",
        "sales_and_stock_by_country": "No stock counts in the data (no source of inventory has rows)",
        "stock_by_month": "No stock counts in the data (no source of inventory has rows)",
    }


def test_a_statement_that_may_read_to_the_end_reads_one_mart(url):
    """All marts together may take longer than a statement of the login may."""
    statements = []

    def note(*arguments):
        statements.append(arguments[2])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        presence.read(url)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    searched = [set(re.findall(r'marts\."(\w+)" where (?!true)', statement)) for statement in statements]
    assert max(map(len, searched)) == 1
    assert {"mart_sales_daily"} in searched


def test_figures_that_no_line_has_are_absent(url, tree, ask):
    marts = ["mart_sales_monthly", "mart_sales_daily", "mart_sales_trend", "mart_executive_summary"]
    for mart in marts:
        ask(
            f"create temp table kept as table marts.{mart}; update marts.{mart} set profit = null",
            "transformer",
        )
    ask("update marts.mart_sales_monthly set cogs = null, segment = 'Unknown'", "transformer")
    pages = absences(tree, presence.read(url))
    for name in ("profit", "profit_margin", "profit_by_country_and_segment"):
        assert pages["executive-overview"][name] == "No cost in the data"
    assert pages["executive-overview"]["sales_by_segment"] == "No segments in the data"
    assert "total_sales" not in pages["executive-overview"]
    assert "product_table" not in pages["sales-trends"]


def test_some_sales_have_cost_and_all_are_of_one_segment(url, ask):
    monthly = "marts.mart_sales_monthly"
    assert not presence.read(url).partial_columns
    ask(f"update {monthly} set sales_with_profit = 0 where country = 'Canada'", "transformer")
    ask(f"update {monthly} set sales_with_units = 0", "transformer")
    found = presence.read(url)
    assert found.partial_columns == {(monthly, "sales_with_profit")}
    assert (monthly, "segment") in found.constant_columns
    assert (monthly, "country") not in found.constant_columns


def test_before_anything_is_published_nothing_is_known(url, tree):
    assert not any(absences(tree, presence.NOTHING_KNOWN).values())
