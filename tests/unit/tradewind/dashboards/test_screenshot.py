"""Waiting for the charts of a dashboard, on a fake page."""

import shutil

import pytest

from tests.conftest import skip
from tradewind.dashboards import screenshot

#: Tabs as Superset lays them out; the inner ones are visible only while B is open.
TABS = """
<script>
  const show = tab => {
    for (const other of tab.parentElement.querySelectorAll('[role=tab]')) {
      other.ariaSelected = other === tab
      document.querySelector(`[aria-labelledby="${other.id}"]`).hidden = other !== tab
    }
  }
</script>
<style>[hidden] { display: none }</style>
<div class="dashboard-component-tabs">
  <div>
    <button role="tab" id="a" aria-selected="true" onclick="show(this)">A</button>
    <button role="tab" id="b" aria-selected="false" onclick="setTimeout(() => show(this), 200)">B</button>
    <button role="tab" id="c" aria-selected="false" onclick="show(this)">C</button>
  </div>
  <div aria-labelledby="a"><div class="grid-row">a</div></div>
  <div aria-labelledby="b" hidden>
    <div class="dashboard-component-tabs">
      <div>
        <button role="tab" id="b1" aria-selected="true" onclick="show(this)">B 1</button>
        <button role="tab" id="b2" aria-selected="false" onclick="show(this)">B 2</button>
      </div>
      <div aria-labelledby="b1"><div class="grid-row">b1</div></div>
      <div aria-labelledby="b2" hidden><div class="grid-row">b2</div></div>
    </div>
  </div>
  <div aria-labelledby="c" hidden><div class="grid-row">c</div></div>
</div>
"""


class Page:
    """Shows one list of charts after the other, the last one forever."""

    def __init__(self, *scenes):
        self.scenes = list(scenes)

    def evaluate(self, script):
        scene = self.scenes.pop(0) if len(self.scenes) > 1 else self.scenes[0]
        return [{"id": name, "name": name, "state": state} for name, state in scene.items()]

    def wait_for_timeout(self, milliseconds):
        pass


def test_it_waits_until_the_last_chart_has_come():
    page = Page({}, {"a": "waiting"}, {"a": "painted", "b": "loading"}, {"a": "painted", "b": "painted"})
    first, second = screenshot.wait_for_charts(page, timeout=5)
    assert (first.name, first.state, second.name, second.state) == ("a", "painted", "b", "painted")
    assert first.seconds < second.seconds


def test_a_failing_chart_is_reported_as_such():
    charts = screenshot.wait_for_charts(Page({"a": "loading"}, {"a": "error", "b": "empty"}), timeout=5)
    assert [chart.state for chart in charts] == ["error", "empty"]


def test_a_chart_that_never_comes_is_still_loading():
    charts = screenshot.wait_for_charts(Page({"a": "painted", "b": "loading"}), timeout=0.05)
    assert [chart.state for chart in charts] == ["painted", "loading"]


def test_a_page_without_charts_is_a_fault():
    with pytest.raises(screenshot.DashboardFault, match="no chart"):
        screenshot.wait_for_charts(Page({}), timeout=0.05)


def test_a_chart_of_the_same_title_is_another_chart():
    page = Page({"a": "painted"})
    page.evaluate = lambda script: [{"id": each, "name": "Sales", "state": "painted"} for each in "12"]
    assert len(screenshot.wait_for_charts(page, timeout=5)) == 2


#: A chart without rows as Superset shows it, and one whose page says in the style's words why there are none.
EMPTY = """
<style>.said .ant-empty::after { content: "No row of these files was rejected." }</style>
<div data-test="chart-grid-component" data-test-chart-id="1" data-test-chart-name="Sales">
  <div data-test="slice-container"><div class="ant-empty">No results</div></div>
</div>
<div class="said" data-test="chart-grid-component" data-test-chart-id="2" data-test-chart-name="Rejected">
  <div data-test="slice-container"><div class="ant-empty">No results</div></div>
</div>
"""


def test_an_empty_chart_must_say_why():
    if not (shutil.which("chromium") or shutil.which("chromium-browser")):
        skip("no Chromium: apt-get install chromium")
    with screenshot.browser_page(800) as page:
        page.set_content(EMPTY)
        states = {chart.name: chart.state for chart in screenshot.wait_for_charts(page, timeout=5)}
    assert states == {"Sales": "empty", "Rejected": "painted"}


def test_every_tab_is_opened_once_and_shown_with_its_rows():
    if not (shutil.which("chromium") or shutil.which("chromium-browser")):
        skip("no Chromium: apt-get install chromium")
    row = "() => [...document.querySelectorAll('.grid-row')].find(e => e.getClientRects().length).innerText"
    with screenshot.browser_page(800) as page:
        page.set_content(TABS)
        opened = [(tab, page.evaluate(row)) for tab in screenshot.open_tabs(page)]
    assert opened == [("", "a"), ("B", "b1"), ("B 2", "b2"), ("C", "c")]


@pytest.mark.parametrize(("tab", "name"), [("", "page.png"), ("Sales & returns", "page-sales-returns.png")])
def test_pictures_of_tabs_are_saved_beside_that_of_the_page(tmp_path, tab, name):
    assert screenshot.picture_of(tmp_path / "page.png", tab) == tmp_path / name
