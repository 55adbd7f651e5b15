"""Pages write figures as the report does, with Superset's modules as webpack loads them."""

import shutil

import pytest

from tests.conftest import skip
from tests.unit.tradewind.test_report import WRITTEN
from tradewind.dashboards import screenshot
from tradewind.report.numbers import MINUS
from tradewind.settings import ROOT

SCRIPT = ROOT / "superset/brand/templates/figures.js"
#: A file of Superset's, with the class of formats, before and after webpack takes over the list of files.
FILES = """
  const kept = {}
  const load = ([, modules]) => {
    for (const [name, define] of Object.entries(modules)) define({}, kept[name] = {})
  }
  const define = (module, exports) => {
    exports.Formats = class {
      constructor() { Object.assign(this, {d3Format: {currency: ['$', '']}}, {name:"NumberFormatter"}) }
      setD3Format() {}
      get(format) { return {formatFunc: figure => `d3 ${figure} by ${format}`} }
    }
  }
  const list = window.webpackChunksuperset
  list.push([['early'], {early: define}])
  list.forEach(load)
  const before = list.push.bind(list)
  list.push = file => (before(file), load(file))
  list.push([['late'], {late: define, other: () => {}}])
"""


@pytest.fixture(scope="module")
def page():
    if not (shutil.which("chromium") or shutil.which("chromium-browser")):
        skip("no Chromium: apt-get install chromium")
    with screenshot.browser_page(800) as page:
        page.add_script_tag(content=f"{SCRIPT.read_text()}\n{FILES}")
        yield page


@pytest.mark.parametrize(("value", "spec", "expected"), WRITTEN)
def test_a_page_writes_figures_as_the_report_does(page, value, spec, expected):
    assert written(page, spec, float(value)) == [expected.replace(MINUS, "-")] * 2


@pytest.mark.parametrize("spec", ["SMART_NUMBER", ",.2f", ",.1%", ",d", "$,.2f", ",.4~s"])
def test_other_formats_are_left_to_d3(page, spec):
    assert written(page, spec, 5) == [f"d3 5 by {spec}"] * 2


def test_shares_of_slices_have_one_decimal(page):
    assert written(page, ",.2%", 5) == ["d3 5 by ,.1%"] * 2


def written(page, spec, figure):
    """The figure by the class of either file."""
    write = "([spec, figure, name]) => new kept[name].Formats().get(spec).formatFunc(figure)"
    return [page.evaluate(write, [spec, figure, name]) for name in ("early", "late")]
