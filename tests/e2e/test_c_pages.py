"""Every chart of every page is painted at two widths, none is empty: on sample data, and on real files.

Third: the warehouse then holds files of every source. Of the published companies no engagement, stock and
targets are known; their pages go on showing the sample's.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Stack, administrators_page
from tradewind.settings import ROOT

pytestmark = pytest.mark.e2e

DASHBOARDS = [
    yaml.safe_load(path.read_text()) for path in sorted((ROOT / "superset/assets/dashboards").glob("*.yaml"))
]

every_page = pytest.mark.parametrize("slug", [dashboard["slug"] for dashboard in DASHBOARDS])
WIDTHS = 1440, 1024
# The line of status and the cards above anything else, as they lie in the window; whether a
# title, a figure or its line of text is cut off, whether one of them lies over another or over
# the trend, and the sizes of their fonts, the figure's first.
FIRST_BOXES = """() => {
  const shown = [...document.querySelectorAll('[data-test="chart-grid-component"]')]
    .filter(e => e.getClientRects().length)
  const end = shown.findIndex((e, i) => i && e.dataset.testChartName !== 'Period'
    && !e.dataset.testVizType.startsWith('big_number'))
  return shown.slice(0, end < 0 ? undefined : end).map(e => {
    const holder = e.closest('.dashboard-component-chart-holder').getBoundingClientRect()
    const texts = [...e.querySelectorAll('.header-line, .subheader-line, .subtitle-line, .card-lines')]
    const parts = [...texts, ...e.querySelectorAll('canvas')].map(t => t.getBoundingClientRect())
      .filter(box => box.height)
    const [title, header] = ['.header-title a', '[data-test="slice-header"]']
      .map(each => e.querySelector(each)?.getBoundingClientRect())
    return {name: e.dataset.testChartName, kind: e.dataset.testVizType, text: e.innerText,
            left: holder.left, right: holder.right, bottom: holder.bottom, height: holder.height,
            sizes: texts.map(t => parseFloat(getComputedStyle(t).fontSize)),
            touching: parts.some((box, i) => i && box.top < parts[i - 1].bottom - 1),
            cut: title?.height > header?.height + 4
                 || texts.some(t => t.getBoundingClientRect().bottom > holder.bottom
                                    || t.scrollWidth > t.clientWidth + 1)}
  })
}"""
# Gauges, whether they are drawn, what stands in place of one, and where they and their cards lie.
GAUGES = """() => [...document.querySelectorAll('[data-test-viz-type="gauge_chart"]')].map(e => {
  const canvas = e.querySelector('canvas')
  const [card, drawing] = [e.closest('.dashboard-component-chart-holder'), canvas].map(each => {
    const {left, right} = each.getBoundingClientRect()
    return {width: right - left, middle: (left + right) / 2}
  })
  return {name: e.dataset.testChartName, words: e.querySelector('.gauge-unknown')?.innerText ?? '',
          isDrawn: getComputedStyle(canvas).visibility === 'visible', card, drawing}
})"""


@pytest.fixture(scope="module")
def published(sample: Stack, financials, orders_archive) -> Stack:
    sample.drop_together(financials, orders_archive)
    return sample


@pytest.fixture(scope="module")
def page(sample: Stack, screenshot) -> Iterator[Page]:
    with administrators_page(screenshot, sample.superset) as page:
        yield page


@every_page
def test_on_sample_data(sample, page, screenshot, slug, tmp_path):
    picture = tmp_path / "page.png"
    # raises if a chart is empty or in error, or a request fails
    charts = screenshot.paint(page, sample.superset.base, slug, picture, WIDTHS)
    assert len(charts) >= 10
    assert picture.stat().st_size > 50_000


@every_page
def test_on_published_data(published, page, screenshot, slug):
    assert screenshot.paint(page, published.superset.base, slug, widths=WIDTHS)


@every_page
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_the_cards_lie_whole_on_the_first_screen(published, page, screenshot, slug, width, height):
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{published.superset.base}/superset/dashboard/{slug}/", wait_until="commit")
    screenshot.wait_for_charts(page, 90)
    boxes = page.evaluate(FIRST_BOXES)
    assert boxes[0]["name"] == "Status"
    assert boxes[0]["height"] <= 48
    assert boxes[0]["text"].count(" \u00b7 ") == 4
    cards = [box for box in boxes[1:] if box["kind"].startswith("big_number")]
    assert len(cards) >= 4
    assert [box for box in cards if box["bottom"] > height or box["right"] > width or box["left"] < 0] == []
    assert [box for box in cards if box["cut"]] == []
    have_one_form(cards)
    if width > 1024:
        screenshot.resize(page, 1024)
        have_one_form([box for box in page.evaluate(FIRST_BOXES) if box["kind"].startswith("big_number")])


def have_one_form(cards: list[dict]) -> None:
    """Check that texts are large enough, of one size on all cards, and not over each other or the trend."""
    assert [card for card in cards if card["touching"]] == []
    assert len({card["sizes"][0] for card in cards}) == 1
    assert min(size for card in cards for size in card["sizes"]) >= 11
    assert len({size for card in cards for size in card["sizes"][1:]}) <= 1


def test_a_gauge_without_a_figure_says_so(published, page, screenshot):
    """As days of cover have none where nothing was sold of late: whether that is so depends on the files."""
    answered = []

    def without_cover(route):
        answer = route.fetch()
        body = answer.json()
        for row in (row for result in body["result"] for row in result["data"]):
            if {*row} == {"stock", "days_of_cover"}:
                row["days_of_cover"] = None
                answered.append(row)
        route.fulfill(response=answer, json=body)

    page.set_viewport_size({"width": 1440, "height": 4000})
    page.route("**/api/v1/chart/data*", without_cover)
    try:
        page.goto(f"{published.superset.base}/superset/dashboard/inventory/", wait_until="commit")
        screenshot.wait_for_charts(page, 90)
        assert answered
        page.locator(".gauge-unknown").first.wait_for()
        gauges = {gauge["name"]: gauge for gauge in page.evaluate(GAUGES)}
    finally:
        page.unroute("**/api/v1/chart/data*", without_cover)
    cover, *others = (gauges.pop("Days of cover"), *gauges.values())
    assert not cover["isDrawn"]
    assert cover["words"].startswith("No figure\nDays that the units on hand last")
    assert cover["words"].endswith("empty without demand, or where it is unknown.")
    assert [(gauge["isDrawn"], gauge["words"]) for gauge in others] == [(True, "")] * 2


def test_a_gauge_fills_the_row_of_a_phone(published, page, screenshot):
    # what lies below the window would not be painted
    page.set_viewport_size({"width": 390, "height": 4000})
    page.goto(f"{published.superset.base}/superset/dashboard/inventory/", wait_until="commit")
    screenshot.wait_for_charts(page, 90)
    # a chart has its figures a moment before it is drawn
    expect(page.locator('[data-test-viz-type="gauge_chart"] canvas')).to_have_count(3)
    gauges = page.evaluate(GAUGES)
    assert len(gauges) == 3
    for gauge in gauges:
        card, drawing = gauge["card"], gauge["drawing"]
        assert (card["width"] > 340, drawing["width"] <= card["width"]) == (True, True), gauge["name"]
        assert abs(card["middle"] - drawing["middle"]) < 4, gauge["name"]


def test_sentences_are_read_on_a_phone_without_swiping(sample, page, screenshot):
    page.set_viewport_size({"width": 390, "height": 4000})
    page.goto(f"{sample.superset.base}/superset/dashboard/what-matters/", wait_until="commit")
    screenshot.wait_for_charts(page, 90)
    found = page.evaluate(
        """() => {
          const tile = document.querySelector('[data-test-chart-name="Findings"]')
          const table = tile.querySelector('tbody').closest('table').getBoundingClientRect()
          const box = tile.closest('.dashboard-component-chart-holder').getBoundingClientRect()
          return {rows: tile.querySelectorAll('tbody tr').length,
                  isWhole: table.right <= box.right && table.bottom <= box.bottom}
        }"""
    )
    assert found["isWhole"] and found["rows"] >= 5
