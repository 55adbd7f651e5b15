"""Every chart of every page is painted at two widths, none empty: on sample data, and on published files.

Third: the warehouse then holds files of every source. Of the published companies no engagement, stock and
targets are known; their pages go on showing the sample's.
"""

from __future__ import annotations

import pytest
import yaml

from tests.e2e.conftest import Stack
from tradewind.settings import ROOT

pytestmark = pytest.mark.e2e

DASHBOARDS = [
    yaml.safe_load(path.read_text()) for path in sorted((ROOT / "superset/assets/dashboards").glob("*.yaml"))
]

every_page = pytest.mark.parametrize("slug", [dashboard["slug"] for dashboard in DASHBOARDS])
WIDTHS = 1440, 1024


@pytest.fixture(scope="module")
def sample(clone: Stack) -> Stack:
    clone.shell("make up")
    assert clone.ask("select count(*) from marts.mart_data_status where rows_loaded > 0") == [(13,)]
    return clone


@pytest.fixture(scope="module")
def published(sample: Stack, financials, orders_archive) -> Stack:
    sample.drop(financials)
    sample.drop(orders_archive)
    return sample


@every_page
def test_on_sample_data(sample, screenshot, slug, tmp_path):
    superset = sample.superset
    picture = tmp_path / "page.png"
    # raises where a chart is empty or in error, or a request fails
    charts = screenshot.paint_dashboard(superset.base, "admin", superset.password, slug, picture, WIDTHS)
    assert len(charts) >= 10
    assert picture.stat().st_size > 50_000


@every_page
def test_on_published_data(published, screenshot, slug):
    superset = published.superset
    assert screenshot.paint_dashboard(superset.base, "admin", superset.password, slug, widths=WIDTHS)
