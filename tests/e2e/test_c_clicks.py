"""A click on a mark filters the page by what the mark shows, on every chart; another click undoes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Stack, administrators_page
from tests.e2e.marks import Filter, Mark, Questions, mark_of, questions, region_of_map
from tradewind.settings import ROOT

pytestmark = pytest.mark.e2e

SLUGS = [
    yaml.safe_load(path.read_text())["slug"]
    for path in sorted((ROOT / "superset/assets/dashboards").glob("*.yaml"))
]
#: Charts with one figure, or steps towards one: no member of a column is to be clicked.
WITHOUT_MEMBERS = ("big_number", "waterfall")

#: Milliseconds that a busy page may take to show what was clicked.
PATIENCE = 30_000
#: What clicks filter by, in the filter bar.
FILTERED = '[data-test="filter-bar"] .ant-tag'
#: What a chart without rows shows in place of marks.
EMPTY = ".ant-empty"
#: A map that is not drawn by React, and tells which element was clicked.
UNKNOWN_MAP = """
<div data-test="chart-grid-component"><div id="chart-id-1"><div _echarts_instance_="1">
  <svg class="superset-legacy-chart-country-map"><path class="region" d="M0 0h99v99H0z"/></svg>
</div></div></div>
<script>document.onclick = event => { document.title += event.target.tagName }</script>"""


@pytest.fixture(scope="module")
def page(sample: Stack, screenshot) -> Iterator[Page]:
    with administrators_page(screenshot, sample.superset) as page:
        yield page


def expected(mark: Mark) -> list[tuple[str, Any]]:
    """Columns and values that the mark shows, by the chart's form."""
    form, shown = mark.form, mark.shown or {}
    group, kind = form.get("groupby") or [], form["viz_type"]
    if kind == "country_map":
        return [(form["entity"], shown["name"])]
    if kind == "bubble_v2":
        pairs = zip((form["entity"], form.get("series")), shown["value"][3:], strict=True)
        return [(column, value) for column, value in pairs if column]
    if kind == "heatmap_v2" and "month" in group:
        # the cell shows it in words, so what was clicked is not known
        return []
    if kind == "gauge_chart":
        return [(group[0], shown["name"].split(": ")[1])]
    if kind in ("table", "pie"):
        return [(column, shown["name"]) for column in group[:1]]
    if group and kind != "heatmap_v2":
        return [(group[0], shown["series"])]
    return [(form["x_axis"], shown["name"])] if shown["name"] else []


def _click(
    asked: Questions,
    chart: Locator,
    mark: Mark,
    is_wanted: Callable[[set[Filter]], bool],
    named: str | None = None,
) -> bool:
    """Click the mark, and again if it moved before the click reached it, so that no chart asked anything."""
    for _ in range(3):
        if asked.after_click(mark, is_wanted):
            return True
        if asked.asked:
            break
        mark = mark_of(chart, named)
    return False


@pytest.mark.parametrize("slug", SLUGS)
def test_a_mark_filters_by_what_it_shows(sample, page, screenshot, slug):
    clicked, faults = set(), []
    with questions(page) as asked:
        page.goto(f"{sample.superset.base}/superset/dashboard/{slug}/", wait_until="commit")
        for _ in screenshot.open_tabs(page):
            screenshot.wait_for_charts(page, 90)
            # Marks grow for a moment after their chart has appeared.
            page.wait_for_timeout(1000)
            for chart in page.locator('[data-test="chart-grid-component"]:visible').all():
                name, kind = (chart.get_attribute(f"data-test-{key}") for key in ("chart-name", "viz-type"))
                if name in clicked or kind.startswith(WITHOUT_MEMBERS):
                    continue
                clicked.add(name)
                # a map is painted again after its own click
                screenshot.wait_for_charts(page, 90)
                if chart.locator(EMPTY).count():
                    continue
                mark = mark_of(chart)
                if not mark.shown or not (shown := expected(mark)):
                    continue
                wanted = {(column, "IN", (value,)) for column, value in shown}
                if not _click(asked, chart, mark, wanted.issubset):
                    faults.append(f"{name} ({kind}): {wanted} not among {asked.asked}")
                    continue
                screenshot.wait_for_charts(page, 90)
                if not _click(asked, chart, mark, wanted.isdisjoint):
                    faults.append(f"{name} ({kind}): a second click leaves {asked.asked}")
            if not faults:
                expect(page.locator(FILTERED)).to_have_count(0, timeout=PATIENCE)
    assert not faults, "\n".join(faults)
    assert len(clicked) >= 5


