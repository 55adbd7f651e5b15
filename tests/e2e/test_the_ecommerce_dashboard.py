"""The shop's dashboard shows the published figures of the Olist sample, and follows its filters and clicks.

Runs after the files that start from an empty warehouse, since files run in the order of their names.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import ALL_DAYS, administrators_page
from tests.e2e.marks import region_of_map
from tradewind.report.numbers import shown

pytestmark = pytest.mark.e2e

SLUG = "e-commerce-summary"
ORDERS = "mart_orders_monthly"
FIGURES = [
    ("mart_orders_monthly", "gmv", "2030270.94"),
    ("mart_orders_monthly", "delivered_orders", "14552"),
    ("mart_orders_monthly", "items_per_order", "1.1469"),
    ("mart_orders_monthly", "order_value_paid", "159.87"),
    ("mart_orders_monthly", "average_review", "4.0841"),
    ("mart_orders_monthly", "on_time_rate", "0.9342"),
    ("mart_order_items_monthly", "freight", "340292.67"),
    ("mart_payments_monthly", "payment_value", "2397904.56"),
    ("mart_payments_monthly", "credit_card_share", "0.7393"),
]
CARDS = {
    "": {"Revenue": "R$ 2.37M", "GMV": "R$ 2.03M", "Orders": "15.0k", "Order size": "1.15"},
    # August 2018 is the latest full month: the three orders of the months after it are not compared.
    "Changes": {"Monthly growth": "-14.4%", "Yearly growth": "+48.3%", "Returning orders": "0.6%"},
    "Earnings": {
        "Items": "17.1k",
        "Freight": "R$ 340k",
        "Order value": "R$ 159.26",
        "Paid": "R$ 2.40M",
        "Sellers": "1,904",
        "Delivered": "14.6k",
        "On time": "93.4%",
        "Review score": "4.08",
    },
}
CHARTS = {
    "": {
        *(
            "Status",
            "Data as of",
            "Revenue",
            "GMV",
            "Orders",
            "Order size",
            "Monthly sales",
            "Revenue by state",
            "States",
        ),
        *("Top categories", "Most used payment methods"),
    },
    "Changes": {
        *("Monthly growth", "Yearly growth", "Customer growth", "Returning orders", "Growth month on month"),
        *("This year against the year before", "New and returning customers", "Customer segments"),
        "Customers who came back, by months since the first order",
    },
    "Earnings": {
        *("Items", "Freight", "Order value", "Paid", "Sellers", "Delivered", "On time", "Review score"),
        *("Price and freight by month", "Instalments", "Delivered and late orders"),
        *("Delivery and reviews by state", "Top sellers", "Sellers by month"),
    },
}
#: Region and category: each alone, both, and neither.
CHOICES = [("Northeast", None), ("Northeast", "Bed bath table"), (None, "Bed bath table"), (None, None)]


@pytest.fixture(scope="module")
def shop(stack, orders_archive):
    """Superset with the published sample of orders."""
    if not stack.ask(f"select count(*) from marts.{ORDERS}")[0][0]:
        stack.drop(orders_archive)
    return stack.superset


@pytest.fixture(scope="module")
def browser(shop, screenshot) -> Iterator:
    with administrators_page(screenshot, shop) as page:
        yield page


@pytest.fixture(scope="module")
def page(shop, browser, screenshot):
    """The dashboard with all days, in a browser shared by all tests of this file."""
    screenshot.resize(browser, 1440)
    browser.goto(f"{shop.base}/superset/dashboard/{SLUG}/{ALL_DAYS}")
    screenshot.wait_for_charts(browser, 90)
    return browser


def card(page, name: str) -> str:
    return page.locator(f'[data-test-chart-name="{name}"] .header-line').inner_text()


def wait_for_card(page, name: str, figure: str) -> None:
    page.wait_for_function(
        """([name, figure]) => document.querySelector(`[data-test-chart-name="${name}"] .header-line`)
            ?.innerText === figure""",
        arg=[name, figure],
        timeout=30_000,
    )


def test_charts_return_the_published_figures(shop):
    for table, metric, figure in FIGURES:
        (row,) = shop.chart_data(table, [metric], [])
        found = Decimal(str(row[metric])).quantize(Decimal(figure))
        assert str(found) == figure, metric
    states = shop.chart_data(ORDERS, ["revenue"], ["state"])
    revenue = {row["state"]: round(row["revenue"], 2) for row in states}
    assert (len(revenue), revenue["São Paulo"]) == (27, 896688.34)


def test_every_chart_of_every_tab_is_painted_on_a_narrow_page(shop, browser, screenshot, tmp_path):
    picture = tmp_path / "page.png"
    charts = screenshot.paint(browser, shop.base, SLUG, picture, [1024])
    assert {tab: {chart.name for chart in charts if chart.tab == tab} for tab in CHARTS} == CHARTS
    assert {chart.state for chart in charts} == {"painted"}
    for tab in CHARTS:
        assert screenshot.picture_of(picture, tab).stat().st_size > 50_000, tab


def test_the_cards_of_every_tab_show_the_published_figures(page, screenshot):
    shown, states = {}, set()
    for tab in screenshot.open_tabs(page):
        states |= {chart.state for chart in screenshot.wait_for_charts(page, 90)}
        shown[tab] = {name: card(page, name) for name in CARDS[tab]}
    assert (shown, states) == (CARDS, {"painted"})
    page.locator(".dashboard-component-tabs [role=tab]", has_text="Sales").click()


def test_charts_of_growth_say_which_months_are_not_compared(page, screenshot):
    """Stray orders came after August 2018, up to a day of October."""
    tabs = page.locator(".dashboard-component-tabs [role=tab]")
    tabs.filter(has_text="Changes").click()
    screenshot.wait_for_charts(page, 90)
    for name in "Growth month on month", "This year against the year before":
        note = page.locator(f'[data-test-chart-name="{name}"] .chart-scope')
        expect(note).to_have_text("Sep to Oct 2018 not compared")
    tabs.filter(has_text="Sales").click()


def test_a_click_on_a_state_filters_the_page_and_a_second_click_undoes_it(page, screenshot):
    whole = card(page, "Revenue")
    state = page.locator('[data-test-chart-name="States"] td', has_text="São Paulo").first
    state.click()
    wait_for_card(page, "Revenue", "R$ 897k")
    wait_for_card(page, "Orders", "6,372")
    assert {chart.state for chart in screenshot.wait_for_charts(page, 90)} == {"painted"}
    state.click()
    wait_for_card(page, "Revenue", whole)


def test_a_click_on_the_map_filters_the_page_and_a_second_click_undoes_it(page, screenshot):
    whole = card(page, "Revenue")
    names = page.locator(".superset-legacy-chart-country-map .map-name")
    assert (names.count(), page.locator(".map-legend").inner_text().split()[-1]) == (27, "897k")
    region_of_map(page, "BR-SP").click()
    wait_for_card(page, "Revenue", "R$ 897k")
    assert "São Paulo" in page.locator('[data-test="filter-bar"]').inner_text()
    assert {chart.state for chart in screenshot.wait_for_charts(page, 90)} == {"painted"}
    region_of_map(page, "BR-SP").click()
    wait_for_card(page, "Revenue", whole)


def test_region_and_category_filter_separately_and_together(page, shop):
    for region, category in CHOICES:
        choose(page, "region", region)
        choose(page, "category", category)
        page.locator('[data-test="filter-bar__apply-button"]').click()
        chosen = {"region": region, "category": category}
        filters = [{"col": name, "op": "==", "val": value} for name, value in chosen.items() if value]
        (expected,) = shop.chart_data(ORDERS, ["revenue"], [], filters)
        wait_for_card(page, "Revenue", shown(Decimal(str(expected["revenue"])), ",.3s", "BRL"))


def choose(page, name: str, value: str | None) -> None:
    """Choose only this value, or none, in a filter."""
    box = page.locator(f'[data-test="NATIVE_FILTER-{name}"]')
    for chosen in reversed(box.locator(".ant-select-selection-item-remove").all()):
        chosen.click()
    if value:
        box.click()
        page.keyboard.type(value)
        page.locator(f'.ant-select-dropdown:visible [title="{value}"]').first.click()
    page.keyboard.press("Escape")
