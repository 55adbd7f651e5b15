"""A file is dropped, and an executive sees the figures of the file, to the cent."""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from tests.e2e.conftest import ALL_DAYS, administrators_page
from tests.integration.dbt.test_published_figures import PROFIT_BY_SEGMENT, SALES_BY_COUNTRY, TOTALS
from tests.integration.ingestion.readers.test_broken_rows import BROKEN, broken_copy
from tradewind.report.numbers import shown

pytestmark = pytest.mark.e2e

MART = "mart_sales_monthly"
METRICS = {
    "total_sales": "sales",
    "units_sold": "units_sold",
    "gross_sales": "gross_sales",
    "discounts": "discounts",
    "cogs": "cogs",
    "profit": "profit",
}
#: Of the executive overview, where there is no source but sales.
CHARTS = {
    "Status",
    "Period",
    "Data as of",
    "Total sales",
    "Units sold",
    "Profit",
    "Margin",
    "Against last year",
    "Average price",
    "Discount rate",
    "Sales by month and segment",
    "Sales and units by product",
    "Sales by segment",
    "Sales by country",
    "Sales by country, ranked",
    "Profit by country and segment",
}


@pytest.fixture(scope="module")
def page(stack, screenshot):
    with administrators_page(screenshot, stack.superset) as page:
        yield page


@pytest.fixture
def overview(stack, page, screenshot):
    """Opens the executive overview: `with overview(width) as page`, logged in, charts of all days painted."""

    @contextmanager
    def open_page(width: int, prefers: str = "light", days: str = ALL_DAYS):
        page.emulate_media(color_scheme=prefers)
        screenshot.resize(page, width)
        page.goto(f"{stack.superset.base}/superset/dashboard/executive-overview/{days}")
        screenshot.wait_for_charts(page, 90)
        try:
            yield page
        finally:
            page.evaluate("localStorage.clear()")  # what the reader has chosen

    return open_page


def cents(value: float | Decimal) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


def test_an_empty_warehouse_is_up_and_reported_as_empty(stack):
    again = stack.shell("SAMPLE=0 make up")
    assert "Everything is running." in again
    assert "✓" not in again, "nothing was prepared anew"
    assert "none yet: drop a file" in stack.shell("make status")
    assert stack.ask(f"select count(*) from marts.{MART}") == [(0,)]


def test_ten_broken_rows(stack, financials, tmp_path):
    path, _ = broken_copy(financials, tmp_path)
    run = stack.drop(path)
    assert run["state"] == "success"
    log = stack.airflow.task_log("ingest", run["dag_run_id"], "load")
    assert re.search(r"^warning broken.csv: loaded, .*\b10 rejected", log, re.MULTILINE)
    assert stack.ask("select rows_read, rows_loaded, rows_rejected from marts.mart_data_status") == [
        (700, 690, 10)
    ]
    rejected = stack.shell(".venv/bin/python -m ingestion rejected --json")
    for line, (_, _, column, _, reason) in BROKEN.items():
        assert f'"line": {line},' in rejected
        assert reason.split("'")[0] in rejected, (line, column)


def test_the_dashboard_says_that_ten_rows_were_rejected(stack, overview):
    superset = stack.superset
    (status,) = superset.chart_data("mart_data_status", ["rows_rejected", "rows_loaded"], ["source_name"])
    assert (status["rows_rejected"], status["rows_loaded"]) == (10, 690)
    with overview(1440) as page:
        line = page.locator('[data-test-chart-name="Status"] a.status-bad')
        assert "Real data \u00b7 Data as of 1 Dec 2014 \u00b7" in line.inner_text()
        assert "\u00b7 10 rows rejected \u00b7" in line.inner_text()
        assert line.get_attribute("href") == "/superset/dashboard/data-health/"
        tile = page.locator('[data-test-chart-name="Data as of"]').inner_text()
    *headings, row = [line.strip() for line in tile.split("\n") if line.strip()][1:]
    shown = dict(zip(headings, row.split("\t"), strict=True))
    assert (shown["Rows loaded"], shown["Rows rejected"], shown["Kind of data"]) == ("690", "10", "Real data")


