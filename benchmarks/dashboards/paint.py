"""The page in a browser: its first paint, its first chart, all of its charts."""

from __future__ import annotations

import time
from dataclasses import dataclass

from playwright.sync_api import Page

from benchmarks.dashboards.page import SLUG
from benchmarks.dashboards.rounds import WrongAnswer
from benchmarks.dashboards.stack import VIEWER, Stack
from tradewind.dashboards.screenshot import browser_page, log_in, wait_for_charts

_WIDTH, _TIMEOUT = 1440, 90

#: The browser's own measurement: milliseconds from the start of the navigation.
_FIRST_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN"


@dataclass(frozen=True, slots=True)
class Visit:
    """Seconds from requesting the page until anything, the first chart and all charts were painted."""

    paint: float
    first_chart: float
    all_charts: float


def paint(stack: Stack, charts: int) -> tuple[Visit, Visit]:
    """Open the page with empty caches in browser and server, and once more with full ones.

    Raises:
        WrongAnswer: if not all charts were painted.
    """
    with browser_page(_WIDTH) as page:
        log_in(page, stack.base, VIEWER, stack.viewer_password)
        page.goto("about:blank")
        page.context.new_cdp_session(page).send("Network.clearBrowserCache")
        stack.forget_charts()
        return _visit(page, stack.base, charts), _visit(page, stack.base, charts)


def _visit(page: Page, base: str, charts: int) -> Visit:
    started = time.perf_counter()
    page.goto(f"{base}/superset/dashboard/{SLUG}/", wait_until="commit")
    before = time.perf_counter() - started
    states = wait_for_charts(page, _TIMEOUT)
    if bad := [chart for chart in states if chart.state != "painted"]:
        raise WrongAnswer(f"in the browser {bad[0].name} is {bad[0].state}")
    if len(states) != charts:
        raise WrongAnswer(f"the browser shows {len(states)} charts instead of {charts}")
    seconds = [before + chart.seconds for chart in states]
    first_paint = page.evaluate(_FIRST_PAINT) / 1000
    page.goto("about:blank")
    return Visit(first_paint, min(seconds), max(seconds))
