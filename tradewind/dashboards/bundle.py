"""`make dashboards-zip`: dashboards as the zip that any Superset imports by hand, and such a zip as YAML.

What is written holds whole dashboards with their charts, datasets and the connection without its password,
which Superset asks for. Roles, walls and periods that follow the data belong to this project's Superset and
are not in it. Pages that read more than the marts are left out: the login of the zip reads only these. Only
dashboards whose charts read the project's marts can be taken in.
"""

from __future__ import annotations

import argparse
import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from sqlalchemy.engine import URL

from tradewind.dashboards import export
from tradewind.dashboards import tree as asset_tree
from tradewind.dashboards.canonical import CanonicalError
from tradewind.dashboards.shorthand import MARTS
from tradewind.dashboards.tree import ASSETS, Tree, TreeError, nodes, of_kind
from tradewind.settings import SettingError, Settings

#: Folder in the zip; Superset takes the first folder of each path for the export's name.
ROOT_FOLDER = "tradewind"
METADATA = "metadata.yaml"
#: Stands in Superset's exports where a connection has a password; the importer then asks for it.
MASK = "X" * 10

#: Uuid of a dataset that is not one of the project's.
_NO_DATASET = ""

#: The same assets give the same bytes.
_WRITTEN_AT = (1980, 1, 1, 0, 0, 0)
#: What each file of an export has.
_NEEDED = {
    "datasets": {"uuid": str, "table_name": str},
    "charts": {"uuid": str, "slice_name": str, "viz_type": str, "params": dict},
    "dashboards": {"uuid": str, "dashboard_title": str, "position": dict},
}
_MOST_FILES, _MOST_BYTES = 5_000, 50_000_000


class BundleError(Exception):
    """A zip that is not an export of dashboards, or that cannot be taken in; the text says why."""


@dataclass(frozen=True)
class Written:
    """Slugs of the dashboards in a zip, and of those left out of it since they read more than the marts."""

    slugs: list[str]
    left_out: list[str]


def write(path: Path, warehouse: URL, only: list[str] | None = None, folder: Path = ASSETS) -> Written:
    """Write dashboards as a zip for *Import dashboards* of any Superset.

    Args:
        warehouse: how that Superset reaches the warehouse, and as whom; a password is not written.
        only: slugs of dashboards; all that read nothing but marts where left out.

    Raises:
        BundleError: if one of `only` does not exist, or reads more than the marts.
        TreeError: if the folder's files have faults.
    """
    tree = asset_tree.read(folder)
    pages, left_out = _chosen(tree, only or [])
    address = warehouse.set(drivername="postgresql+psycopg2", password=MASK).render_as_string(False)
    whole = asset_tree.complete(_needed(tree, pages), address)
    for data in whole.values():
        data.pop("is_managed_externally", None)
    whole[METADATA] = {"version": "1.0.0", "type": "Dashboard", "timestamp": "1980-01-01T00:00:00+00:00"}
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in sorted(asset_tree.texts(whole).items()):
            bundle.writestr(
                zipfile.ZipInfo(f"{ROOT_FOLDER}/{name}", _WRITTEN_AT), content, zipfile.ZIP_DEFLATED
            )
    return Written(_slugs(pages), left_out)


def read(path: Path) -> Tree:
    """What an export of Superset holds, with each chart in a layout named by its uuid.

    Raises:
        BundleError: if it is not such an export, or too large to be one.
    """
    try:
        with zipfile.ZipFile(path) as bundle:
            files = [each for each in bundle.infolist() if each.filename.endswith((".yaml", ".yml"))]
            size = sum(each.file_size for each in files)
            if len(files) > _MOST_FILES or size > _MOST_BYTES:
                raise BundleError(
                    f"{path} holds {len(files):,} files with {size:,} bytes: "
                    f"at most {_MOST_FILES:,} and {_MOST_BYTES:,} are read"
                )
            tree = {_inner(each.filename): _mapping(path, each, bundle) for each in files}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise BundleError(f"{path} cannot be read as a zip: {error}") from None
    if METADATA not in tree:
        raise BundleError(f"{path} has no {METADATA}: export dashboards from Superset's list of dashboards")
    if not of_kind(tree, "dashboards"):
        raise BundleError(f"{path} holds no dashboard: export dashboards from Superset's list of dashboards")
    for kind, keys in _NEEDED.items():
        for name, data in of_kind(tree, kind).items():
            if lacking := [key for key, its in keys.items() if not isinstance(data.get(key) or None, its)]:
                raise BundleError(f"{path}: {name} lacks {', '.join(lacking)}")
    for data in of_kind(tree, "dashboards").values():
        _name_by_uuid(data)
    return tree


