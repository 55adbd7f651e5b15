"""The tree of assets: read from YAML, named by stable ids, completed for Superset's importer."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from sqlalchemy.engine import make_url

from tradewind.dashboards import shorthand
from tradewind.dashboards.shapes import LOADER
from tradewind.dashboards.strict import asset_faults
from tradewind.settings import ROOT

FOLDER = ROOT / "superset"
ASSETS = FOLDER / "assets"
BRAND = FOLDER / "brand"

#: Path in the tree -> the file's content.
Tree = dict[str, dict[str, Any]]

KINDS = ("databases", "datasets", "charts", "dashboards")
#: Kinds that may be changed in the browser and exported; datasets come from dbt.
EDITABLE = ("charts", "dashboards")
#: Marks objects of the repository that are not locked, so that they are recognised later.
OURS = "tradewind:"


def _nulls(names: str) -> dict[str, Any]:
    return dict.fromkeys(names.split())


# The importer leaves alone what a file does not name, so a value typed in the browser would stay forever.
_DEFAULTS: dict[str, dict[str, Any]] = {
    "databases": _nulls("cache_timeout external_url"),
    "datasets": {
        **_nulls("description main_dttm_col default_endpoint cache_timeout sql params template_params"),
        **_nulls("fetch_values_predicate extra external_url folders"),
        "offset": 0,
        "filter_select_enabled": True,
        "normalize_columns": False,
        "always_filter_main_dttm": False,
    },
    "charts": _nulls(
        "description certified_by certification_details cache_timeout query_context external_url"
    ),
    "dashboards": {
        **_nulls("description certified_by certification_details external_url"),
        "published": True,
    },
}
_COLUMN_DEFAULTS = {
    **_nulls("verbose_name description expression extra python_date_format"),
    "is_dttm": False,
    "is_active": True,
    "groupby": True,
    "filterable": True,
}
_METRIC_DEFAULTS = _nulls("verbose_name description d3format currency extra warning_text metric_type")


@dataclass(frozen=True)
class Look:
    """A dashboard's style by default."""

    css: str
    label_colors: Mapping[str, str]


class TreeError(ValueError):
    """A file of the tree cannot be read; the message says which and why."""


def kind_of(path: str) -> str:
    """`charts` for `charts/sales.yaml`; empty for a file that is not an asset, like `metadata.yaml`."""
    kind = path.partition("/")[0]
    return kind if kind in KINDS else ""


def of_kind(tree: Tree, kind: str) -> Tree:
    """The part of the tree with objects of one kind."""
    return {path: data for path, data in tree.items() if kind_of(path) == kind}


def read(folder: Path = ASSETS) -> Tree:
    """Every YAML file under the folder, with charts and dashboards expanded.

    Raises:
        TreeError: if files are not YAML, have unknown keys or lack what they need, all of them reported with
        their lines; or if one cannot be expanded.
    """
    tree, faults = {}, []
    for path in sorted(folder.rglob("*.yaml")):
        name = path.relative_to(folder).as_posix()
        try:
            loader = LOADER(path.read_text("utf-8"))
            node = loader.get_single_node()
            faults += [f"{name}:{line}: {text}" for line, text in sorted(asset_faults(name, node))]
            tree[name] = loader.construct_document(node) if node else {}
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            faults.append(f"{name}: {error}")
    if faults:
        raise TreeError("\n".join(faults))
    try:
        titles: dict[str, str] = {}
        owners: dict[str, str] = {}
        for path, data in of_kind(tree, "charts").items():
            name = PurePosixPath(path).stem
            if name in owners:
                raise TreeError(f"{path} has the name of {owners[name]}: names must be unique")
            owners[name] = path
            titles[name] = data["slice_name"]
            if "dataset" in data:
                tree[path] = shorthand.chart(path, data)
        for path, data in of_kind(tree, "dashboards").items():
            if "layout" in data:
                tree[path] = shorthand.dashboard(path, data, titles)
    except shorthand.ShorthandError as error:
        raise TreeError(str(error)) from error
    except KeyError as error:
        raise TreeError(f"{path}: '{error.args[0]}' is missing") from error
    return tree


def full_name(dataset: dict[str, Any]) -> str:
    """A dataset with its schema: `marts.mart_sales_monthly`."""
    return f"{dataset['schema']}.{dataset['table_name']}"


def nodes(dashboard: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The nodes of one type (CHART, ROW, ...) in a dashboard's layout."""
    return [
        node for node in dashboard["position"].values() if isinstance(node, dict) and node.get("type") == kind
    ]


def complete(tree: Tree, warehouse_url: str, editable: bool = False) -> Tree:
    """A copy in which every optional key has a value, the style is the brand's and the address is real.

    Args:
        editable: charts and dashboards keep their edit buttons, until the next import without it.
    """
    tree = copy.deepcopy(tree)
    look = brand_look()
    database = make_url(warehouse_url).database
    for path, data in tree.items():
        kind = kind_of(path)
        if not kind:
            continue
        # Superset then hides the edit button: the repository is the place to change it.
        is_open = editable and kind in EDITABLE
        data["is_managed_externally"] = not is_open
        if is_open:
            data["external_url"] = f"{OURS}{path}"
        _fill(data, _DEFAULTS[kind])
        if kind == "databases":
            data["sqlalchemy_uri"] = warehouse_url
        elif kind == "datasets":
            # the database that is read, whatever its name: in Superset it has this one
            data["catalog"] = database
            for column in data["columns"]:
                _fill(column, _COLUMN_DEFAULTS)
            for metric in data["metrics"]:
                _fill(metric, _METRIC_DEFAULTS)
        elif kind == "dashboards":
            data.setdefault("css", look.css)
            data["metadata"].setdefault("label_colors", look.label_colors)
    return tree


def brand_look() -> Look:
    """The style of the brand."""
    colours = yaml.safe_load((BRAND / "colours.yaml").read_text())
    return Look((BRAND / "dashboard.css").read_text(), colours["labels"])


def texts(tree: Tree) -> dict[str, str]:
    """The tree as the importer expects it: path -> YAML text."""
    return {path: yaml.safe_dump(data, allow_unicode=True) for path, data in tree.items()}


def _fill(data: dict[str, Any], defaults: dict[str, Any]) -> None:
    for key, value in defaults.items():
        data.setdefault(key, value)


def files(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every asset below a folder as its file says it, in short form, by path."""
    for path in sorted(folder.rglob("*.yaml")):
        yield path, yaml.load(path.read_text("utf-8"), LOADER)
