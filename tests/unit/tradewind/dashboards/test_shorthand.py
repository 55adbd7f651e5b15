"""Expanding the short form of charts and dashboards, and the messages if that fails."""

import pytest
import yaml

from tradewind.dashboards import checks, shorthand
from tradewind.dashboards import tree as asset_tree

CHART = """\
slice_name: Share
description: Of each segment.
viz_type: pie
dataset: mart_a
period: month
params: {metric: sales, groupby: [segment]}
"""
PAGE = """\
dashboard_title: A page
slug: a-page
texts: {intro: "#### Hello"}
layout:
  - {height: 20, row: {intro: 4, share: 8}}
  - tabs:
      One: [{height: 40, row: {list: {width: 6, height: 30, title: All of it}}}]
      Two and three: [{height: 40, row: {other: 12}}]
unfiltered: [list]
filters:
  - {name: Period, description: Whole months.}
  - {name: Country, dataset: mart_a, column: country, default: [France, USA]}
  - {name: State, dataset: ops.health_a, column: state, within: [Country], except: [share], multiple: false}
"""
SMALL = "slice_name: {}\nviz_type: table\ndataset: mart_a\nparams: {{metrics: [sales]}}\n"


@pytest.fixture
def folder(tmp_path):
    """A page and its charts."""
    files = {
        "charts/a_page/share.yaml": CHART,
        "charts/a_page/list.yaml": SMALL.format("List"),
        "charts/shared/other.yaml": SMALL.format("Other"),
        "dashboards/a_page.yaml": PAGE,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def page(folder):
    return asset_tree.read(folder)["dashboards/a_page.yaml"]


def change(folder, name, old, new):
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new))


def test_a_chart(folder):
    chart = asset_tree.read(folder)["charts/a_page/share.yaml"]
    assert chart["uuid"] == shorthand.uuid_for("charts", "share")
    assert chart["dataset_uuid"] == shorthand.uuid_for("datasets", "marts.mart_a")
    assert chart["params"] == {
        "viz_type": "pie",
        "metric": "sales",
        "groupby": ["segment"],
        "adhoc_filters": [shorthand.period_filter("month")],
    }
    assert not {"dataset", "period"} & chart.keys()


def test_both_halves_of_a_mixed_chart_follow_the_period():
    short = {"viz_type": "x", "dataset": "mart_a", "period": "day", "params": {"metrics_b": ["a"]}}
    params = shorthand.chart("charts/x.yaml", short)["params"]
    assert params["adhoc_filters"] == params["adhoc_filters_b"] == [shorthand.period_filter("day")]


def test_the_layout(page):
    position = page["position"]
    assert position["GRID_ID"]["children"] == ["ROW-1", "TABS-2"]
    assert position["TABS-2"]["children"] == ["TAB-one", "TAB-two_and_three"]
    assert position["TAB-two_and_three"]["meta"]["text"] == "Two and three"
    assert position["MARKDOWN-intro"]["meta"] == {"width": 4, "height": 20, "code": "#### Hello"}
    held = position["CHART-list"]
    assert held["parents"] == ["ROOT_ID", "GRID_ID", "TABS-2", "TAB-one", "ROW-one-1"]
    assert held["meta"] == {
        "chartId": 2,
        "sliceName": "List",
        "sliceNameOverride": "All of it",
        "uuid": shorthand.uuid_for("charts", "list"),
        "width": 6,
        "height": 30,
    }
    assert (
        list(checks._layout_faults(page, {node["meta"]["uuid"] for node in asset_tree.nodes(page, "CHART")}))
        == []
    )


def test_filters(page):
    period, country, state = page["metadata"]["native_filter_configuration"]
    assert (period["filterType"], period["targets"], period["description"]) == (
        "filter_time",
        [{}],
        "Whole months.",
    )
    assert country["targets"] == [
        {"datasetUuid": shorthand.dataset_uuid("mart_a"), "column": {"name": "country"}}
    ]
    assert country["defaultDataMask"]["filterState"]["value"] == ["France", "USA"]
    assert country["defaultDataMask"]["extraFormData"]["filters"][0]["val"] == ["France", "USA"]
    assert [each["scope"]["excluded"] for each in (period, country, state)] == [[2], [2], [1, 2]]
    assert state["cascadeParentIds"] == [country["id"]]
    assert state["controlValues"]["multiSelect"] is False
    assert state["targets"][0]["datasetUuid"] == shorthand.uuid_for("datasets", "ops.health_a")
    assert page["metadata"]["global_chart_configuration"]["scope"]["excluded"] == [2]


BREAKS = {
    "an unknown chart in a row": ("other: 12", "gone: 12", "'gone' is neither a chart nor one of the texts"),
    "a chart twice": ("other: 12", "share: 12", "'CHART-share' occurs twice in the layout"),
    "two tabs with the same name": ("Two and three:", "One.:", "'ROW-one-1' occurs twice in the layout"),
    "a chart in no row": ("[list]", "[lost]", "chart 'lost' is not in any row"),
    "a row without height": ("{height: 20, row", "{row", "'height' is missing"),
    "a filter without name": ("{name: Country, ", "{", "a filter of a dashboard lacks 'name'"),
    "a page without title": ("dashboard_title: A page\n", "", "a dashboard lacks 'dashboard_title'"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_what_cannot_be_expanded_is_reported(folder, name):
    old, new, message = BREAKS[name]
    change(folder, "dashboards/a_page.yaml", old, new)
    with pytest.raises(asset_tree.TreeError, match=rf"^dashboards/a_page\.yaml(:\d+)?: {message}"):
        asset_tree.read(folder)


@pytest.mark.parametrize("key", ["slice_name", "viz_type", "params"])
def test_a_key_that_a_chart_lacks_is_named(folder, key):
    path = folder / "charts" / "a_page" / "share.yaml"
    data = yaml.safe_load(path.read_text())
    del data[key]
    path.write_text(yaml.safe_dump(data))
    with pytest.raises(asset_tree.TreeError, match=rf"^charts/a_page/share\.yaml:1: a chart lacks '{key}'"):
        asset_tree.read(folder)


def test_the_same_name_in_two_folders_is_a_fault(folder):
    (folder / "charts" / "shared" / "share.yaml").write_text(CHART)
    with pytest.raises(
        asset_tree.TreeError, match=r"charts/shared/share\.yaml has the name of charts/a_page/share"
    ):
        asset_tree.read(folder)
