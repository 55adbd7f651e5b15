"""Expands the repository's short form of charts and dashboards into what Superset's importer expects.

A chart says `dataset: mart_sales_monthly` and `period: month`; a dashboard says which charts are in which
row, and which filters it has. Ids, links, parents, and the dozens of keys that are always the same are added.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

#: Seconds after which an open page refreshes its figures, by default.
REFRESH_SECONDS = 300
#: Schema of datasets that do not name one.
MARTS = "marts"

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://tradewind.example/superset")


class ShorthandError(ValueError):
    """A short form that cannot be expanded; the message says where and why."""


def uuid_for(kind: str, name: str) -> str:
    """The id of an object: the same on every machine, because it depends only on the name."""
    return str(uuid.uuid5(_NAMESPACE, f"{kind}/{name}"))


def dataset_uuid(name: str) -> str:
    """The id of the dataset `mart_sales_monthly`, or, with its schema, of `ops.health_loads`."""
    return uuid_for("datasets", name if "." in name else f"{MARTS}.{name}")


def names_in(layout: list[dict[str, Any]]) -> Iterator[str]:
    """Names of everything in a row, however deep in tabs: charts, and the dashboard's texts."""
    for block in layout:
        yield from block.get("row", ())
        for blocks in block.get("tabs", {}).values():
            yield from names_in(blocks)


def chart(path: str, data: dict[str, Any]) -> dict[str, Any]:
    """A chart, expanded.

    Args:
        path: of its file; the chart's id is derived from the file's name.
    """
    data = dict(data)
    dataset = data.pop("dataset")
    period = data.pop("period", None)
    filters = [period_filter(period)] if period else []
    params = {"viz_type": data["viz_type"], **data["params"]}
    for key in ("adhoc_filters", "adhoc_filters_b"):
        if key == "adhoc_filters" or "metrics_b" in params:
            params[key] = filters + params.get(key, [])
    return {
        **data,
        "params": params,
        "uuid": uuid_for("charts", PurePosixPath(path).stem),
        "dataset_uuid": dataset_uuid(dataset),
        "version": "1.0.0",
    }


def dashboard(path: str, data: dict[str, Any], titles: dict[str, str]) -> dict[str, Any]:
    """A dashboard, expanded.

    Args:
        path: of its file.
        titles: of every chart, by the name of its file.

    Raises:
        ShorthandError: if a row names something that is neither a chart nor one of the dashboard's texts.
    """
    data = dict(data)
    layout = _Layout(path, titles, data.pop("texts", {}))
    position = layout.write(data["dashboard_title"], data.pop("layout"))
    unfiltered = [layout.number(name) for name in data.pop("unfiltered", [])]
    scope = {"rootPath": ["ROOT_ID"], "excluded": unfiltered}
    filters = [_filter(each, unfiltered, layout) for each in data.pop("filters", [])]
    seconds = data.pop("refresh_seconds", REFRESH_SECONDS)
    return {
        **data,
        "uuid": uuid_for("dashboards", PurePosixPath(path).stem),
        "position": position,
        "metadata": {
            # A colour scheme here would override those of the charts.
            "color_scheme": "",
            "refresh_frequency": seconds,
            "filter_bar_orientation": "HORIZONTAL",
            "timed_refresh_immune_slices": [],
            "expanded_slices": {},
            "default_filters": "{}",
            "cross_filters_enabled": True,
            "chart_configuration": {},
            "global_chart_configuration": {"scope": scope},
            "native_filter_configuration": filters,
        },
        "version": "1.0.0",
    }


def period_filter(column: str) -> dict[str, Any]:
    """The chart's filter that the page's time filter sets."""
    return {
        "clause": "WHERE",
        "expressionType": "SIMPLE",
        "operator": "TEMPORAL_RANGE",
        "subject": column,
        "comparator": "No filter",
    }


