"""The marks of a dashboard's charts: where they are painted, what they show, and what a click on one filters.

A chart of ECharts is one picture; the library itself says where on it the marks are.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import ElementHandle, Locator, Page, Request, Route

# Seconds that a busy page may take to paint, or to ask after a click.
_PATIENCE = 30

_MARK = Path(__file__).with_suffix(".js").read_text()


#: Column, operator and values.
Filter = tuple[str, str, tuple[Any, ...]]


@dataclass(frozen=True)
class Mark:
    """The largest mark of a chart; `shown` is None if nothing of it can be clicked."""

    form: dict[str, Any]
    x: float
    y: float
    shown: dict[str, Any] | None


def mark_of(chart: Locator, named: str | None = None) -> Mark:
    """The largest mark of a chart, or the one with this name."""
    # a chart that follows a filter is taken away for a moment
    chart.locator('[id^="chart-id-"]').first.wait_for(timeout=1000 * _PATIENCE)
    return Mark(**chart.evaluate(_MARK, named))


def region_of_map(page: Page, code: str) -> ElementHandle:
    """The region with this ISO code; another one after each filter."""
    page.locator("path.map-member").first.wait_for()
    regions = "[...document.querySelectorAll('path.region')]"
    find = f"code => {regions}.find(region => region.__data__.properties.ISO === code)"
    return page.evaluate_handle(find, code).as_element()


@dataclass
class Questions:
    """What the page's charts ask the server for; the answers to the first of each chart are given again.

    So clicks cost no queries, and the marks stay where they are.
    """

    page: Page
    answers: dict[int, bytes] = field(default_factory=dict)
    asked: list[set[Filter]] = field(default_factory=list)

    def answer(self, route: Route, request: Request) -> None:
        body = request.post_data_json
        chart = body["form_data"].get("slice_id")
        if chart not in self.answers:
            response = route.fetch()
            self.answers[chart] = response.body()
            route.fulfill(response=response)
            return
        self.asked.append({_filter(one) for query in body["queries"] for one in query.get("filters", [])})
        route.fulfill(status=200, content_type="application/json", body=self.answers[chart])

    def after_click(self, mark: Mark, is_wanted: Callable[[set[Filter]], bool]) -> bool:
        """Click the mark, and wait until a chart asks with filters as wanted; False if none does."""
        self.asked = []
        # a line has points only while the mouse is on them
        self.page.mouse.move(mark.x, mark.y)
        self.page.wait_for_timeout(50)
        self.page.mouse.click(mark.x, mark.y)
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end and not any(map(is_wanted, self.asked)):
            self.page.wait_for_timeout(50)
        return any(map(is_wanted, self.asked))


def _filter(one: dict[str, Any]) -> Filter:
    value = one.get("val")
    return str(one["col"]), one["op"], tuple(value) if isinstance(value, list) else (value,)


@contextmanager
def questions(page: Page) -> Iterator[Questions]:
    """Watch what charts ask for until the end of the block."""
    asked = Questions(page)
    page.route("**/api/v1/chart/data*", asked.answer)
    try:
        yield asked
    finally:
        page.unroute("**/api/v1/chart/data*")
