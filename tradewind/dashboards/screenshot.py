"""Takes a picture of every tab of a dashboard, as a viewer, when all its charts are painted.

Fails with the names of the charts that are in error, or empty without saying why, and with every failed
request or script.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from playwright.sync_api import Page, TimeoutError, sync_playwright

# Superset draws a chart only when it is scrolled to, so the window is taller than any dashboard.
_TALL = 4000
# An empty chart that says why does so in the words of `dashboard.css`.
_CHARTS = """() => {
  const isBlank = e => getComputedStyle(e, '::after').content === 'none'
  const stateOf = e => e.querySelector('.ant-alert-error') ? 'error'
    : e.querySelector('[data-test="loading-indicator"]') ? 'loading'
    : e.querySelector('.ant-empty') ? isBlank(e.querySelector('.ant-empty')) ? 'empty' : 'painted'
    : e.querySelector('[data-test="slice-container"] [id^="chart-id-"]') ? 'painted' : 'waiting'
  return [...document.querySelectorAll('[data-test="chart-grid-component"]')]
    .filter(e => e.getClientRects().length)
    .map(e => ({id: e.dataset.testChartId, name: e.dataset.testChartName, state: stateOf(e)}))
}"""
_CONTENT_HEIGHT = """() => Math.ceil(Math.max(...[...document.querySelectorAll('.grid-row')]
  .map(e => e.getBoundingClientRect().bottom))) + 24"""
# Visible tabs; inner ones first, since they disappear with the outer tab that contains them.
_TABS = """() => {
  const depth = e => (e = e.parentElement?.closest('.dashboard-component-tabs')) ? 1 + depth(e) : 0
  return [...document.querySelectorAll('.dashboard-component-tabs [role=tab]')]
    .filter(e => e.getClientRects().length)
    .map(e => ({id: e.id, name: e.innerText.trim(), open: e.getAttribute('aria-selected') === 'true',
                depth: depth(e)}))
    .sort((one, other) => other.depth - one.depth)
}"""
_HAS_ROWS = """id => [...document.querySelectorAll(`[aria-labelledby="${id}"] .grid-row`)]
  .some(e => e.getClientRects().length)"""


@dataclass(frozen=True)
class ChartState:
    """A chart, and the seconds from requesting its page or tab until it stopped loading.

    `tab` is empty for charts that are visible without opening another tab.
    """

    name: str
    state: str
    seconds: float
    id: str = ""
    tab: str = ""


class DashboardFault(RuntimeError):
    """The dashboard does not look as it should; the message lists what is wrong."""


def paint_dashboard(
    base_url: str,
    user: str,
    password: str,
    slug: str,
    out: Path | None = None,
    widths: Sequence[int] = (1440,),
    timeout: float = 90,
) -> list[ChartState]:
    """Show the dashboard and all its tabs, take pictures, and return when each chart was painted.

    `out` shows what is visible at first; the picture of a further tab has the tab's name too:
    `page.png`, `page-earnings.png`. Each tab is shown at all `widths`; pictures are of the first.
    The dashboard's time to first paint is the largest of the `seconds` of the charts without a tab.

    Raises:
        DashboardFault: if a chart is empty, in error or does not appear, or a request or a script fails.
    """
    with browser_page(widths[0]) as page:
        log_in(page, base_url, user, password)
        return paint(page, base_url, slug, out, widths, timeout)


def paint(
    page: Page,
    base_url: str,
    slug: str,
    out: Path | None = None,
    widths: Sequence[int] = (1440,),
    timeout: float = 90,
) -> list[ChartState]:
    """As `paint_dashboard`, on the page of somebody who is logged in.

    A further dashboard on the same page takes half as long: the browser keeps Superset's scripts.
    """
    faults: list[str] = []
    listeners = {
        "response": lambda answer: _note_answer(answer, faults),
        "pageerror": lambda error: faults.append(f"script error: {error}"),
    }
    for event, listener in listeners.items():
        page.on(event, listener)
    try:
        charts = _visit(page, f"{base_url}/superset/dashboard/{slug}/", out, widths, timeout, faults)
    finally:
        for event, listener in listeners.items():
            page.remove_listener(event, listener)
    bad = [chart for chart in charts if chart.state != "painted"]
    faults += [f"chart '{chart.name}' is {chart.state}" for chart in bad]
    if faults:
        raise DashboardFault("; ".join(faults))
    return charts


def _visit(
    page: Page, url: str, out: Path | None, widths: Sequence[int], timeout: float, faults: list[str]
) -> list[ChartState]:
    """Show every tab at all widths, and take the pictures."""
    charts: dict[str, ChartState] = {}
    resize(page, widths[0])
    page.goto(url, wait_until="commit")
    for tab in open_tabs(page):
        for width in widths:
            resize(page, width)
            try:
                states = wait_for_charts(page, timeout)
            except DashboardFault as fault:
                raise DashboardFault("; ".join([str(fault), *faults])) from None
            for chart in states:
                # A chart above the tabs is shown with each of them, and may break with any.
                if chart.id not in charts or chart.state != "painted":
                    charts[chart.id] = replace(chart, tab=tab)
            if out and width == widths[0]:
                _photograph(page, picture_of(out, tab), width)
        resize(page, widths[0])
    return list(charts.values())


def open_tabs(page: Page) -> Iterator[str]:
    """Open one tab after the other, including nested ones; yields each once its rows are there.

    Yields the name of the opened tab; first an empty one, for the page as it opened.
    """
    yield ""
    seen: set[str] = set()
    while True:
        tabs = page.evaluate(_TABS)
        seen |= {tab["id"] for tab in tabs if tab["open"]}
        closed = [tab for tab in tabs if tab["id"] not in seen]
        if not closed:
            return
        page.locator(f'[id="{closed[0]["id"]}"]').click()
        page.wait_for_function(_HAS_ROWS, arg=closed[0]["id"])
        yield closed[0]["name"]


def picture_of(out: Path, tab: str) -> Path:
    """Path of a tab's picture: `page.png` and the tab Earnings make `page-earnings.png`."""
    name = re.sub(r"\W+", "-", tab.lower()).strip("-")
    return out.with_stem(f"{out.stem}-{name}") if name else out


