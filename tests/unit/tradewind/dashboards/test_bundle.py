"""Zips that are no exports of dashboards, and what the zip for other Supersets holds."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

import pytest
import yaml
from sqlalchemy.engine import make_url

from tradewind.dashboards import bundle, export
from tradewind.dashboards import tree as asset_tree
from tradewind.dashboards.shorthand import dataset_uuid
from tradewind.dashboards.tree import ASSETS
from tradewind.settings import SettingError, Settings

WAREHOUSE = make_url("postgresql://reporter:secret@db.example:5433/warehouse")
PAGE = "dashboards/Sales_7.yaml"


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The assets of one page: the whole repository's would take a second for each test."""
    folder = tmp_path_factory.mktemp("small") / "assets"
    page = [ASSETS / "dashboards/inventory.yaml", *(ASSETS / "charts/inventory").glob("*.yaml")]
    wanted = {"mart_sales_monthly"} | {
        name for path in page for name in re.findall(r"\bdataset: ([\w.]+)", path.read_text())
    }
    datasets = [path for path in (ASSETS / "datasets").rglob("*.yaml") if path.stem in wanted]
    for path in [*page, *datasets, *(ASSETS / "databases").glob("*.yaml"), ASSETS / "metadata.yaml"]:
        copy = folder / path.relative_to(ASSETS)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    return folder


@pytest.fixture
def assets(originals: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(originals, tmp_path / "assets"))


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
    bundle.write(tmp_path / "a.zip", WAREHOUSE, folder=assets)
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
        bundle.BundleError, match=r"'Theirs' has the address of dashboards/inventory.yaml \(inventory\) but"
    ):
        bundle.take_in(path, assets)
    assert texts(assets) == before


@pytest.mark.parametrize("is_ours", [False, True])
@pytest.mark.parametrize("has_filter", [False, True])
@pytest.mark.parametrize("query", [None, "select * from marts.mart_sales_monthly"])
def test_a_chart_of_another_table_or_of_sql_is_skipped_with_its_page(
    assets, originals, tmp_path, query, has_filter, is_ours
):
    files = foreign()
    table = files["export/datasets/theirs/sales.yaml"]
    table |= {"table_name": "their_own"} if query is None else {"sql": query}
    if is_ours:  # it came with our zip, and was changed there
        chart = files["export/charts/Their_sales_31.yaml"]
        table["uuid"] = chart["dataset_uuid"] = dataset_uuid("mart_sales_monthly")
    if not has_filter:
        files[f"export/{PAGE}"]["metadata"] = {}
    outcome = bundle.take_in(zipped(tmp_path / "a.zip", files), assets)
    assert outcome.new == []
    assert "skipped 'Their sales': its dataset is not made from a dbt model" in outcome.notes[0]
    assert "skipped 'Theirs'" in outcome.notes[1]
    assert texts(assets) == texts(originals)


def test_a_chart_whose_dataset_was_deleted_is_skipped_alone(assets, originals, tmp_path):
    files = foreign()
    del files["export/charts/Their_sales_31.yaml"]["dataset_uuid"]
    outcome = bundle.take_in(zipped(tmp_path / "a.zip", files), assets)
    assert [note.split(":")[0] for note in outcome.notes] == ["skipped 'Their sales'", "skipped 'Theirs'"]
    assert texts(assets) == texts(originals)


def test_a_page_that_was_never_saved_has_no_settings(assets, tmp_path):
    files = foreign()
    del files[f"export/{PAGE}"]["metadata"]
    assert "dashboards/theirs.yaml" in bundle.take_in(zipped(tmp_path / "a.zip", files), assets).new


@pytest.mark.parametrize(
    ("target", "is_kept"),
    [
        ({"datasetUuid": "11111111-1111-1111-1111-111111111111"}, True),
        ({"column": {"name": "country"}}, False),
    ],
)
def test_a_filter_by_grain_is_kept_and_one_without_its_dataset_is_not(assets, tmp_path, target, is_kept):
    files = foreign()
    (each,) = files[f"export/{PAGE}"]["metadata"]["native_filter_configuration"]
    each |= {"filterType": "filter_timegrain" if is_kept else "filter_select", "targets": [target]}
    outcome = bundle.take_in(zipped(tmp_path / "a.zip", files), assets)
    assert ("dashboards/theirs.yaml" in outcome.new) == is_kept
    assert bool(outcome.notes) != is_kept
    asset_tree.read(assets)


def test_titles_in_other_scripts_get_names(assets, tmp_path):
    files = foreign(dashboard_title="Продажи")
    files["export/charts/Their_sales_31.yaml"]["slice_name"] = "売上"
    outcome = bundle.take_in(zipped(tmp_path / "a.zip", files), assets)
    assert sorted(outcome.new) == ["charts/page/chart.yaml", "dashboards/page.yaml"]
    assert asset_tree.read(assets)["charts/page/chart.yaml"]["slice_name"] == "売上"


