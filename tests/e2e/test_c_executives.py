"""An executive finds the answers to five questions in three clicks each, as docs/executives.md says."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Stack, administrators_page
from tests.e2e.test_c_pages import DASHBOARDS
from tradewind.dashboards import tree as asset_tree
from tradewind.settings import ROOT

pytestmark = pytest.mark.e2e

SLUGS = {dashboard["dashboard_title"]: dashboard["slug"] for dashboard in DASHBOARDS}
TITLES = {chart["slice_name"] for chart in asset_tree.of_kind(asset_tree.read(), "charts").values()}
_PARTS = re.split(r"^## ", (ROOT / "docs/executives.md").read_text(), flags=re.MULTILINE)[1:]
QUESTIONS = dict(part.split("\n", 1) for part in _PARTS)
MOST_CLICKS = 3


@pytest.fixture(scope="module")
def page(sample: Stack, screenshot) -> Iterator[Page]:
    with administrators_page(screenshot, sample.superset) as page:
        yield page


def chart(page: Page, name: str):
    return page.locator(f'[data-test-chart-name="{name}"]:visible')


def follow(page: Page, base: str, step: str) -> None:
    """Do what a step says.

    Raises:
        ValueError: if it says something else than steps do.
    """
    if found := re.fullmatch(r"Open the page \*(.+)\*\.", step):
        page.goto(f"{base}/superset/dashboard/{SLUGS[found[1]]}/", wait_until="commit")
    elif found := re.fullmatch(r"Click the tab \*(.+)\*\.", step):
        page.locator(".dashboard-component-tabs [role=tab]", has_text=found[1]).click()
    elif found := re.fullmatch(r"Click the first name in \*(.+)\*\.", step):
        chart(page, found[1]).locator("td.dt-is-filter").first.click()
    elif found := re.fullmatch(r"Click the heading \*(.+)\* of \*(.+)\* twice\.", step):
        chart(page, found[2]).locator("th", has_text=re.compile(f"^{found[1]}$")).dblclick()
    else:
        raise ValueError(step)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_answered_in_three_clicks(sample, page, screenshot, question):
    steps = re.findall(r"^\d\. (.+)$", QUESTIONS[question], re.MULTILINE)
    clicks = sum(2 if step.endswith(" twice.") else 1 for step in steps[1:])
    assert steps[0].startswith("Open the page") and clicks <= MOST_CLICKS
    seen: set[str] = set()
    for step in steps:
        follow(page, sample.superset.base, step)
        seen |= {each.name for each in screenshot.wait_for_charts(page, 90)}
    prose = re.sub(r"^\d\. .+$", "", QUESTIONS[question], flags=re.MULTILINE).replace("\n", " ")
    named = set(re.findall(r"\*([^*]+)\*", prose)) & TITLES
    assert named and named <= seen
    if question.startswith("Which country"):
        country = page.locator('[data-test="filter-bar"] .ant-tag')
        expect(country).to_have_count(1)
        assert chart(page, "Against target").locator(".chart-scope").count() == 0
    if question.startswith("Which products"):
        ((least,),) = sample.ask(
            "select product from marts.mart_sales_monthly group by product, date_trunc('year', month)"
            " order by date_trunc('year', month) desc, sum(profit) limit 1"
        )
        expect(chart(page, "Products").locator("tbody td").first).to_have_text(least)


def test_there_are_five_questions():
    assert len(QUESTIONS) == 5
