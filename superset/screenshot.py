"""Open a dashboard in a browser as a viewer does, wait until every chart is painted, and take its picture.

Fails with the names of the charts that are empty or in error, and with every failed request or script.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

# Superset draws a chart only when it is scrolled to, so the window is taller than any dashboard.
_TALL = 4000
_CHARTS = """() => [...document.querySelectorAll('[data-test="chart-grid-component"]')]
  .filter(e => e.getClientRects().length)
  .map(e => ({name: e.dataset.testChartName, state:
    e.querySelector('.ant-alert-error') ? 'error'
    : e.querySelector('[data-test="loading-indicator"]') ? 'loading'
    : e.querySelector('.ant-empty') ? 'empty'
    : e.querySelector('[data-test="slice-container"] [id^="chart-id-"]') ? 'painted' : 'waiting'}))"""
_CONTENT_HEIGHT = """() => Math.ceil(Math.max(...[...document.querySelectorAll('.grid-row')]
  .map(e => e.getBoundingClientRect().bottom))) + 24"""


@dataclass(frozen=True)
class ChartState:
    """A chart, and how many seconds after the page was asked for it had come to rest."""

    name: str
    state: str
    seconds: float


class DashboardFault(RuntimeError):
    """The dashboard does not look as it should; the message lists what is wrong."""


def paint_dashboard(
    base_url: str,
    user: str,
    password: str,
    slug: str,
    out: Path | None = None,
    width: int = 1440,
    timeout: float = 90,
) -> list[ChartState]:
    """Show the dashboard, write its picture to `out`, and say when each chart was painted.

    The dashboard's time to first paint is the largest of the charts' `seconds`.
    """
    faults: list[str] = []
    with browser_page(width) as page:
        log_in(page, base_url, user, password)
        page.on("response", lambda answer: _note_answer(answer, faults))
        page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
        page.goto(f"{base_url}/superset/dashboard/{slug}/", wait_until="commit")
        charts = wait_for_charts(page, timeout)
        if out:
            # Lines and slices still grow for a moment after a chart has come.
            page.wait_for_timeout(1500)
            page.set_viewport_size({"width": width, "height": page.evaluate(_CONTENT_HEIGHT)})
            page.wait_for_timeout(300)
            out.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=out)
    faults += [f"chart '{chart.name}' is {chart.state}" for chart in charts if chart.state != "painted"]
    if faults:
        raise DashboardFault("; ".join(faults))
    return charts


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
    """Sign in by the form."""
    page.goto(f"{base_url}/login/")
    page.fill("[data-test=username-input]", user)
    page.fill("[data-test=password-input]", password)
    page.click("[data-test=login-button]")
    page.wait_for_url(lambda url: "/login" not in url)


def wait_for_charts(page: Page, timeout: float) -> list[ChartState]:
    """Wait until no chart is loading; those still loading at the end are returned as such."""
    start = time.perf_counter()
    rested: dict[str, ChartState] = {}
    while True:
        elapsed = time.perf_counter() - start
        charts = [ChartState(item["name"], item["state"], elapsed) for item in page.evaluate(_CHARTS)]
        busy = [chart for chart in charts if chart.state in {"loading", "waiting"}]
        rested = {chart.name: rested.get(chart.name, chart) for chart in charts if chart not in busy}
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
    parser.add_argument("--out", type=Path, required=True, help="PNG file to write")
    parser.add_argument("--width", type=int, default=1440, help="width of the window in pixels")
    args = parser.parse_args()
    password = os.environ.get("SUPERSET_PASSWORD")
    if not password:
        print("SUPERSET_PASSWORD is not set in the environment", file=sys.stderr)
        return 1
    try:
        charts = paint_dashboard(args.url, args.user, password, args.dashboard, args.out, args.width)
    except DashboardFault as fault:
        print(fault, file=sys.stderr)
        return 1
    for chart in charts:
        print(f"{chart.seconds:5.1f} s  {chart.name}")
    print(f"{len(charts)} charts painted within {max(chart.seconds for chart in charts):.1f} s: {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