def take_in(path: Path, folder: Path = ASSETS) -> export.Outcome:
    """Write a zip's dashboards and charts into the folder, in short form, as small diffs where they exist.

    Raises:
        BundleError: if the zip cannot be read, or a dashboard would replace another with the same address.
        CanonicalError, TreeError: as `export.bring_back`.
    """
    exported, ours = read(path), asset_tree.read(folder)
    _use_our_datasets(exported, ours)
    pages = of_kind(exported, "dashboards").values()
    for data in pages:
        data["slug"] = export.address_of(data)
        _refuse_namesake(path, data, ours)
    return export.bring_back(exported, folder, sorted({data["slug"] for data in pages}))


def _slugs(pages: Tree) -> list[str]:
    return sorted(data["slug"] for data in pages.values())


def _chosen(tree: Tree, only: list[str]) -> tuple[Tree, list[str]]:
    """The pages to write, and slugs of those left out."""
    pages = of_kind(tree, "dashboards")
    if absent := sorted(set(only) - set(_slugs(pages))):
        raise BundleError(
            f"no dashboard has the slug {', '.join(absent)}; there are: {', '.join(_slugs(pages))}"
        )
    chosen = {path: data for path, data in pages.items() if not only or data["slug"] in only}
    beyond = {path: data for path, data in chosen.items() if not _reads_marts_only(tree, data)}
    if only and beyond:
        raise BundleError(
            f"{', '.join(_slugs(beyond))}: reads more than the marts, which the login reporter may not"
        )
    return {path: data for path, data in chosen.items() if path not in beyond}, _slugs(beyond)


def _reads_marts_only(tree: Tree, page: dict[str, Any]) -> bool:
    needed = _needed(tree, {"dashboards/page.yaml": page})
    return all(data["schema"] == MARTS for data in of_kind(needed, "datasets").values())


def _needed(tree: Tree, pages: Tree) -> Tree:
    """The pages with their charts, the datasets of these and of the filters, and the connection."""
    uuids = {node["meta"]["uuid"] for page in pages.values() for node in nodes(page, "CHART")}
    charts = {path: data for path, data in of_kind(tree, "charts").items() if data["uuid"] in uuids}
    wanted = {data["dataset_uuid"] for data in charts.values()}
    wanted |= {target["datasetUuid"] for page in pages.values() for target in _targets(page)}
    datasets = {path: data for path, data in of_kind(tree, "datasets").items() if data["uuid"] in wanted}
    return {**of_kind(tree, "databases"), **datasets, **charts, **pages}


