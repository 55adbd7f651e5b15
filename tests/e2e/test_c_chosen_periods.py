"""Periods are counted from the end of the data: figures equal sums of days, and the choice is kept.

Runs while the warehouse holds only the sample, whose end is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, Request, expect

from tests.e2e.conftest import Stack, administrators_page
from tradewind.report.numbers import shown

pytestmark = pytest.mark.e2e

#: The sample ends with the month before this one.
END = date.today().replace(day=1) - timedelta(days=1)


def months_before(count: int) -> date:
    """First day of a month that many months before the sample's last."""
    months = END.year * 12 + END.month - 1 - count
    return date(months // 12, months % 12 + 1, 1)


_THIS_YEAR, _THIS_QUARTER = months_before(END.month - 1), months_before((END.month - 1) % 3)
_LAST_QUARTER, _SPRING = months_before((END.month - 1) % 3 + 3), (months_before(7), months_before(5))
#: First day, and the day after the last.
PERIODS = {
    "Last month": (months_before(0), months_before(-1)),
    "Current quarter": (_THIS_QUARTER, months_before(-1)),
    "Current year": (_THIS_YEAR, months_before(-1)),
    "previous calendar quarter": (_LAST_QUARTER, _THIS_QUARTER),
    "Last year": (months_before(11), months_before(-1)),
    "previous calendar year": (months_before(END.month + 11), _THIS_YEAR),
    "No filter": (date(1900, 1, 1), date(2999, 1, 1)),
    " : ".join(map(str, _SPRING)): _SPRING,
}
MARTS = [
    ("mart_sales_monthly", "month", "total_sales", "select sum(sales) from marts.mart_sales_daily"),
    ("mart_sales_daily", "day", "total_sales", "select sum(sales) from marts.mart_sales_daily"),
    ("mart_orders_monthly", "month", "orders", "select sum(orders) from marts.mart_orders_daily"),
]


@pytest.fixture(scope="module")
def page(sample: Stack, screenshot) -> Iterator[Page]:
    with administrators_page(screenshot, sample.superset) as page:
        yield page


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize(("mart", "column", "metric", "by_day"), MARTS)
def test_figures_of_a_period_equal_the_sum_of_its_days(sample, mart, column, metric, by_day, period):
    chosen = [{"col": column, "op": "TEMPORAL_RANGE", "val": period}]
    (row,) = sample.superset.chart_data(mart, [metric], [], chosen)
    first, after = PERIODS[period]
    ((expected,),) = sample.ask(f"{by_day} where day >= '{first}' and day < '{after}'")
    assert expected > 0
    assert abs(Decimal(str(row[metric])) - expected) < Decimal("0.01")


def _keeps_filters(request: Request) -> bool:
    return "/filter_state" in request.url and request.method in ("POST", "PUT")


def test_a_period_is_chosen_once_for_all_pages(sample, page, screenshot):
    first, after = PERIODS["Current year"]
    pages = f"{sample.superset.base}/superset/dashboard"
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{pages}/executive-overview/", wait_until="commit")
    screenshot.wait_for_charts(page, 90)
    page.get_by_text("No filter", exact=True).first.click()
    page.locator(".ant-popover .ant-select").first.click()
    page.locator(".ant-select-item-option", has_text="Current").click()
    page.locator(".ant-popover").get_by_text("Current year", exact=True).click()
    expect(page.locator(".ant-popover")).to_contain_text(f"{first} ≤ col < {after}", timeout=30_000)
    page.locator('[data-test="date-filter-control__apply-button"]').click()
    # Superset keeps a page's filters a moment after they are applied.
    with page.expect_response(lambda answer: _keeps_filters(answer.request)):
        page.locator('[data-test="filter-bar__apply-button"]').click()
    ((sales,),) = sample.ask(f"select sum(sales) from marts.mart_sales_daily where day >= '{first}'")
    figure = page.locator('[data-test-chart-name="Total sales"] .header-line')
    expect(figure).to_have_text(shown(sales, "$,.3s"), timeout=30_000)
    page.goto(f"{pages}/sales-trends/", wait_until="commit")
    screenshot.wait_for_charts(page, 90)
    expect(page.get_by_text("Current year", exact=True)).to_be_visible(timeout=30_000)
    # the loads of Data health go by the clock
    page.goto(f"{pages}/data-health/", wait_until="commit")
    screenshot.wait_for_charts(page, 90)
    expect(page.get_by_text("Current year", exact=True)).to_have_count(0)
