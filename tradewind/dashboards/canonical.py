"""Turns exported charts and dashboards into the repository's short form: the reverse of `shorthand.py`.

Superset's export contains ids of its own database, what the browser derives on every visit, and every control
that was on the screen. What is left after removing these is what somebody chose.
"""

from __future__ import annotations

import copy
import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tradewind.dashboards import names, shorthand
from tradewind.dashboards.shorthand import ShorthandError, page_slug, slug
from tradewind.dashboards.tree import Look

DEFAULTS_FILE = Path(__file__).with_name("control_defaults.yaml")

#: What a chart or a dashboard says about itself, in the order of the file.
_CHART_KEYS = ("slice_name", "description", "certified_by", "certification_details", "viz_type")
_DASHBOARD_KEYS = ("dashboard_title", "slug", "description", "certified_by", "certification_details")

#: What Explore and dashboards write into any chart's params.
NOISE_PARAMS = frozenset(
    {
        "datasource",
        "slice_id",
        "dashboards",
        "dashboardId",
        "chart_id",
        "url_params",
        "viz_type",
        "temporal_columns_lookup",
        "extra_form_data",
        "force",
        "result_format",
        "result_type",
    }
)
_NOISE_FILTER = frozenset(
    {"filterOptionName", "isExtra", "isNew", "datasourceWarning", "operatorId", "sqlExpression"}
)
_NOISE_METADATA = frozenset(
    {
        "map_label_colors",
        "shared_label_colors",
        "color_scheme_domain",
        "default_filters",
        "positions",
        "filter_scopes",
        "import_time",
        "remote_id",
        "show_chart_timestamps",
        "chart_customization_config",
    }
)
#: Written by Explore into every chart that it saves, never by a file.
_BROWSER_MARK = "extra_form_data"


class CanonicalError(ValueError):
    """An object that cannot be kept as a file; the message says why."""


@dataclass(frozen=True)
class Names:
    """What uuids refer to.

    Attributes:
        charts: name of the file by uuid.
        titles: by the name of the file.
        datasets: name as in a chart's file, `mart_x` or `ops.health_x`, by uuid.
        periods: main date column by the dataset's name.
    """

    charts: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    datasets: Mapping[str, str] = field(default_factory=dict)
    periods: Mapping[str, str | None] = field(default_factory=dict)


def chart(data: dict[str, Any], known: Names, before: dict[str, Any] | None = None) -> dict[str, Any]:
    """A chart in short form, with only the params that make a difference.

    Args:
        data: as exported, or as `shorthand.chart` writes it.
        before: the repository's short form of the same chart, if it has one.

    Raises:
        CanonicalError: if its dataset does not come from a model.
    """
    dataset = known.datasets.get(data.get("dataset_uuid", ""))
    if dataset is None:
        raise CanonicalError("its dataset is not made from a dbt model; only charts on those are kept")
    params = copy.deepcopy(data["params"])
    viz_type = data["viz_type"]
    by_browser = _BROWSER_MARK in params
    period = _take_period(params)
    params = without_noise(params)
    for key, value in defaults_of(viz_type).items():
        if key in params and params[key] == value:
            del params[key]
    if by_browser:  # an empty choice is saved as null
        known_params = before["params"] if before else {}
        params = {k: v for k, v in params.items() if v is not None or k in known_params}
    if by_browser and before and before["viz_type"] == viz_type:
        params |= {key: before["params"][key] for key in not_saved(data, before)}
        # Explore gives every chart a period.
        if "period" not in before and period == known.periods.get(dataset):
            period = None
    short = {key: data[key] for key in _CHART_KEYS if data.get(key) not in (None, "")}
    short["dataset"] = dataset
    if period:
        short["period"] = period
    if data.get("cache_timeout") is not None:
        short["cache_timeout"] = data["cache_timeout"]
    short["params"] = dict(sorted(params.items(), key=lambda each: (_rank(each[0]), each[0])))
    return short


def not_saved(data: dict[str, Any], before: dict[str, Any]) -> list[str]:
    """Params that the repository has, but that a save in the browser left out.

    Explore saves the controls that are on the screen. A param whose control was hidden, or that has no
    control, is then missing though nobody removed it; so is a choice that somebody cleared.
    """
    if _BROWSER_MARK not in data["params"] or data["viz_type"] != before["viz_type"]:
        return []
    return [key for key in before["params"] if key not in data["params"]]


