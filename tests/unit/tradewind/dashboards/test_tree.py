"""Reading the assets, and completing them for the importer."""

import copy

import pytest

from tradewind.dashboards import shorthand
from tradewind.dashboards import tree as asset_tree

ADDRESS = "postgresql://nobody:secret@db/sales"


@pytest.fixture(scope="module")
def assets():
    return asset_tree.read()


@pytest.fixture(scope="module")
def completed(assets):
    return asset_tree.complete(assets, ADDRESS)


def test_an_id_follows_from_the_name_alone():
    assert shorthand.uuid_for("charts", "profit") == "bfe1fad9-2c42-57f1-8c6e-838e8f095f0e"
    assert shorthand.uuid_for("charts", "profit") != shorthand.uuid_for("dashboards", "profit")


def test_what_was_typed_in_the_browser_is_reset(completed):
    chart = completed["charts/executive_overview/sales_by_segment.yaml"]
    assert chart["cache_timeout"] is None
    assert chart["query_context"] is None
    dataset = completed["datasets/warehouse/mart_sales_monthly.yaml"]
    assert dataset["offset"] == 0
    assert all("warning_text" in metric for metric in dataset["metrics"])
    assert all(column["filterable"] for column in dataset["columns"])


def test_what_a_file_says_is_kept(assets, completed):
    for path, data in assets.items():
        for key in data.keys() - {"sqlalchemy_uri", "catalog", "columns", "metrics", "metadata"}:
            assert completed[path][key] == data[key]
    columns = completed["datasets/warehouse/mart_sales_monthly.yaml"]["columns"]
    assert {column["column_name"] for column in columns if not column["groupby"]} >= {"sales", "profit"}


def test_every_object_is_managed_from_here(completed):
    managed = {path for path, data in completed.items() if data.get("is_managed_externally")}
    assert managed == {path for path in completed if path != "metadata.yaml"}


def test_datasets_belong_to_the_warehouse_database(completed):
    assert {data["catalog"] for path, data in completed.items() if path.startswith("datasets/")} == {"sales"}


def test_the_address_comes_from_outside(assets, completed):
    assert completed["databases/warehouse.yaml"]["sqlalchemy_uri"] == ADDRESS
    assert "secret" not in str(assets)


def test_a_dashboard_has_the_brand_unless_it_has_its_own_style(assets, completed):
    path = "dashboards/executive_overview.yaml"
    assert "box-shadow" in completed[path]["css"]
    assert completed[path]["metadata"]["label_colors"]["Canada"].startswith("#")
    own = copy.deepcopy(assets)
    own[path]["css"] = ""
    own[path]["metadata"]["label_colors"] = {}
    again = asset_tree.complete(own, ADDRESS)
    assert again[path]["css"] == ""
    assert again[path]["metadata"]["label_colors"] == {}


def test_completing_leaves_the_tree_as_it_was(assets):
    before = copy.deepcopy(assets)
    asset_tree.complete(assets, ADDRESS)
    assert assets == before


def test_a_file_that_is_not_yaml_is_named(tmp_path):
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / "bad.yaml").write_text("a: b: c")
    with pytest.raises(asset_tree.TreeError, match=r"bad\.yaml"):
        asset_tree.read(tmp_path)
