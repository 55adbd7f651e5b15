"""Zips that are no exports of dashboards, and what the zip for other Supersets holds."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
import yaml
from sqlalchemy.engine import make_url

from tradewind.dashboards import bundle
from tradewind.dashboards import tree as asset_tree
from tradewind.dashboards.shorthand import dataset_uuid
from tradewind.dashboards.tree import ASSETS
from tradewind.settings import SettingError, Settings

WAREHOUSE = make_url("postgresql://reporter:secret@db.example:5433/warehouse")
PAGE = "dashboards/Sales_7.yaml"


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ASSETS, tmp_path / "assets"))


def texts(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.rglob("*.yaml"))}


def zipped(path: Path, files: dict[str, object]) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, data in files.items():
            file.writestr(name, data if isinstance(data, str | bytes) else yaml.safe_dump(data))
    return path


def foreign(**page: object) -> dict[str, object]:
    """An export as another Superset writes it: own ids, and a layout that names its chart by id."""
    dataset, chart = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
    layout = {
        "ROOT_ID": {"id": "ROOT_ID", "type": "ROOT", "children": ["GRID_ID"]},
        "GRID_ID": {
            "id": "GRID_ID",
            "type": "GRID",
            "children": ["ROW-a", "ROW-N-b"],
            "parents": ["ROOT_ID"],
        },
        "HEADER_ID": {"id": "HEADER_ID", "type": "HEADER", "meta": {"text": "Theirs"}},
    }
    for row, node, own in (("ROW-a", "CHART-a", {}), ("ROW-N-b", "CHART-b", {"uuid": chart})):
        layout[row] = {
            "id": row,
            "type": "ROW",
            "children": [node],
            "parents": ["ROOT_ID", "GRID_ID"],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        layout[node] = {
            "id": node,
            "type": "CHART",
            "children": [],
            "parents": ["ROOT_ID", "GRID_ID", row],
            "meta": {"chartId": 31, "sliceName": "Their sales", "height": 40, "width": 6, **own},
        }
    filters = [
        {
            "id": "NATIVE_FILTER-x",
            "name": "Country",
            "filterType": "filter_select",
            "type": "NATIVE_FILTER",
            "targets": [{"datasetUuid": dataset, "column": {"name": "country"}}],
            "scope": {"rootPath": ["ROOT_ID"], "excluded": []},
        }
    ]
    title = {"dashboard_title": "Theirs", "slug": None, "uuid": "33333333-3333-3333-3333-333333333333"}
    return {
        "export/metadata.yaml": {"version": "1.0.0", "type": "Dashboard"},
        f"export/{PAGE}": {
            **title,
            "position": layout,
            "metadata": {"native_filter_configuration": filters},
            "version": "1.0.0",
            **page,
        },
        "export/charts/Their_sales_31.yaml": {
            "slice_name": "Their sales",
            "viz_type": "big_number_total",
            "params": {"viz_type": "big_number_total", "metric": "total_sales", "datasource": "4__table"},
            "uuid": chart,
            "dataset_uuid": dataset,
            "version": "1.0.0",
        },
        "export/datasets/theirs/sales.yaml": {
            "table_name": "mart_sales_monthly",
            "schema": "marts",
            "sql": None,
            "uuid": dataset,
            "database_uuid": "44444444-4444-4444-4444-444444444444",
            "version": "1.0.0",
        },
    }


def test_whole_pages_without_a_password_and_the_same_bytes_each_time(tmp_path):
    first, second = tmp_path / "a.zip", tmp_path / "b.zip"
    done = bundle.write(first, WAREHOUSE)
    bundle.write(second, WAREHOUSE)
    assert first.read_bytes() == second.read_bytes()
    assert done.left_out == ["data-health"]
    with zipfile.ZipFile(first) as file:
        content = {name: file.read(name).decode() for name in file.namelist()}
    address = yaml.safe_load(content["tradewind/databases/warehouse.yaml"])["sqlalchemy_uri"]
    assert address == "postgresql+psycopg2://reporter:XXXXXXXXXX@db.example:5433/warehouse"
    assert not [name for name, text in content.items() if "secret" in text or "is_managed_externally" in text]
    assert sum(name.startswith("tradewind/dashboards/") for name in content) == len(done.slugs) > 3


def test_one_page_has_its_own_charts_only(tmp_path):
    done = bundle.write(tmp_path / "a.zip", WAREHOUSE, ["inventory"])
    tree = bundle.read(tmp_path / "a.zip")
    shown = {node["meta"]["uuid"] for node in asset_tree.nodes(tree["dashboards/inventory.yaml"], "CHART")}
    assert done == bundle.Written(["inventory"], [])
    assert {data["uuid"] for name, data in tree.items() if name.startswith("charts/")} == shown


def test_what_was_written_changes_nothing_when_taken_in(assets, tmp_path):
    before = texts(assets)
    bundle.write(tmp_path / "a.zip", WAREHOUSE)
    outcome = bundle.take_in(tmp_path / "a.zip", assets)
    assert (outcome.changed, outcome.new, outcome.notes) == ([], [], [])
    assert outcome.same
    assert texts(assets) == before


def test_a_dashboard_of_another_superset_becomes_short_files(assets, tmp_path):
    outcome = bundle.take_in(zipped(tmp_path / "a.zip", foreign()), assets)
    assert sorted(outcome.new) == ["charts/theirs/their_sales.yaml", "dashboards/theirs.yaml"]
    assert yaml.safe_load((assets / "charts/theirs/their_sales.yaml").read_text()) == {
        "slice_name": "Their sales",
        "viz_type": "big_number_total",
        "dataset": "mart_sales_monthly",
        "params": {"metric": "total_sales"},
    }
    tree = asset_tree.read(assets)
    page = tree["dashboards/theirs.yaml"]
    shown = [node["meta"]["uuid"] for node in asset_tree.nodes(page, "CHART")]
    assert shown == [tree["charts/theirs/their_sales.yaml"]["uuid"]]
    (country,) = page["metadata"]["native_filter_configuration"]
    assert country["targets"][0]["datasetUuid"] == dataset_uuid("mart_sales_monthly")


def test_another_dashboard_never_replaces_ours(assets, tmp_path):
    before = texts(assets)
    path = zipped(tmp_path / "a.zip", foreign(slug="inventory"))
    with pytest.raises(
        bundle.BundleError, match=r"'Theirs' has the address inventory, as dashboards/inventory"
    ):
        bundle.take_in(path, assets)
    assert texts(assets) == before


@pytest.mark.parametrize("query", [None, "select * from marts.mart_sales_monthly"])
def test_a_chart_of_another_table_or_of_sql_is_left_and_said(assets, tmp_path, query):
    files = foreign()
    table = files["export/datasets/theirs/sales.yaml"]
    table |= {"table_name": "their_own"} if query is None else {"sql": query}
    outcome = bundle.take_in(zipped(tmp_path / "a.zip", files), assets)
    assert outcome.new == []
    assert "its dataset is not made from a dbt model" in outcome.notes[0]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a/readme.txt": "hello"}, "has no metadata.yaml"),
        ({"a/metadata.yaml": {"version": "1.0.0"}, "a/charts/x.yaml": {"uuid": "x"}}, "holds no dashboard"),
        ({"a/metadata.yaml": "a: [1"}, "a/metadata.yaml is not YAML"),
        ({"a/metadata.yaml": b"\xff\xfe\x00"}, "a/metadata.yaml is not YAML"),
        ({"a/metadata.yaml": "- 1"}, "a/metadata.yaml does not hold an object"),
        (
            {"a/metadata.yaml": {}, "a/dashboards/x.yaml": {"uuid": "x"}},
            "dashboards/x.yaml lacks dashboard_title, position",
        ),
        (
            {"a/metadata.yaml": {}, "a/dashboards/x.yaml": {"dashboard_title": "x"}},
            "dashboards/x.yaml lacks uuid, position",
        ),
        ({"a/metadata.yaml": " " * 60_000_000}, "with 60,000,000 bytes"),
    ],
)
def test_what_is_no_export_is_refused_with_its_reason(assets, tmp_path, files, said):
    with pytest.raises(bundle.BundleError, match=said):
        bundle.take_in(zipped(tmp_path / "a.zip", files), assets)


def test_what_is_no_zip_is_refused(tmp_path):
    for content in (b"", b"PK\x03\x04", b"name: x"):
        (tmp_path / "a.zip").write_bytes(content)
        with pytest.raises(bundle.BundleError, match="cannot be read as a zip"):
            bundle.read(tmp_path / "a.zip")
    with pytest.raises(bundle.BundleError, match="cannot be read as a zip"):
        bundle.read(tmp_path / "absent.zip")


def test_paths_and_titles_that_lead_elsewhere_write_nothing_elsewhere(assets, tmp_path):
    files = foreign(dashboard_title="../../evil", slug="../../evil")
    files = {name.replace("charts/Their", "charts/../../../Their"): data for name, data in files.items()}
    bundle.take_in(zipped(tmp_path / "a.zip", files), assets)
    assert {path.name for path in tmp_path.iterdir()} == {"assets", "a.zip"}


@pytest.mark.parametrize("server", ["db:x", "db:0", "db:70000", "db:-1"])
def test_a_port_that_is_none(server):
    with pytest.raises(SettingError, match="write host or host:port"):
        Settings({"WAREHOUSE_URL": "postgresql://a:b@c/d"}).reporters_url(server)