def dashboard(data: dict[str, Any], known: Names, look: Look, texts: Mapping[str, str]) -> dict[str, Any]:
    """A dashboard in short form; with its raw layout if the short form cannot express it.

    Args:
        texts: names of texts that the repository's file has, by their node in the layout.

    Raises:
        CanonicalError: if it shows a chart that has no file.
    """
    clean = clean_dashboard(data, known, look)
    try:
        short = _Shortener(clean, known, texts).short()
        # If it does not expand to the same, it has something that the short form cannot express.
        again = shorthand.dashboard("dashboards/again.yaml", short, dict(known.titles))
    except ShorthandError:
        return clean
    return short if _comparable(again, known, look) == _comparable(clean, known, look) else clean


def is_short(data: dict[str, Any]) -> bool:
    """Whether a dashboard's file is in short form."""
    return "layout" in data


def merged(raw: Any, old: Any, new: Any) -> Any:
    """The file's data with the changes from `old` to `new` applied.

    A file may say more than its canonical form, a default for instance; what did not change stays as it is in
    the file, or absent.
    """
    if old == new:
        return raw
    if all(isinstance(each, dict) for each in (raw, old, new)):
        result = {}
        for key in _in_order(list(new), list(raw)):
            if key in new and key in old:
                if key in raw:
                    result[key] = merged(raw[key], old[key], new[key])
                elif old[key] != new[key]:
                    result[key] = new[key]
            elif key in new:
                result[key] = new[key]
            elif key not in old:
                result[key] = raw[key]
        return result
    if all(isinstance(each, list) for each in (raw, old, new)) and len(raw) == len(old):
        return [raw[old.index(item)] if item in old else item for item in new]
    return new


def without_noise(params: dict[str, Any]) -> dict[str, Any]:
    """The params of a chart without database ids, derived values and empty extras."""
    result = {}
    for key, value in params.items():
        if key in NOISE_PARAMS or (key.startswith("matrixify_") and not params.get("matrixify_enable")):
            continue
        if key in ("annotation_layers", "adhoc_filters", "adhoc_filters_b") and not value:
            continue
        if key.startswith("adhoc_filters"):
            value = [{k: v for k, v in each.items() if k not in _NOISE_FILTER} for each in value]
        result[key] = value
    return result


@functools.cache
def _all_defaults() -> dict[str, dict[str, Any]]:
    return yaml.safe_load(DEFAULTS_FILE.read_text())


def defaults_of(viz_type: str) -> dict[str, Any]:
    """What the browser writes into an untouched chart of this type; empty for a type never recorded."""
    return _all_defaults().get(viz_type, {})


def _take_period(params: dict[str, Any]) -> str | None:
    """Remove the filter that takes the page's time filter; the short form has it as `period`."""
    found = [each["subject"] for each in params.get("adhoc_filters", []) if _is_period(each)]
    if not found:
        return None
    for key in ("adhoc_filters", "adhoc_filters_b"):
        mine = next(
            (each for each in params.get(key, []) if _is_period(each) and each["subject"] == found[0]), None
        )
        if mine:
            params[key].remove(mine)
    return found[0]


def _is_period(condition: dict[str, Any]) -> bool:
    clean = {key: value for key, value in condition.items() if key not in _NOISE_FILTER}
    return clean == shorthand.period_filter(condition.get("subject", ""))


def _rank(key: str) -> int:
    """What is shown comes before how it looks."""
    first = ("query_mode", "adhoc_filters", *names.KEYS)
    return first.index(key) if key in first else len(first)


def _in_order(wanted: list[Any], present: list[Any]) -> Iterator[Any]:
    """All keys: those present in their order, each new one after the key that precedes it in `wanted`."""
    result = list(present)
    place = 0
    for key in wanted:
        if key in result:
            place = result.index(key) + 1
        else:
            result.insert(place, key)
            place += 1
    return iter(result)


# --- dashboards -------------------------------------------------------------------------------------


