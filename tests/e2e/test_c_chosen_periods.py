"""Periods are counted from the end of the data: figures equal sums of days, and the choice is kept.

Pages open with the year to date, and cards say how it compares with the same months a year before.

Runs while the warehouse holds only the sample, whose end is known.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, Request, expect

from tests.e2e.conftest import ALL_DAYS, Stack, administrators_page, chosen
from tradewind.report.numbers import MINUS, shown

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


def open_page(page: Page, sample: Stack, screenshot, slug: str, days: str = "") -> None:
    page.goto(f"{sample.superset.base}/superset/dashboard/{slug}/{days}", wait_until="commit")
    screenshot.wait_for_charts(page, 90)


def lines_of(page: Page, card: str) -> list[str]:
    return page.locator(f'[data-test-chart-name="{card}"] .card-lines span').all_inner_texts()


def test_pages_open_with_the_year_to_date_against_the_same_months_a_year_before(sample, page, screenshot):
    first, after = PERIODS["Current year"]
    months = f"{first:%b} to {END:%b %Y}" if END.month > 1 else f"{END:%b %Y}"
    (now, before) = (
        sample.ask(
            "select sum(sales), sum(profit) / sum(sales_with_profit) from marts.mart_sales_daily"
            f" where day >= '{first.year - ago}-01-01' and day < '{after.year - ago}-{after:%m-%d}'"
        )[0]
        for ago in (0, 1)
    )
    sales, margin = now[0] - before[0], now[1] - before[1]
    open_page(page, sample, screenshot, "executive-overview")
    expect(page.get_by_text("Current year", exact=True)).to_be_visible()
    figure = page.locator('[data-test-chart-name="Total sales"] .header-line')
    expect(figure).to_have_text(shown(now[0], "$,.3s"))
    change = f"{shown(sales, '+$,.3s')} ({shown(sales / before[0], '+,.1%')}) on last year".replace(
        MINUS, "-"
    )
    assert lines_of(page, "Total sales") == [months, change]
    points = shown(margin, "+,.1%").replace(MINUS, "-").replace("%", " points on last year")
    assert lines_of(page, "Margin") == [months, points]
    ((gap,),) = sample.ask(
        "select sum(targeted_sales) - sum(case when targeted_sales is not null then sales_target end)"
        f" from marts.mart_sales_trend where month >= '{first}' and month < '{after}'"
    )
    words = f"{shown(gap, '+$,.3s')} against target".replace(MINUS, "-")
    assert lines_of(page, "Against target")[:2] == [words, months]


def test_a_period_is_chosen_once_for_all_pages(sample, page, screenshot):
    first, after = PERIODS["Current quarter"]
    page.set_viewport_size({"width": 1440, "height": 900})
    open_page(page, sample, screenshot, "executive-overview")
    page.get_by_text("Current year", exact=True).first.click()
    page.locator(".ant-popover").get_by_text("Current quarter", exact=True).click()
    expect(page.locator(".ant-popover")).to_contain_text(f"{first} ≤ col < {after}", timeout=30_000)
    page.locator('[data-test="date-filter-control__apply-button"]').click()
    # Superset keeps a page's filters a moment after they are applied.
    with page.expect_response(lambda answer: _keeps_filters(answer.request)):
        page.locator('[data-test="filter-bar__apply-button"]').click()
    ((sales,),) = sample.ask(f"select sum(sales) from marts.mart_sales_daily where day >= '{first}'")
    figure = page.locator('[data-test-chart-name="Total sales"] .header-line')
    expect(figure).to_have_text(shown(sales, "$,.3s"), timeout=30_000)
    open_page(page, sample, screenshot, "sales-trends")
    expect(page.get_by_text("Current quarter", exact=True)).to_be_visible(timeout=30_000)
    # the loads of Data health go by the clock
    open_page(page, sample, screenshot, "data-health")
    expect(page.get_by_text("Current quarter", exact=True)).to_have_count(0)


def notes_of(page: Page, *cards: str) -> dict[str, str]:
    """What the titles of charts say of filters and months."""
    titles = {name: page.locator(f'[data-test-chart-name="{name}"] .chart-scope') for name in cards}
    return {name: " ".join(title.all_inner_texts()) for name, title in titles.items()}


def check_notes(page: Page, expected: dict[str, str]) -> None:
    """Check what titles say, which the page writes a moment after the charts are painted."""
    deadline = time.monotonic() + 15
    while notes_of(page, *expected) != expected and time.monotonic() < deadline:
        page.wait_for_timeout(200)
    assert notes_of(page, *expected) == expected


def test_a_chart_says_which_filters_do_not_narrow_it(sample, page, screenshot):
    paseo = chosen("NATIVE_FILTER-product", "product", "Paseo")
    open_page(page, sample, screenshot, "executive-overview", paseo)
    check_notes(
        page,
        {
            "Total sales": "",
            "Against target": "not by Product",
            "Against last year": "not by Product",
            "Status": "",
        },
    )
    # where most sellers are: a chart without rows has no note
    here = chosen("NATIVE_FILTER-state", "state", "São Paulo")
    open_page(page, sample, screenshot, "e-commerce-summary", here)
    page.get_by_role("tab", name="Earnings").click()
    screenshot.wait_for_charts(page, 90)
    check_notes(
        page,
        {
            "Sellers": "by state of the seller",
            "Items": "",
            "Delivered": "",
        },
    )


def test_a_month_that_is_not_over_is_marked(sample, page, screenshot):
    """The sample has whole months only, so the page is told that its last one is not."""

    ends = []

    def with_part_of_a_month(route):
        answer = route.fetch()
        body = answer.json()
        ends.append(body["result"]["ends"])
        whole, last = END.replace(day=1) - timedelta(days=1), END.replace(day=12)
        body["result"]["ends"] = {"whole": f"{whole}", "last": f"{last}"}
        route.fulfill(response=answer, json=body)

    mark = f"{END:%b %Y} (12 of {END.day} days)"
    titles = {
        "executive-overview": {
            "Total sales": mark,
            "Sales by month and segment": mark,
            "Sales by country": "",
        },
        "sales-trends": {"Growth of sales": f"{mark} not compared", "Sales against last year by month": mark},
    }
    for slug, expected in titles.items():
        page.route(f"**/api/v1/dashboard/{slug}*", with_part_of_a_month)
        try:
            open_page(page, sample, screenshot, slug, ALL_DAYS)
        finally:
            page.unroute(f"**/api/v1/dashboard/{slug}*")
        check_notes(page, expected)
    assert [each["whole"] for each in ends] == [f"{END}"] * 2
    # the last sale may be some days before the month's end
    assert f"{END:%Y-%m}" in ends[0]["last"]


def test_all_days_are_a_choice_that_is_kept(sample, page, screenshot):
    open_page(page, sample, screenshot, "executive-overview", ALL_DAYS)
    open_page(page, sample, screenshot, "sales-trends")
    expect(page.get_by_text("No filter", exact=True)).to_be_visible(timeout=30_000)
