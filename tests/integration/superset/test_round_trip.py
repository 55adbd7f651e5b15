"""The assets are imported and exported byte for byte; a change in the browser gives just its own diff.

The tests share one Superset, and each starts with a fresh import of the repository's assets.
"""

from __future__ import annotations

import difflib
import shutil
from pathlib import Path

import pytest
import yaml

from tradewind.settings import ROOT

ASSETS = ROOT / "superset" / "assets"
NEEDED = ("metadata.yaml", "databases/warehouse.yaml", "datasets/warehouse/mart_sales_monthly.yaml")
PAGE = "dashboards/a_page.yaml"
SHARE = "charts/a_page/share.yaml"
GRID = ["ROOT_ID", "GRID_ID"]

#: A page with every kind of thing, with comments.
FILES = {
    PAGE: """\
dashboard_title: A page
slug: a-page
texts:
  intro: |-
    #### A page

    With two lines.
layout:
  # What it is about.
  - {height: 20, row: {intro: 4, total: 8}}
  - tabs:
      First:
        - {height: 46, row: {share: 6, trend: 6}}
      The second:
        - {height: 30, row: {list: 12}}
# The list is whole.
unfiltered: [list]
filters:
  - {name: Period}
  - {name: Country, dataset: mart_sales_monthly, column: country}
  - {name: Segment, dataset: mart_sales_monthly, column: segment, within: [Country], except: [total]}
""",
    SHARE: """\
slice_name: Share
description: Of each segment.
viz_type: pie
dataset: mart_sales_monthly
period: month
params:
  metric: total_sales
  groupby: [segment]
  # The hole makes room for the total.
  donut: true
  show_total: true
  row_limit: 20  # more are never told apart
""",
    "charts/a_page/total.yaml": """\
slice_name: Total
viz_type: big_number_total
dataset: mart_sales_monthly
period: month
params:
  metric: total_sales
""",
    "charts/a_page/trend.yaml": """\
slice_name: Trend
viz_type: mixed_timeseries
dataset: mart_sales_monthly
period: month
params:
  x_axis: month
  metrics: [total_sales]
  metrics_b: [profit]
  # No control of this type of chart: Explore does not save it.
  xAxisForceCategorical: true
""",
    "charts/a_page/list.yaml": """\
slice_name: List
viz_type: table
dataset: mart_sales_monthly
params:
  groupby: [country]
  metrics: [profit]
  column_config:
    profit: {d3NumberFormat: ',d', horizontalAlign: left}
""",
}


@pytest.fixture
def folder(superset, tmp_path) -> Path:
    """A small tree of assets that Superset has just imported, and nothing else."""
    folder = tmp_path / "assets"
    files = {**{name: (ASSETS / name).read_text() for name in NEEDED}, **FILES}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    assert superset.import_assets(folder=str(folder)) == []
    return folder