def clean_dashboard(data: dict[str, Any], known: Names, look: Look) -> dict[str, Any]:
    """A dashboard with its raw layout, without database ids and what the browser derives."""
    data = copy.deepcopy(data)
    position = _reachable(data["position"])
    numbers = {}
    for node in _walk(position):
        if node["type"] == "CHART":
            name = known.charts.get(node["meta"].get("uuid", ""))
            if name is None:
                raise CanonicalError(
                    f"it shows the chart '{node['meta'].get('sliceName')}', which has no file"
                )
            old = node["meta"].get("chartId")
            numbers.setdefault(old, len(numbers) + 1)
            node["meta"] |= {"chartId": numbers[old], "sliceName": known.titles[name]}
            node["meta"]["uuid"] = shorthand.uuid_for("charts", name)
    position.get("HEADER_ID", {"meta": {}})["meta"]["text"] = data["dashboard_title"]
    result = {key: data[key] for key in _DASHBOARD_KEYS if data.get(key) not in (None, "")}
    result.setdefault("slug", page_slug(data["dashboard_title"]))
    if data.get("published") is False:
        result["published"] = False
    if (css := data.get("css")) is not None and css.strip() != look.css.strip():
        result["css"] = css
    return {
        **result,
        "uuid": data["uuid"],
        "position": position,
        "metadata": _clean_metadata(data.get("metadata", {}), numbers, position, look, known),
        "version": "1.0.0",
    }


def _clean_metadata(
    metadata: dict[str, Any], numbers: dict[int, int], position: dict[str, Any], look: Look, known: Names
) -> dict[str, Any]:
    clean = {key: value for key, value in metadata.items() if key not in _NOISE_METADATA}
    if clean.get("label_colors", look.label_colors) == look.label_colors:
        clean.pop("label_colors", None)
    clean["timed_refresh_immune_slices"] = [
        numbers[number] for number in clean.get("timed_refresh_immune_slices", []) if number in numbers
    ]
    clean["expanded_slices"] = {
        str(numbers[int(number)]): value
        for number, value in clean.get("expanded_slices", {}).items()
        if int(number) in numbers
    }
    clean["global_chart_configuration"] = {
        "scope": _clean_scope(clean.get("global_chart_configuration", {}).get("scope"), numbers, position)
    }
    clean["chart_configuration"] = {
        str(numbers[int(number)]): _clean_cross_filter(each, numbers, position)
        for number, each in clean.get("chart_configuration", {}).items()
        if int(number) in numbers and each.get("crossFilters", {}).get("scope", "global") != "global"
    }
    clean["native_filter_configuration"] = [
        _clean_filter(each, numbers, position, known) for each in clean.get("native_filter_configuration", [])
    ]
    clean.setdefault("color_scheme", "")
    clean["color_scheme"] = clean["color_scheme"] or ""
    clean["default_filters"] = "{}"
    clean.setdefault("refresh_frequency", 0)
    clean.setdefault("cross_filters_enabled", True)
    return clean


def _clean_cross_filter(
    each: dict[str, Any], numbers: dict[int, int], position: dict[str, Any]
) -> dict[str, Any]:
    scope = _clean_scope(each["crossFilters"]["scope"], numbers, position)
    return {"id": numbers[int(each["id"])], "crossFilters": {"scope": scope}}


def _clean_filter(
    each: dict[str, Any], numbers: dict[int, int], position: dict[str, Any], known: Names
) -> dict[str, Any]:
    clean = {key: value for key, value in each.items() if key not in ("chartsInScope", "tabsInScope")}
    clean.setdefault("filterType", "")
    clean["scope"] = _clean_scope(each.get("scope"), numbers, position)
    clean.setdefault("description", "")
    clean.setdefault("cascadeParentIds", [])
    clean["targets"] = [_clean_target(target) for target in each.get("targets", [])]
    for target in clean["targets"]:
        # neither is there in a filter by period; one by its grain names a dataset alone
        if target and target.get("datasetUuid") not in known.datasets:
            raise CanonicalError(f"filter {each.get('name')}: its dataset is not made from a dbt model")
    for key, empty in (("adhoc_filters", []), ("time_range", "No filter"), ("granularity_sqla", None)):
        if clean.get(key, empty) in (empty, None):
            clean.pop(key, None)
    clean["controlValues"] = {k: v for k, v in each.get("controlValues", {}).items() if v is not None}
    mask = {"extraFormData": {}, "filterState": {}, "ownState": {}, **(each.get("defaultDataMask") or {})}
    mask["filterState"] = {
        key: value
        for key, value in (mask["filterState"] or {}).items()
        if value is not None and key not in ("validateStatus", "validateMessage", "excludeFilterValues")
    }
    clean["defaultDataMask"] = {key: mask[key] or {} for key in ("extraFormData", "filterState", "ownState")}
    return clean