def test_the_published_file(stack, financials):
    stack.empty()
    run = stack.drop(financials)
    assert run["state"] == "success"
    assert stack.ask("select rows_read, rows_loaded, rows_rejected from ops.loads", role="loader") == [
        (700, 700, 0)
    ]
    sums = ", ".join(f"sum({measure})" for measure in TOTALS)
    assert [str(cents(total)) for total in stack.ask(f"select {sums} from marts.{MART}")[0]] == [
        str(cents(total)) for total in TOTALS.values()
    ]


def test_charts_return_the_figures_of_the_marts(stack):
    superset = stack.superset
    (totals,) = superset.chart_data(MART, list(METRICS), [])
    assert {measure: cents(totals[metric]) for metric, measure in METRICS.items()} == {
        name: cents(total) for name, total in TOTALS.items()
    }
    countries = superset.chart_data(MART, ["total_sales"], ["country"])
    assert {row["country"]: cents(row["total_sales"]) for row in countries} == {
        name: cents(total) for name, total in SALES_BY_COUNTRY.items()
    }
    segments = superset.chart_data(MART, ["profit"], ["segment"])
    assert {row["segment"]: cents(row["profit"]) for row in segments} == {
        name: cents(total) for name, total in PROFIT_BY_SEGMENT.items()
    }


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_every_chart_is_painted(stack, page, screenshot, width, tmp_path):
    picture = tmp_path / f"{width}.png"
    charts = screenshot.paint(page, stack.superset.base, "executive-overview", picture, [width])
    assert {chart.name for chart in charts} == CHARTS
    assert {chart.state for chart in charts} == {"painted"}
    assert picture.stat().st_size > 50_000


def test_a_phone_shows_two_cards_or_one_chart_per_row(overview):
    with overview(390) as page:
        boxes = {
            name: page.locator(f'.resizable-container:has([data-test-chart-name="{name}"])').bounding_box()
            for name in ("Total sales", "Units sold", "Sales by segment", "Profit by country and segment")
        }
        assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes.values())
    assert boxes["Total sales"]["y"] == boxes["Units sold"]["y"]
    assert boxes["Sales by segment"]["width"] > 340
    assert boxes["Profit by country and segment"]["width"] > 340


def test_the_theme_is_light_until_the_reader_chooses_the_dark_one(overview):
    with overview(1440, prefers="dark") as page:
        card = page.locator('.dashboard-component-chart-holder:has([data-test-chart-name="Total sales"])')
        light = card.evaluate("card => getComputedStyle(card).backgroundColor")
        page.locator('header [aria-label="sun"]').hover()
        page.get_by_role("menuitem", name="Dark").click()
        page.wait_for_function(
            """light => getComputedStyle(document.querySelector('.dashboard-component-chart-holder'))
                .backgroundColor !== light""",
            arg=light,
        )
        dark = card.evaluate("card => getComputedStyle(card).backgroundColor")
    assert (light, dark) == ("rgb(255, 255, 255)", "rgb(22, 36, 44)")


def test_the_cards_show_the_totals(overview):
    with overview(1440) as page:
        cards = {
            name: page.locator(f'[data-test-chart-name="{name}"] .header-line').inner_text()
            for name in ("Total sales", "Units sold", "Profit", "Margin")
        }
    assert cards == {"Total sales": "$119M", "Units sold": "1.13M", "Profit": "$16.9M", "Margin": "14.2%"}


def test_a_card_says_which_months_cannot_be_compared(stack, overview):
    """The file begins in September 2013, so four months of the year to date have one a year before."""
    ((sales,),) = stack.ask(f"select sum(sales) from marts.{MART} where month >= '2014-01-01'")
    # named, since all days, which earlier tests chose, are a choice that is kept
    with overview(1440, days=ALL_DAYS.replace("No%20filter", "Current%20year")) as page:
        card = page.locator('[data-test-chart-name="Total sales"]')
        figure, lines = (card.locator(part).inner_text() for part in (".header-line", ".card-lines"))
        growth = page.locator('[data-test-chart-name="Against last year"] .card-lines').inner_text()
    assert (figure, lines) == (shown(sales, "$,.3s"), "Jan to Dec 2014\n4 of 12 months comparable")
    assert growth == "Jan to Dec 2014\n4 of 12 months compared"