def texts(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*.yaml"))}


def difference(folder: Path) -> dict[str, list[str]]:
    """Changed lines by file, compared with what was imported."""
    after = texts(folder)
    before = {**{name: after[name] for name in NEEDED}, **FILES}
    found = {}
    for name in sorted(before.keys() | after.keys()):
        lines = difflib.ndiff(before.get(name, "").splitlines(), after.get(name, "").splitlines())
        if changed := [line for line in lines if line[0] in "+-"]:
            found[name] = changed
    return found


def test_the_repository_is_exported_byte_for_byte(superset, tmp_path):
    folder = tmp_path / "assets"
    shutil.copytree(ASSETS, folder)
    assert superset.import_assets(folder=str(folder)) == []
    outcome = superset.export_assets(folder=str(folder))
    assert texts(folder) == texts(ASSETS)
    assert outcome["changed"] == outcome["new"] == outcome["notes"] == []
    kinds = ("charts", "dashboards", "datasets")
    assert sorted(outcome["same"]) == [name for name in texts(ASSETS) if name.startswith(kinds)]


def test_without_the_files_everything_is_exported_in_the_same_words(superset, folder):
    """The files' own lines, in the same style and order, except comments."""
    for name in (PAGE, SHARE):
        (folder / name).unlink()
    superset.export_assets(folder=str(folder), only=["a-page"])
    found = difference(folder)
    assert found.keys() == {PAGE, SHARE}
    assert all("#" in line for line in found[SHARE] if line[0] == "-")
    assert {line.strip("-+ ") for line in found[PAGE]} == {"# What it is about.", "# The list is whole."}


def test_a_changed_param_is_one_line(superset, folder):
    superset.save_chart(name="share", row_limit=7, show_total=False, title="Shares")
    outcome = superset.export_assets(folder=str(folder))
    assert outcome["changed"] == [SHARE]
    assert difference(folder) == {
        SHARE: [
            "- slice_name: Share",
            "+ slice_name: Shares",
            "-   show_total: true",  # this is the browser's own default
            "-   row_limit: 20  # more are never told apart",
            "+   row_limit: 7  # more are never told apart",
        ]
    }
    superset.import_assets(folder=str(folder))
    assert superset.export_assets(folder=str(folder))["changed"] == []


def test_a_save_without_a_change_makes_no_difference(superset, folder):
    """Explore adds dozens of params and a period, and leaves out what it has no control for."""
    superset.save_chart(name="share", start_angle=None, number_format="SMART_NUMBER")
    superset.save_chart(name="list", period="month", show_totals=False)
    superset.save_chart(name="trend", without=["xAxisForceCategorical"], opacity=0.2)
    superset.save_layout(slug="a-page", nodes={})
    (note,) = superset.export_assets(folder=str(folder))["notes"]
    assert note.startswith("charts/a_page/trend.yaml keeps xAxisForceCategorical, not saved")
    assert difference(folder) == {}


def test_the_next_import_undoes_what_was_not_exported(superset, folder):
    superset.save_chart(name="share", row_limit=7)
    superset.import_assets(folder=str(folder))
    superset.export_assets(folder=str(folder))
    assert difference(folder) == {}


def test_a_change_of_the_layout_is_the_rows_that_changed(superset, folder):
    nodes = {
        "CHART-trend": {"meta": {"sliceNameOverride": "Over time"}},
        "CHART-list": {"meta": {"width": 10, "height": 33}},
    }
    superset.save_layout(slug="a-page", nodes=nodes, dashboard_title="The page")
    superset.export_assets(folder=str(folder))
    assert difference(folder) == {
        PAGE: [
            "- dashboard_title: A page",
            "+ dashboard_title: The page",
            "-         - {height: 46, row: {share: 6, trend: 6}}",
            "+         - {height: 46, row: {share: 6, trend: {width: 6, title: Over time}}}",
            "-         - {height: 30, row: {list: 12}}",
            "+         - {height: 33, row: {list: 10}}",
        ]
    }
    superset.import_assets(folder=str(folder))
    assert superset.export_assets(folder=str(folder))["changed"] == []


def test_a_handmade_chart_is_exported_with_the_dashboard_that_shows_it(superset, folder):
    superset.make_chart(title="Units, by Country!", dataset="mart_sales_monthly", viz_type="pie",
                        metric="units_sold", groupby=["country"], donut=True,
                        adhoc_filters=[{"clause": "WHERE", "expressionType": "SIMPLE", "subject": "month",
                                        "operator": "TEMPORAL_RANGE", "comparator": "No filter",
                                        "filterOptionName": "filter_x"}])  # fmt: skip
    superset.make_chart(title="Nobody's", dataset="mart_sales_monthly", viz_type="pie", metric="units_sold")
    place = {"chart": "Units, by Country!", "width": 12, "height": 40}
    nodes = {
        "GRID_ID": {"children": ["ROW-1", "TABS-2", "ROW-new"]},
        "ROW-new": {"type": "ROW", "children": ["CHART-x1"], "parents": GRID, "meta": {"0": "ROOT_ID"}},
        "CHART-x1": {"type": "CHART", "parents": [*GRID, "ROW-new"], "meta": place},
    }
    superset.save_layout(slug="a-page", nodes=nodes)
    before = superset.counts()
    outcome = superset.export_assets(folder=str(folder))
    name = "charts/a_page/units_by_country.yaml"
    assert (outcome["new"], outcome["changed"], outcome["notes"]) == ([name], [PAGE], [])
    assert difference(folder)[PAGE] == ["+   - {height: 40, row: {units_by_country: 12}}"]
    assert (folder / name).read_text().splitlines() == [
        "slice_name: Units, by Country!",
        "viz_type: pie",
        "dataset: mart_sales_monthly",
        "period: month",
        "params:",
        "  metric: units_sold",
        "  groupby: [country]",
        "  donut: true",
    ]
    # The next import finds it again, so it does not exist twice.
    superset.import_assets(folder=str(folder))
    assert superset.counts() == before
    assert superset.export_assets(folder=str(folder))["changed"] == []


def test_a_handmade_dashboard_stays_in_superset_unless_requested(superset, folder):
    superset.make_dashboard(title="My own", slug="my-own")
    column = {"type": "COLUMN", "children": ["CHART-b"], "parents": [*GRID, "ROW-a"], "meta": {"width": 6}}
    chart = {"chart": "Share", "width": 6, "height": 30}
    nodes = {
        "ROOT_ID": {"type": "ROOT", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "children": ["ROW-a"], "parents": ["ROOT_ID"]},
        "HEADER_ID": {"type": "HEADER", "meta": {"text": "My own"}},
        "ROW-a": {"type": "ROW", "children": ["COLUMN-a"], "parents": GRID, "meta": {"background": "x"}},
        "COLUMN-a": column,
        "CHART-b": {"type": "CHART", "parents": [*GRID, "ROW-a", "COLUMN-a"], "meta": chart},
    }
    superset.save_layout(slug="my-own", nodes=nodes)
    superset.export_assets(folder=str(folder))
    assert difference(folder) == {}
    outcome = superset.export_assets(folder=str(folder), only=["my-own"])
    assert (outcome["new"], outcome["changed"]) == (["dashboards/my_own.yaml"], [])
    data = yaml.safe_load((folder / "dashboards" / "my_own.yaml").read_text())
    assert data["position"]["COLUMN-a"]["children"] == ["CHART-b"]  # rows and tabs cannot express that
    superset.import_assets(folder=str(folder))
    again = superset.export_assets(folder=str(folder))
    assert again["changed"] == again["new"] == []
    # One that is kept raw stays so, and its id is derived from its file's name, whatever its slug.
    chart = {"CHART-b": {"meta": {"height": 31}}}
    superset.save_layout(slug="my-own", nodes=chart, new_slug="another-name")
    assert superset.export_assets(folder=str(folder))["changed"] == ["dashboards/my_own.yaml"]
    assert [line.strip() for line in difference(folder)["dashboards/my_own.yaml"] if "uuid:" in line[:7]] == [
        f"+ uuid: {data['uuid']}"
    ]
    lines = (folder / "dashboards" / "my_own.yaml").read_text().splitlines()
    assert "slug: another-name" in lines
    superset.import_assets(folder=str(folder))
    with pytest.raises(RuntimeError, match=r"no dashboard has the slug nowhere; there are: .*another-name"):
        superset.export_assets(folder=str(folder), only=["nowhere"])


def test_objects_that_were_editable_for_a_while_are_still_pruned(superset, folder):
    superset.import_assets(folder=str(folder), editable=True)
    assert superset.locked()[0] is False
    charts = superset.counts()["charts"]
    page = folder / PAGE
    page.write_text(page.read_text().replace("share: 6, trend: 6", "trend: 12"))
    (folder / SHARE).unlink()
    superset.import_assets(folder=str(folder))
    assert superset.counts()["charts"] == charts - 1


def test_a_dataset_changed_by_hand_is_reported_but_not_exported(superset, folder):
    superset.change_metric(dataset="mart_sales_monthly", metric="profit", expression="SUM(sales)")
    (note,) = superset.export_assets(folder=str(folder))["notes"]
    assert note.startswith("datasets/warehouse/mart_sales_monthly.yaml differs in profit: it follows dbt")
    assert difference(folder) == {}


def test_a_chart_deleted_in_the_browser_is_reported(superset, folder):
    extra = folder / "charts" / "a_page" / "never_imported.yaml"
    shutil.copy(folder / SHARE, extra)
    notes = superset.export_assets(folder=str(folder))["notes"]
    assert notes == [
        "charts/a_page/never_imported.yaml is not in Superset: if it was deleted there, delete the file"
    ]