@pytest.mark.parametrize("name", ["Sales by country", "Sales and units by product"])
def test_others_filters_by_what_the_chart_does_not_name(sample, page, screenshot, name):
    def of_three(route):
        """The sample has no more members than charts show, so the charts are to show fewer."""
        answer = route.fetch()
        body = answer.json()
        for chart in body["result"]:
            chart["form_data"] |= {limit: 3 for limit in ("limit", "limit_b") if limit in chart["form_data"]}
        route.fulfill(response=answer, json=body)

    def of_column(filters):
        return [(operator, len(values)) for one, operator, values in filters if one == column]

    page.route("**/api/v1/dashboard/*/charts", of_three)
    try:
        with questions(page) as asked:
            page.goto(f"{sample.superset.base}/superset/dashboard/executive-overview/", wait_until="commit")
            screenshot.wait_for_charts(page, 90)
            page.wait_for_timeout(1000)
            chart = page.locator(f'[data-test-chart-name="{name}"]')
            column = expected(mark_of(chart))[0][0]
            others = mark_of(chart, "Others")
            for wanted in [("NOT IN", 3)], []:
                assert _click(asked, chart, others, lambda found, to=wanted: of_column(found) == to, "Others")
    finally:
        page.unroute("**/api/v1/dashboard/*/charts", of_three)


def test_a_region_without_a_figure_is_no_filter(sample, page, screenshot):
    answered = []

    def without_acre(route):
        answer = route.fetch()
        body = answer.json()
        body["data"] = [row for row in body["data"] if row["country_id"] != "BR-AC"]
        answered.append(route.request.url)
        route.fulfill(response=answer, json=body)

    # maps ask another address than all other charts
    page.route("**/superset/explore_json/*", without_acre)
    try:
        page.goto(f"{sample.superset.base}/superset/dashboard/e-commerce-summary/", wait_until="commit")
        screenshot.wait_for_charts(page, 90)
        assert answered
        region_of_map(page, "BR-AC").click()
        page.wait_for_timeout(1000)
        expect(page.locator(FILTERED)).to_have_count(0)
        region_of_map(page, "BR-SP").click()
        expect(page.locator(FILTERED)).to_contain_text("São Paulo", timeout=PATIENCE)
        screenshot.wait_for_charts(page, 90)
    finally:
        page.unroute("**/superset/explore_json/*", without_acre)


def test_back_undoes_a_click_and_clear_all_clears_it(sample, page, screenshot):
    filtered = page.locator(FILTERED)
    with questions(page):
        page.goto(f"{sample.superset.base}/superset/dashboard/executive-overview/", wait_until="commit")
        screenshot.wait_for_charts(page, 90)
        page.wait_for_timeout(1000)
        address = page.url.split("?")[0]
        for name in "Sales by country", "Sales by segment":
            mark = mark_of(page.locator(f'[data-test-chart-name="{name}"]'))
            page.mouse.click(mark.x, mark.y)
            expect(filtered.last).to_contain_text(mark.shown["name"], timeout=PATIENCE)
            # Superset stores the filters, and changes the address, a moment later.
            page.wait_for_timeout(1000)
        page.go_back()
        expect(filtered).to_have_count(1, timeout=PATIENCE)
        page.go_back()
        expect(filtered).to_have_count(0, timeout=PATIENCE)
        page.go_forward()
        page.go_forward()
        expect(filtered).to_have_count(2, timeout=PATIENCE)
        page.locator('[data-test="filter-bar__clear-button"]').click()
        expect(filtered).to_have_count(0, timeout=PATIENCE)
        assert page.url.split("?")[0] == address


def test_the_table_of_drill_by_has_titles(sample, page, screenshot):
    page.goto(f"{sample.superset.base}/superset/dashboard/executive-overview/", wait_until="commit")
    screenshot.wait_for_charts(page, 90)
    page.wait_for_timeout(1000)
    mark = mark_of(page.locator('[data-test-chart-name="Sales by segment"]'))
    page.mouse.click(mark.x, mark.y, button="right")
    menu = page.locator('[data-test="chart-context-menu"]')
    menu.get_by_text("Drill by", exact=True).hover()
    page.locator('[data-test="drill-by-submenu"]').get_by_text("Discount band", exact=True).click()
    page.locator(".ant-modal").get_by_text("Table", exact=True).click()
    headings = page.locator('[data-test="drill-by-results-table"] .ag-header-cell-text')
    expect(headings).to_have_text(["Discount band", "Sales", "Sales, share"], timeout=PATIENCE)
    page.locator('[data-test="close-drill-by-modal"]').click()


def test_where_superset_differs_a_click_is_left_alone(page):
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto("about:blank")
    page.set_content(UNKNOWN_MAP)
    folder = ROOT / "superset/brand/templates"
    names = re.findall(r'include "(.+\.js)"', (folder / "head_custom_extra.html").read_text())
    assert sorted(names) == sorted(path.name for path in folder.glob("*.js"))
    page.add_script_tag(content="\n".join((folder / name).read_text() for name in names))
    page.locator("path.region").click()
    assert (page.title(), faults) == ("path", [])