def test_a_click_on_a_country_filters_the_page(overview, screenshot):
    with overview(1440) as page:
        pie = page.locator('[data-test-chart-name="Sales by country"] canvas')
        box = pie.bounding_box()
        pie.click(position={"x": box["width"] / 2 + 30, "y": box["height"] / 2})
        page.wait_for_function(
            """() => document.querySelector('[data-test-chart-name="Total sales"] .header-line')
                ?.innerText !== '$119M'""",
            timeout=30_000,
        )
        screenshot.wait_for_charts(page, 90)
        sales = page.locator('[data-test-chart-name="Total sales"] .header-line').inner_text()
    assert sales in {shown(Decimal(total), "$,.3s") for total in SALES_BY_COUNTRY.values()}


def test_the_workbook_restates_the_file(stack, workbook):
    run = stack.drop(workbook)
    assert run["state"] == "success"
    found = stack.ask(f"select sum(sales), sum(profit), sum(sales_lines) from marts.{MART}")[0]
    assert (cents(found[0]), cents(found[1]), found[2]) == (
        Decimal("118726350.26"),
        Decimal("16893702.26"),
        700,
    )
    (totals,) = stack.superset.chart_data(MART, ["total_sales", "sales_lines"], [])
    assert (cents(totals["total_sales"]), totals["sales_lines"]) == (Decimal("118726350.26"), 700)


def test_the_same_content_under_another_name_is_a_reported_no_op(stack, workbook):
    before = stack.ask("select * from ops.loads order by load_id", role="loader")
    run = stack.drop(workbook, name="renamed.xlsx")
    assert run["state"] == "success"
    log = stack.airflow.task_log("ingest", run["dag_run_id"], "load")
    assert "renamed.xlsx: known" in log
    assert "already loaded as Financial Sample.xlsx" in log
    assert stack.ask("select * from ops.loads order by load_id", role="loader") == before


def test_an_unknown_file_is_held_with_a_reason(stack, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("name,age\nAda,36\n")
    run = stack.drop(path)
    assert run["state"] == "success"
    (held,) = (stack.settings.landing / "held").iterdir()
    assert held.name.endswith("people.csv")
    ((message,),) = stack.ask("select message from ops.loads where state = 'held'", role="loader")
    assert "'name', 'age' fits no contract" in message
    assert stack.ask("select files_held from marts.mart_data_status") == [(1,)]


def test_a_load_and_build_without_airflow_refresh_the_charts(stack, financials, tmp_path):
    superset = stack.superset
    (before,) = superset.chart_data(MART, ["total_sales"], [])
    path = tmp_path / "corrected.csv"
    path.write_bytes(financials.read_bytes() + b"\r\n")  # another content: one blank line more
    stack.shell(f"make load FILES={path} && make build")
    (after,) = superset.chart_data(MART, ["total_sales"], [])
    assert (cents(before["total_sales"]), cents(after["total_sales"])) == (
        Decimal("118726350.26"),
        Decimal("118726350.29"),
    )


def test_runs_can_be_started_by_hand_with_parameters(stack, financials, tmp_path):
    airflow = stack.airflow
    elsewhere = Path(shutil.copy(financials, tmp_path / "by_hand.csv"))
    elsewhere.write_bytes(elsewhere.read_bytes() + b"\r\n\r\n")  # another content: two blank lines more
    run = airflow.trigger("ingest", {"paths": [str(elsewhere)]})
    state = wait_for_run(stack, "ingest", run)
    assert state == "success"
    assert elsewhere.exists()
    stack.wait_until_published()
    published = stack.ask("select max(published_at) from ops.publications", role="transformer")

    run = airflow.trigger("transform", {"select": "mart_sales_daily", "full_refresh": False})
    assert wait_for_run(stack, "transform", run) == "success"
    assert stack.ask("select max(published_at) from ops.publications", role="transformer") == published
    assert "partial build" in airflow.task_log("transform", run, "build")


def wait_for_run(stack, dag: str, run: str) -> str:
    from tests.e2e.conftest import wait_until

    airflow = stack.airflow
    return wait_until(
        lambda: (state := airflow.run(dag, run)["state"]) in ("success", "failed") and state,
        f"{dag} did not finish",
    )
