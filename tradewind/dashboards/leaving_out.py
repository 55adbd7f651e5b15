"""Adapts pages to missing figures: tiles are left out, or say why they are empty.

The assets stay as they are; Superset gets a changed copy. A tile whose source is missing as a whole is left
out or explained, by the setting `ABSENT_TILES`. A figure that the lines of a source could have but lack, such
as cost, is always explained. A page of which nothing is left is not published, so that only the administrator
can open it.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterable
from typing import Any

from tradewind.dashboards import absent
from tradewind.dashboards import tree as asset_tree
from tradewind.dashboards.absent import Absence
from tradewind.dashboards.checks import GRID_COLUMNS
from tradewind.dashboards.presence import NOTHING_KNOWN, Presence
from tradewind.dashboards.shorthand import MARTS
from tradewind.dashboards.tree import Tree, nodes, of_kind

#: Key in the metadata of a page that was changed, with the titles of its charts that are not shown.
MARK = "tradewind_absent"

#: What the setting may be; the first is the default.
LEAVE_OUT, EXPLAIN = SETTINGS = ("leave-out", "explain")

_CONTAINERS = ("ROW", "COLUMN", "TAB", "TABS")


def adapt(tree: Tree, presence: Presence, setting: str = LEAVE_OUT) -> Tree:
    """A copy in which no page has an empty tile; pages of a warehouse without any figures keep theirs.

    Args:
        tree: the assets, expanded.
        setting: one of `SETTINGS`, for tiles whose source is missing as a whole.
    """
    tree = copy.deepcopy(tree)
    datasets = {data["uuid"]: data for data in of_kind(tree, "datasets").values()}
    tables = {
        chart["uuid"]: asset_tree.full_name(datasets[chart["dataset_uuid"]])
        for chart in of_kind(tree, "charts").values()
    }
    status = {uuid for uuid, table in tables.items() if table in absent.STATUS_TABLES}
    without = absent.of_tree(tree, presence)
    if {uuid for uuid, table in tables.items() if table.startswith(f"{MARTS}.")} <= status | without.keys():
        presence = NOTHING_KNOWN
        without = absent.of_tree(tree, presence)
    for path, page in of_kind(tree, "dashboards").items():
        adapted = copy.deepcopy(page)
        _adapt_page(adapted, without, setting)
        _adapt_filters(adapted, datasets, presence)
        if adapted == page:
            continue
        adapted["metadata"].setdefault(MARK, [])
        if nodes(adapted, "CHART"):  # Superset cannot import a page without charts
            tree[path] = adapted
        if _shows_more_than(status, page) and not _shows_more_than(status, adapted):
            tree[path]["published"] = setting == EXPLAIN and page.get("published", True)
    return tree


def _shows_more_than(uuids: set[str], page: dict[str, Any]) -> bool:
    """Whether the page has charts other than these."""
    return any(node["meta"]["uuid"] not in uuids for node in nodes(page, "CHART"))


def _adapt_page(page: dict[str, Any], without: dict[str, Absence], setting: str) -> None:
    hidden = []
    for node in nodes(page, "CHART"):
        absence = without.get(node["meta"]["uuid"])
        if absence is None:
            continue
        hidden.append(node["meta"]["sliceName"])
        if absence.is_needless or (absence.is_whole and setting == LEAVE_OUT):
            _remove(page["position"], node["id"])
        else:
            _explain(node, absence)
    if hidden:
        page["metadata"][MARK] = sorted(hidden)


def _explain(node: dict[str, Any], absence: Absence) -> None:
    """Turn a chart's node into a text of the same size; its id stays, and with it its place."""
    meta = node["meta"]
    title = meta.get("sliceNameOverride") or meta["sliceName"]
    node["type"] = "MARKDOWN"
    node["meta"] = {
        "width": meta["width"],
        "height": meta["height"],
        "code": f"#### {title}\n\n{absence.says}.",
    }


def _remove(position: dict[str, Any], name: str) -> None:
    """Remove a node, whatever held only it, and the gap that it leaves in its row."""
    parent = position[position[name]["parents"][-1]]
    del position[name]
    parent["children"].remove(name)
    held = parent["children"]
    if parent["type"] not in _CONTAINERS:
        return
    if not held or (parent["type"] == "ROW" and _only_texts(held)):
        for child in held:
            del position[child]
        held.clear()
        _remove(position, parent["id"])
    elif parent["type"] == "ROW":
        _widen([position[child]["meta"] for child in held])


def _only_texts(names: Iterable[str]) -> bool:
    """Whether these are the page's own texts, which stand beside charts; an explained chart keeps its id."""
    return all(name.startswith("MARKDOWN") for name in names)


def _widen(tiles: list[dict[str, Any]]) -> None:
    """Share the grid's columns among tiles in proportion to their widths."""
    total = sum(tile["width"] for tile in tiles)
    ends = [
        round(GRID_COLUMNS * part / total) for part in itertools.accumulate(tile["width"] for tile in tiles)
    ]
    for tile, start, end in zip(tiles, [0, *ends], ends, strict=False):
        tile["width"] = end - start


def _adapt_filters(page: dict[str, Any], datasets: dict[str, dict[str, Any]], presence: Presence) -> None:
    """Leave out filters without values, and name only charts that are there."""
    metadata = page["metadata"]
    charts = {node["meta"]["chartId"] for node in nodes(page, "CHART")}
    kept = []
    for item in metadata.get("native_filter_configuration", []):
        targets = [target for target in item["targets"] if target]
        is_absent = any(
            absent.of_filter(target["column"]["name"], datasets[target["datasetUuid"]], presence)
            for target in targets
        )
        if not is_absent and charts - set(item["scope"]["excluded"]):
            kept.append(item)
    names = {item["id"] for item in kept}
    for item in kept:
        item["cascadeParentIds"] = [name for name in item.get("cascadeParentIds", []) if name in names]
    metadata["native_filter_configuration"] = kept
    scopes = [item["scope"] for item in kept]
    if "global_chart_configuration" in metadata:
        scopes.append(metadata["global_chart_configuration"]["scope"])
    for scope in scopes:
        scope["excluded"] = [number for number in scope["excluded"] if number in charts]