def _targets(page: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What a page's filters read, where they read a dataset."""
    for each in page.get("metadata", {}).get("native_filter_configuration", []):
        yield from (target for target in each.get("targets", []) if "datasetUuid" in target)


def _inner(name: str) -> str:
    """A path in the zip without the folder that Superset names after the export."""
    return PurePosixPath(*PurePosixPath(name).parts[1:]).as_posix()


def _mapping(path: Path, file: zipfile.ZipInfo, bundle: zipfile.ZipFile) -> dict[str, Any]:
    try:
        data = yaml.safe_load(bundle.read(file))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # a date that does not exist is a ValueError
        raise BundleError(f"{path}: {file.filename} is not YAML: {error}") from None
    if not isinstance(data, dict):
        raise BundleError(f"{path}: {file.filename} does not hold an object of Superset")
    return data


def _name_by_uuid(page: dict[str, Any]) -> None:
    """Name each chart of a layout by its uuid.

    A layout saved in the browser may have only ids of its own database. Superset's export then appends each
    such chart once more, in a last row, with both: that row says which is which, and goes.
    """
    position = page["position"]
    charts = nodes(page, "CHART")
    uuids = {node["meta"].get("chartId"): node["meta"]["uuid"] for node in charts if node["meta"].get("uuid")}
    found = set()
    for node in charts:
        if not node["meta"].get("uuid") and (uuid := uuids.get(node["meta"].get("chartId"))):
            node["meta"]["uuid"] = uuid
            found.add(uuid)
    appended = [key for key in position if key.startswith("ROW-N-")]
    for row in appended:
        again = [
            key
            for key in position[row]["children"]
            if position.get(key, {}).get("meta", {}).get("uuid") in found
        ]
        position[row]["children"] = [key for key in position[row]["children"] if key not in again]
        for key in again:
            del position[key]
        if not position[row]["children"]:
            del position[row]
            for node in position.values():
                if isinstance(node, dict) and row in node.get("children", []):
                    node["children"].remove(row)


def _use_our_datasets(exported: Tree, ours: Tree) -> None:
    """Read each chart from the project's dataset on the same table, whatever its uuid elsewhere."""
    known = {
        (data["schema"], data["table_name"]): data["uuid"] for data in of_kind(ours, "datasets").values()
    }
    renamed = {
        # one with SQL of its own is another, whatever its name
        data["uuid"]: known.get((data.get("schema"), data["table_name"])) if not data.get("sql") else None
        for data in of_kind(exported, "datasets").values()
    }
    for chart in of_kind(exported, "charts").values():
        chart["dataset_uuid"] = renamed.get(chart.get("dataset_uuid")) or _NO_DATASET
    for page in of_kind(exported, "dashboards").values():
        for target in _targets(page):
            target["datasetUuid"] = renamed.get(target["datasetUuid"]) or _NO_DATASET


def _refuse_namesake(path: Path, page: dict[str, Any], ours: Tree) -> None:
    """Refuse a page that is another than ours with the same address or file.

    Raises:
        BundleError: with the file that is in the way.
    """
    own = of_kind(ours, "dashboards")
    if page["uuid"] in {data["uuid"] for data in own.values()}:
        return
    file = export.file_of(page)
    if file in own or page["slug"] in {data["slug"] for data in own.values()}:
        raise BundleError(
            f"{path}: '{page['dashboard_title']}' has the address of {file} ({page['slug']}) but is "
            "a different dashboard: give it another address in its properties, and export it again"
        )


def main(arguments: list[str] | None = None) -> int:
    """Write or take in a zip; exit code 1 with the reason if that fails."""
    settings = Settings.load()
    parser = argparse.ArgumentParser(prog="python -m tradewind.dashboards.bundle", description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="SLUG", help="write only these dashboards")
    parser.add_argument("--server", help="host or host:port of the warehouse, from there")
    parser.add_argument("--out", type=Path, help="the zip; .local/dashboards.zip where left out")
    parser.add_argument("--from", type=Path, dest="source", metavar="ZIP", help="take in this zip")
    options = parser.parse_args(arguments)
    if options.source and (options.only or options.server or options.out):
        parser.error("FROM takes in a whole zip: ONLY, SERVER and --out apply only when one is written")
    out = options.out or settings.state / "dashboards.zip"
    try:
        if options.source:
            return _take_in(options.source)
        done = write(out, settings.reporters_url(options.server), options.only)
    except (BundleError, CanonicalError, TreeError, SettingError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{out}: {', '.join(done.slugs)}")
    if done.left_out:
        print(f"left out, since they read more than the marts: {', '.join(done.left_out)}")
    print("Import it under Dashboards > Import dashboards; it asks for the password of the login reporter.")
    return 0


def _take_in(path: Path) -> int:
    outcome = take_in(path)
    print(outcome)
    if export.report_faults():
        return 1
    if outcome.new or outcome.changed:
        print("make dashboards imports them.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
