"""Every chart of every page is painted at two widths, none is empty: on sample data, and on real files.

Third: the warehouse then holds files of every source. Of the published companies no engagement, stock and
targets are known; their pages go on showing the sample's.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml
from playwright.sync_api import Page

from tests.e2e.conftest import Stack, administrators_page
from tradewind.settings import ROOT

pytestmark = pytest.mark.e2e

DASHBOARDS = [
    yaml.safe_load(path.read_text()) for path in sorted((ROOT / "superset/assets/dashboards").glob("*.yaml"))
]

every_page = pytest.mark.parametrize("slug", [dashboard["slug"] for dashboard in DASHBOARDS])
WIDTHS = 1440, 1024


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