def _clean_target(target: dict[str, Any]) -> dict[str, Any]:
    if not target:
        return {}
    clean = {key: target[key] for key in ("datasetUuid",) if key in target}
    return clean | ({"column": {"name": target["column"]["name"]}} if target.get("column") else {})


def _clean_scope(scope: Any, numbers: dict[int, int], position: dict[str, Any]) -> dict[str, Any]:
    """A scope as the charts that it excludes: the tab it starts at says the same in another way."""
    scope = scope if isinstance(scope, dict) else {}
    roots = set(scope.get("rootPath") or ["ROOT_ID"])
    excluded = {numbers[number] for number in scope.get("excluded", []) if number in numbers}
    for node in _walk(position):
        if node["type"] == "CHART" and not roots & {node["id"], *node.get("parents", [])}:
            excluded.add(node["meta"]["chartId"])
    return {"rootPath": ["ROOT_ID"], "excluded": sorted(excluded)}


def _reachable(position: dict[str, Any]) -> dict[str, Any]:
    """The layout in the order of the page, without unreachable nodes."""
    result: dict[str, Any] = {"DASHBOARD_VERSION_KEY": "v2"}
    if "HEADER_ID" in position:
        result["HEADER_ID"] = {key: position["HEADER_ID"][key] for key in ("type", "id", "meta")}

    def visit(name: str, parents: list[str]) -> None:
        node = position[name]
        clean = {"type": node["type"], "id": name}
        children = [child for child in node.get("children", []) if child in position]
        clean["children"] = children
        if parents:
            clean["parents"] = parents
        if node["type"] not in ("ROOT", "GRID"):
            # Copies of what is kept elsewhere: a row that was dragged in keeps its position as a meta key.
            clean["meta"] = {
                k: v for k, v in node.get("meta", {}).items() if not k.isdigit() and v is not None
            }
        result[name] = clean
        for child in children:
            visit(child, [*parents, name])

    visit("ROOT_ID", [])
    return result


def _walk(position: dict[str, Any]) -> list[dict[str, Any]]:
    return [node for node in position.values() if isinstance(node, dict) and node["id"] != "HEADER_ID"]


def _comparable(data: dict[str, Any], known: Names, look: Look) -> dict[str, Any]:
    """A dashboard without the names of nodes and filters: only what they are and where."""
    clean = clean_dashboard(data, known, look)
    # It follows from the file's name.
    del clean["uuid"]
    order = {name: f"node {number}" for number, name in enumerate(_order(clean["position"]))}
    clean["position"] = {
        order[name]: {
            **node,
            "id": order[name],
            "children": [order[child] for child in node["children"]],
            "parents": [order[parent] for parent in node.get("parents", [])],
        }
        for name, node in clean["position"].items()
        if name in order
    }
    for node in clean["position"].values():
        if node["type"] == "TAB":
            node["meta"] = {"text": node["meta"].get("text")}
        if node["type"] == "ROW":
            node["meta"].setdefault("background", "BACKGROUND_TRANSPARENT")
    filters = clean["metadata"]["native_filter_configuration"]
    order = {each["id"]: f"filter {number}" for number, each in enumerate(filters)}
    for each in filters:
        each["id"] = order[each["id"]]
        each["cascadeParentIds"] = [order.get(parent, parent) for parent in each["cascadeParentIds"]]
        each["defaultDataMask"]["filterState"].pop("label", None)
    return clean


def _order(position: dict[str, Any]) -> list[str]:
    """Names of nodes in the order of the page, which may differ from the layout's own order."""
    return list(_reachable(position))[2 if "HEADER_ID" in position else 1 :]