def slug(text: str) -> str:
    """Lowercase letters, digits and underscores: how names are made from titles."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def page_slug(title: str) -> str:
    """The slug of a dashboard whose file has none: `sales-trends`; `page` without Latin letters."""
    return slug(title).replace("_", "-") or "page"


class _Layout:
    """Rows and tabs of charts and texts, as nodes of Superset's tree."""

    def __init__(self, path: str, titles: dict[str, str], texts: dict[str, str]) -> None:
        self.path = path
        self.titles = titles
        self.texts = texts
        self.numbers: dict[str, int] = {}
        self.nodes: dict[str, Any] = {}

    def write(self, title: str, layout: list[dict[str, Any]]) -> dict[str, Any]:
        self.nodes = {
            "DASHBOARD_VERSION_KEY": "v2",
            "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": title}},
        }
        self._node("ROOT", "ROOT_ID", [], ["GRID_ID"])
        self._node("GRID", "GRID_ID", ["ROOT_ID"], self._blocks(layout, ["ROOT_ID", "GRID_ID"], ""))
        return self.nodes

    def number(self, name: str) -> int:
        """The id of a chart on this dashboard."""
        if name not in self.numbers:
            raise ShorthandError(f"{self.path}: chart '{name}' is not in any row")
        return self.numbers[name]

    def _blocks(self, blocks: list[dict[str, Any]], parents: list[str], suffix: str) -> list[str]:
        names = []
        for index, block in enumerate(blocks, 1):
            if "tabs" in block:
                names.append(f"TABS{suffix}-{index}")
                tabs = list(self._tabs(block["tabs"], [*parents, names[-1]], suffix))
                self._node("TABS", names[-1], parents, tabs, {})
            else:
                names.append(f"ROW{suffix}-{index}")
                held = list(self._row(block, [*parents, names[-1]]))
                self._node("ROW", names[-1], parents, held, {"background": "BACKGROUND_TRANSPARENT"})
        return names

    def _tabs(self, tabs: dict[str, list], parents: list[str], suffix: str) -> Iterator[str]:
        for title, blocks in tabs.items():
            name = f"TAB{suffix}-{slug(title)}"
            rows = self._blocks(blocks, [*parents, name], f"{suffix}-{slug(title)}")
            meta = {"text": title, "defaultText": "Tab title", "placeholder": "Tab title"}
            self._node("TAB", name, parents, rows, meta)
            yield name

    def _row(self, block: dict[str, Any], parents: list[str]) -> Iterator[str]:
        for name, place in block["row"].items():
            # A width, or what is special in this place: {width: 6, height: 40, title: Another one}.
            place = dict(place) if isinstance(place, dict) else {"width": place}
            title = place.pop("title", None)
            size = {"width": place["width"], "height": place.get("height", block["height"])}
            if name in self.texts:
                node = f"MARKDOWN-{name}"
                self._node("MARKDOWN", node, parents, [], {**size, "code": self.texts[name]})
            elif name in self.titles:
                node = f"CHART-{name}"
                self.numbers[name] = len(self.numbers) + 1
                meta = {
                    "chartId": self.numbers[name],
                    "sliceName": self.titles[name],
                    "uuid": uuid_for("charts", name),
                    **({"sliceNameOverride": title} if title else {}),
                }
                self._node("CHART", node, parents, [], {**meta, **size})
            else:
                raise ShorthandError(f"{self.path}: '{name}' is neither a chart nor one of the texts")
            yield node

    def _node(
        self, kind: str, name: str, parents: list[str], children: list[str], meta: dict | None = None
    ) -> None:
        if name in self.nodes:
            raise ShorthandError(f"{self.path}: '{name}' occurs twice in the layout")
        self.nodes[name] = {"type": kind, "id": name, "children": children}
        if parents:
            self.nodes[name]["parents"] = parents
        if meta is not None:
            self.nodes[name]["meta"] = meta


def _filter(short: dict[str, Any], unfiltered: list[int], layout: _Layout) -> dict[str, Any]:
    """A filter of a page: `{name: Period}` is the time filter, others name a dataset and its column."""
    excluded = sorted({*unfiltered, *(layout.number(name) for name in short.get("except", []))})
    is_period = "column" not in short
    controls: dict[str, Any] = {"enableEmptyFilter": False}
    target: dict[str, Any] = {}
    mask: dict[str, Any] = {"extraFormData": {}, "filterState": {}, "ownState": {}}
    if not is_period:
        column = short["column"]
        target = {"datasetUuid": dataset_uuid(short["dataset"]), "column": {"name": column}}
        controls |= {
            # Only existing values: otherwise half a word and Enter would empty the page.
            "creatable": False,
            "defaultToFirstItem": False,
            "multiSelect": short.get("multiple", True),
            # The list has the first thousand values; what is typed is looked up in the warehouse.
            "searchAllOptions": True,
            "inverseSelection": False,
        }
        if "default" in short:
            values = short["default"]
            mask["filterState"] = {"value": values, "label": ", ".join(map(str, values))}
            mask["extraFormData"] = {"filters": [{"col": column, "op": "IN", "val": values}]}
    elif "default" in short:
        mask["filterState"] = {"value": short["default"]}
        mask["extraFormData"] = {"time_range": short["default"]}
    return {
        "id": f"NATIVE_FILTER-{slug(short['name'])}",
        "name": short["name"],
        "type": "NATIVE_FILTER",
        "filterType": "filter_time" if is_period else "filter_select",
        "description": short.get("description", ""),
        "targets": [target],
        "defaultDataMask": mask,
        "cascadeParentIds": [f"NATIVE_FILTER-{slug(name)}" for name in short.get("within", [])],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": excluded},
        "controlValues": controls,
    }
