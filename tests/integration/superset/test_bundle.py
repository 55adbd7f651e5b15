"""The zip of dashboards in another Superset: imported by hand, changed there, exported, taken in again."""

from __future__ import annotations

import difflib
import shutil
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from tests.conftest import PASSWORD
from tradewind.dashboards import bundle
from tradewind.dashboards.tree import ASSETS


@pytest.fixture(scope="module")
def elsewhere(superset, readers_url: URL, tmp_path_factory: pytest.TempPathFactory):
    """A Superset into which nothing but the zip was imported."""
    path = tmp_path_factory.mktemp("zip") / "dashboards.zip"
    done = bundle.write(path, readers_url.set(username="reporter"))
    superset.import_zip(path=str(path), password=PASSWORD)
    superset.pages = done.slugs
    return superset


@pytest.fixture
def exported(elsewhere, tmp_path):
    """Takes what that Superset exports into a copy of the assets; returns the outcome and changed lines."""

    def export():
        folder = Path(shutil.copytree(ASSETS, tmp_path / "assets"))
        elsewhere.export_zip(path=str(tmp_path / "export.zip"))
        return bundle.take_in(tmp_path / "export.zip", folder), differences(folder)

    return export


def differences(folder: Path) -> dict[str, list[str]]:
    """Changed lines by file, compared with the repository's."""
    found = {}
    for path in sorted(folder.rglob("*.yaml")):
        ours = ASSETS / path.relative_to(folder)
        before = ours.read_text().splitlines() if ours.is_file() else []
        lines = difflib.ndiff(before, path.read_text().splitlines())
        if changed := [line for line in lines if line[0] in "+-"]:
            found[path.relative_to(folder).as_posix()] = changed
    return found


def test_all_pages_arrive_whole_and_open_to_changes(elsewhere):
    tree = bundle.asset_tree.read()
    pages = [data for data in bundle.of_kind(tree, "dashboards").values() if data["slug"] in elsewhere.pages]
    charts = {node["meta"]["uuid"] for page in pages for node in bundle.nodes(page, "CHART")}
    counts = elsewhere.counts()
    assert (counts["dashboards"], counts["charts"]) == (len(pages), len(charts))
    assert elsewhere.locked() == [False]


def test_what_nobody_changed_there_comes_back_byte_for_byte(exported):
    outcome, changed = exported()
    assert changed == {}
    assert (outcome.changed, outcome.new, outcome.notes) == ([], [], [])


def test_a_change_there_comes_back_as_its_own_lines(elsewhere, exported):
    elsewhere.save_chart(name="total_sales", title="All our sales")
    outcome, changed = exported()
    assert outcome.notes == []
    assert changed == {
        "charts/executive_overview/total_sales.yaml": [
            "- slice_name: Total sales",
            "+ slice_name: All our sales",
        ]
    }


def test_a_page_made_there_becomes_files(elsewhere, exported):
    elsewhere.make_chart(
        title="Units", dataset="mart_sales_monthly", viz_type="big_number_total", metric="units_sold"
    )
    elsewhere.make_dashboard(title="Units", slug="units")
    row = {"id": "ROW-1", "type": "ROW", "children": ["CHART-1"], "parents": ["ROOT_ID", "GRID_ID"]}
    chart = {"id": "CHART-1", "type": "CHART", "children": [], "parents": [*row["parents"], "ROW-1"]}
    elsewhere.save_layout(
        slug="units",
        nodes={
            "ROOT_ID": {"type": "ROOT", "children": ["GRID_ID"]},
            "GRID_ID": {"type": "GRID", "children": ["ROW-1"], "parents": ["ROOT_ID"]},
            "ROW-1": row | {"meta": {"background": "BACKGROUND_TRANSPARENT"}},
            "CHART-1": chart | {"meta": {"chart": "Units", "width": 4, "height": 50}},
        },
    )
    outcome, _ = exported()
    assert sorted(outcome.new) == ["charts/units/units.yaml", "dashboards/units.yaml"]