def resize(page: Page, width: int) -> None:
    """Give the window another width, in pixels, and wait until its charts have followed."""
    if page.viewport_size["width"] != width:
        page.set_viewport_size({"width": width, "height": _TALL})
        # Charts are redrawn a moment after their frame has its new size.
        page.wait_for_timeout(500)


def _photograph(page: Page, out: Path, width: int) -> None:
    # Lines and slices still grow for a moment after a chart has appeared.
    page.wait_for_timeout(1500)
    page.set_viewport_size({"width": width, "height": page.evaluate(_CONTENT_HEIGHT)})
    page.wait_for_timeout(300)
    out.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=out)
    page.set_viewport_size({"width": width, "height": _TALL})


@contextmanager
def browser_page(width: int) -> Iterator[Page]:
    """A page of a headless browser: the system's Chromium if there is one, else Playwright's."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or None,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        try:
            yield browser.new_page(viewport={"width": width, "height": _TALL}, color_scheme="light")
        finally:
            browser.close()


def log_in(page: Page, base_url: str, user: str, password: str) -> None:
    """Sign in with the form; again if a request of the login page itself undid the login.

    Raises:
        DashboardFault: if the form comes back each time.
    """
    for _ in range(3):
        page.goto(f"{base_url}/login/")
        page.fill("[data-test=username-input]", user)
        page.fill("[data-test=password-input]", password)
        page.click("[data-test=login-button]")
        try:
            # The page that Superset opens on need not be painted.
            page.wait_for_url(lambda url: "/login" not in url, wait_until="commit", timeout=20_000)
        except TimeoutError:
            continue
        return
    raise DashboardFault(f"the login of {user} failed")


def wait_for_charts(page: Page, timeout: float) -> list[ChartState]:
    """Wait until no chart is loading; those still loading at the end are returned as such."""
    start = time.perf_counter()
    rested: dict[str, ChartState] = {}
    while True:
        elapsed = time.perf_counter() - start
        charts = [ChartState(seconds=elapsed, **item) for item in page.evaluate(_CHARTS)]
        busy = [chart for chart in charts if chart.state in {"loading", "waiting"}]
        # By id: two charts may have one title.
        rested = {chart.id: rested.get(chart.id, chart) for chart in charts if chart not in busy}
        if charts and not busy:
            return list(rested.values())
        if elapsed > timeout:
            if not charts:
                raise DashboardFault(f"no chart appeared within {timeout:.0f} s")
            return [*rested.values(), *busy]
        page.wait_for_timeout(50)


def _note_answer(answer, faults: list[str]) -> None:
    if answer.status >= 400:
        faults.append(f"HTTP {answer.status} from {answer.url}")


def main() -> int:
    """Take the picture; exit code 1 with the faults when there are any."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], epilog="The password is read from SUPERSET_PASSWORD."
    )
    parser.add_argument("--url", default="http://127.0.0.1:8088")
    parser.add_argument("--user", default="admin")
    parser.add_argument("--dashboard", default="executive-overview", help="slug of the dashboard")
    parser.add_argument("--out", type=Path, required=True, help="PNG file to write; others go beside it")
    parser.add_argument("--width", type=int, default=1440, help="width of the window in pixels")
    args = parser.parse_args()
    password = os.environ.get("SUPERSET_PASSWORD")
    if not password:
        print("SUPERSET_PASSWORD is not set in the environment", file=sys.stderr)
        return 1
    try:
        charts = paint_dashboard(args.url, args.user, password, args.dashboard, args.out, [args.width])
    except DashboardFault as fault:
        print(fault, file=sys.stderr)
        return 1
    for chart in charts:
        print(f"{chart.seconds:5.1f} s  {chart.tab and chart.tab + ': '}{chart.name}")
    first = max(chart.seconds for chart in charts if not chart.tab)
    print(f"{len(charts)} charts painted, those visible at first within {first:.1f} s: {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