@pytest.mark.parametrize("second", [{"slug": None}, {"slug": "theirs"}, {"slug": "Theirs_"}])
def test_of_two_pages_with_one_address_or_file_the_second_is_skipped(assets, tmp_path, second):
    files = foreign()
    files["export/dashboards/Z_8.yaml"] = foreign(uuid="5" * 8 + "-1111-1111-1111-111111111111", **second)[
        f"export/{PAGE}"
    ]
    outcome = bundle.take_in(zipped(tmp_path / "a.zip", files), assets)
    assert sorted(outcome.new) == ["charts/theirs/their_sales.yaml", "dashboards/theirs.yaml"]
    (note,) = outcome.notes
    assert note.startswith("skipped 'Theirs': ") and "address" in note


def test_a_copy_of_our_page_never_hides_ours(assets, originals):
    """Saved under the same title in the browser, it has no slug: that made from the title is ours."""
    ours = asset_tree.read(assets)
    path, page = next((path, data) for path, data in ours.items() if data.get("slug") == "inventory")
    copied = {
        **page,
        "uuid": "55555555-1111-1111-1111-111111111111",
        "slug": None,
        "dashboard_title": "Inventory",
    }
    outcome = export.bring_back({**ours, "dashboards/copy_9.yaml": copied}, assets)
    assert path in outcome.same
    assert not [note for note in outcome.notes if "delete the file" in note]
    assert texts(assets) == texts(originals)


def test_a_chart_of_ours_that_was_deleted_there_is_named(assets, originals):
    ours = asset_tree.read(assets)
    gone = "charts/inventory/"
    path = next(path for path in ours if path.startswith(gone))
    outcome = export.bring_back({name: data for name, data in ours.items() if name != path}, assets)
    assert f"{path} is not in Superset: if it was deleted there, delete the file" in outcome.notes
    assert texts(assets) == texts(originals)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a/readme.txt": "hello"}, "has no metadata.yaml"),
        ({"a/metadata.yaml": {"version": "1.0.0"}, "a/charts/x.yaml": {"uuid": "x"}}, "holds no dashboard"),
        ({"a/metadata.yaml": "a: [1"}, "a/metadata.yaml is not YAML"),
        ({"a/metadata.yaml": b"\xff\xfe\x00"}, "a/metadata.yaml is not YAML"),
        ({"a/metadata.yaml": "day: 2014-02-30"}, "a/metadata.yaml is not YAML"),
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


@pytest.mark.parametrize(
    ("name", "key"), [("export/charts/Their_sales_31.yaml", "params"), (f"export/{PAGE}", "position")]
)
def test_texts_in_the_place_of_objects_are_refused(assets, tmp_path, name, key):
    files = foreign()
    files[name] |= {key: "{}"}
    with pytest.raises(bundle.BundleError, match=f"lacks {key}"):
        bundle.take_in(zipped(tmp_path / "a.zip", files), assets)


def test_a_text_in_the_last_row_is_kept(assets, tmp_path):
    files = foreign()
    layout = files[f"export/{PAGE}"]["position"]
    meta = {"code": "Hello", "height": 20, "width": 3}
    parents = ["ROOT_ID", "GRID_ID", "ROW-N-b"]
    layout["MARKDOWN-z"] = {
        "id": "MARKDOWN-z",
        "type": "MARKDOWN",
        "children": [],
        "meta": meta,
        "parents": parents,
    }
    layout["ROW-N-b"]["children"].append("MARKDOWN-z")
    bundle.take_in(zipped(tmp_path / "a.zip", files), assets)
    assert "Hello" in (assets / "dashboards/theirs.yaml").read_text()


def test_a_damaged_zip_is_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", {})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a/metadata.yaml", "version: 1.0.0\n" * 1000)
    content = bytearray(path.read_bytes())
    content[50:60] = b"\xff" * 10
    path.write_bytes(content)
    with pytest.raises(bundle.BundleError, match="cannot be read as a zip"):
        bundle.read(path)


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


def test_no_secret_of_an_address_reaches_other_tools():
    query = "user=owner&password=secret&passfile=/x&sslkey=/y&service=z&sslmode=require"
    for address in (f"postgresql://owner:secret@db/w?{query}", f"postgresql://db/w?{query}"):
        url = Settings({"WAREHOUSE_URL": address}).reporters_url()
        assert url.render_as_string(False) == "postgresql://reporter@db/w?sslmode=require"


@pytest.mark.parametrize("server", ["db:x", "db:0", "db:70000", "db:-1"])
def test_a_port_that_is_none(server):
    with pytest.raises(SettingError, match="write host or host:port"):
        Settings({"WAREHOUSE_URL": "postgresql://a:b@c/d"}).reporters_url(server)