class _Shortener:
    """Finds rows, tabs, texts and filters in a clean dashboard."""

    def __init__(self, data: dict[str, Any], known: Names, texts: Mapping[str, str]) -> None:
        self.data = data
        self.position = data["position"]
        self.known = known
        self.kept_texts = texts
        self.texts: dict[str, str] = {}
        self.numbers: dict[int, str] = {}

    def short(self) -> dict[str, Any]:
        root, grid = self.position["ROOT_ID"], self.position.get("GRID_ID")
        if root["children"] != ["GRID_ID"] or grid is None:
            raise ShorthandError("it does not begin with a grid")
        layout = self._blocks(grid["children"])
        metadata = self.data["metadata"]
        short = {
            key: value
            for key, value in self.data.items()
            if key not in ("uuid", "position", "metadata", "version")
        }
        if metadata["refresh_frequency"] != shorthand.REFRESH_SECONDS:
            short["refresh_seconds"] = metadata["refresh_frequency"]
        if self.texts:
            short["texts"] = self.texts
        short["layout"] = layout
        unfiltered = metadata["global_chart_configuration"]["scope"]["excluded"]
        if unfiltered:
            short["unfiltered"] = [self.numbers[number] for number in unfiltered]
        filters = metadata["native_filter_configuration"]
        titles = {each["id"]: each.get("name") for each in filters}
        if filters:
            short["filters"] = [self._filter(each, unfiltered, titles) for each in filters]
        return short

    def _blocks(self, names_of_nodes: list[str]) -> list[dict[str, Any]]:
        blocks = []
        for name in names_of_nodes:
            node = self.position[name]
            if node["type"] == "TABS":
                tabs = {}
                for tab in map(self.position.__getitem__, node["children"]):
                    if tab["meta"].get("text") in tabs:
                        raise ShorthandError("two tabs have one title")
                    tabs[tab["meta"].get("text")] = self._blocks(tab["children"])
                blocks.append({"tabs": tabs})
            elif node["type"] == "ROW":
                blocks.append(self._row(node))
            else:
                raise ShorthandError(f"a {node['type']} stands outside of a row")
        return blocks

    def _row(self, node: dict[str, Any]) -> dict[str, Any]:
        held = [self.position[child] for child in node["children"]]
        if not held or any(each["type"] not in ("CHART", "MARKDOWN") for each in held):
            raise ShorthandError("a row holds something other than charts and texts")
        heights = [each["meta"]["height"] for each in held]
        height = max(set(heights), key=lambda each: (heights.count(each), each))
        row: dict[str, Any] = {}
        for each in held:
            meta = each["meta"]
            name = self._chart(meta) if each["type"] == "CHART" else self._text(each)
            place = {"width": meta["width"]}
            if meta["height"] != height:
                place["height"] = meta["height"]
            if meta.get("sliceNameOverride"):
                place["title"] = meta["sliceNameOverride"]
            row[name] = place if len(place) > 1 else meta["width"]
        return {"height": height, "row": row}

    def _chart(self, meta: dict[str, Any]) -> str:
        name = self.known.charts[meta["uuid"]]
        if name in self.numbers.values():
            raise ShorthandError(f"chart '{name}' occurs twice")
        self.numbers[meta["chartId"]] = name
        return name

    def _text(self, node: dict[str, Any]) -> str:
        code = node["meta"].get("code", "")
        first = next((line for line in code.splitlines() if slug(line)), "text")
        # The browser's own names are random; ours describe the text.
        ours = re.fullmatch(r"MARKDOWN-([a-z_]+)", node["id"])
        kept = self.kept_texts.get(node["id"]) or (ours.group(1) if ours else "")
        name = wanted = kept or slug(first)[:30].strip("_")
        while name in self.texts or name in self.known.titles:
            name = f"{wanted}_{len(self.texts) + 1}"
        self.texts[name] = code
        return name

    def _filter(self, each: dict[str, Any], unfiltered: list[int], titles: dict[str, str]) -> dict[str, Any]:
        if each["filterType"] not in ("filter_time", "filter_select"):
            raise ShorthandError(f"filter {each.get('name')} is of another kind")
        short: dict[str, Any] = {"name": each["name"]}
        if each["description"]:
            short["description"] = each["description"]
        (target,) = each["targets"] or [{}]
        if target:
            short |= {
                "dataset": self.known.datasets[target["datasetUuid"]],
                "column": target["column"]["name"],
            }
            if not each["controlValues"].get("multiSelect", True):
                short["multiple"] = False
        if (value := each["defaultDataMask"]["filterState"].get("value")) is not None:
            short["default"] = value
        if each["cascadeParentIds"]:
            short["within"] = [titles[parent] for parent in each["cascadeParentIds"] if parent in titles]
        if excepted := [n for n in each["scope"]["excluded"] if n not in unfiltered]:
            short["except"] = [self.numbers[number] for number in excepted]
        return short
