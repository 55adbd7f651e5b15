"""Check the assets before Superset sees them, from dashboard to chart to dataset to column or metric.

Superset's importer is silent about most faults: it drops what it cannot resolve, and the page stays empty.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import sqlglot
from sqlglot import exp

from tradewind.dashboards import formats, names
from tradewind.dashboards import tree as asset_tree
from tradewind.dashboards.shorthand import uuid_for
from tradewind.dashboards.strict import project_faults
from tradewind.dashboards.tree import Tree, kind_of, nodes, of_kind

GRID_COLUMNS = 12
#: The dataset that says for each dashboard what its figures rest on.
STATUS = "mart_dashboard_status"

# Ids of one metadata database: in another they refer to something else, or to nothing.
_DATABASE_IDS = {
    "datasource",
    "datasource_id",
    "datasetId",
    "database_id",
    "slice_id",
    "sliceId",
    "chart_id",
    "dashboardId",
    "dashboards",
}
# The browser derives these; if stored, they go stale.
_DERIVED = {"chartsInScope", "tabsInScope", "map_label_colors", "color_scheme_domain", "url_params"}
_SECRET_KEYS = {"password", "encrypted_extra", "masked_encrypted_extra"}
_SECRET_URL = re.compile(r"://[^/\s:@]*:[^/\s@]+@")


def check(tree: Tree) -> list[str]:
    """Every fault of the tree, as `file: what is wrong`; an empty list if there is none."""
    return [f"{path}: {fault}" for path, fault in _faults(tree)]


def _faults(tree: Tree) -> Iterator[tuple[str, str]]:
    owners: dict[str, str] = {}
    for path, data in tree.items():
        if not kind_of(path):
            continue
        for fault in [*_id_faults(path, data), *_hygiene_faults(data)]:
            yield path, fault
        if data.get("uuid") in owners:
            yield path, f"has the uuid of {owners[data['uuid']]}"
        owners[data.get("uuid", "")] = path

    databases = {data["uuid"] for data in of_kind(tree, "databases").values()}
    datasets = {data["uuid"]: data for data in of_kind(tree, "datasets").values()}
    charts = {data["uuid"]: data for data in of_kind(tree, "charts").values()}
    for path, data in of_kind(tree, "datasets").items():
        if data["database_uuid"] not in databases:
            yield path, f"no database has the uuid {data['database_uuid']}"
        for fault in _dataset_faults(data):
            yield path, fault
    yield from formats.metric_faults(
        [(path, item) for path, data in of_kind(tree, "datasets").items() for item in data["metrics"]]
    )
    for path, data in of_kind(tree, "charts").items():
        for fault in _chart_faults(data, datasets):
            yield path, fault
    for path, data in of_kind(tree, "dashboards").items():
        for fault in [
            *_layout_faults(data, set(charts)),
            *_metadata_faults(data, datasets),
            *_reach_faults(data, charts, datasets),
            *_status_faults(data, charts, datasets),
        ]:
            yield path, fault


def _id_faults(path: str, data: dict[str, Any]) -> Iterator[str]:
    kind = kind_of(path)
    name = asset_tree.full_name(data) if kind == "datasets" else PurePosixPath(path).stem
    expected = uuid_for(kind, name)
    if data.get("uuid") != expected:
        yield f"the uuid of {kind}/{name} is {expected}, not {data.get('uuid')}"


def _hygiene_faults(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in _DATABASE_IDS:
                yield f"'{name}' is an id of one metadata database"
            elif name in _DERIVED:
                yield f"'{name}' is derived by the browser: leave it out"
            elif name in _SECRET_KEYS:
                yield f"'{name}' may hold a secret: it belongs in the environment"
            else:
                yield from _hygiene_faults(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _hygiene_faults(inner, key)
    elif isinstance(value, str) and _SECRET_URL.search(value):
        yield f"'{key}' holds a password: it belongs in the environment"


def _chart_faults(chart: dict[str, Any], datasets: dict[str, dict[str, Any]]) -> Iterator[str]:
    dataset = datasets.get(chart["dataset_uuid"])
    if dataset is None:
        yield f"no dataset has the uuid {chart['dataset_uuid']}"
        return
    params = chart["params"]
    if params.get("viz_type") != chart["viz_type"]:
        yield f"viz_type is {chart['viz_type']}, but params say {params.get('viz_type')}"

    yield from formats.chart_faults(chart, dataset)
    table = asset_tree.full_name(dataset)
    columns = _columns(dataset)
    metrics = {metric["metric_name"] for metric in dataset["metrics"]}
    if not [*names.metrics(params), *names.columns(params)]:
        yield "it names neither a metric nor a column"
    for metric in names.metrics(params):
        if not isinstance(metric, str):
            yield f"metric {_label(metric)!r} is ad hoc: define it beside the mart"
        elif metric not in metrics:
            yield f"metric '{metric}' is not in {table}"
    for column in names.columns(params):
        if not isinstance(column, str):
            yield f"column {_label(column)!r} is ad hoc: define it in the mart"
        elif column not in columns:
            yield f"column '{column}' is not in {table}"
    for condition in names.conditions(params):
        if condition.get("expressionType") != "SIMPLE":
            yield "a filter is free SQL: filter by a column"
        elif condition["subject"] not in columns:
            yield f"filter column '{condition['subject']}' is not in {table}"
    for name in names.periods(params):
        if name in columns and not columns[name].get("is_dttm"):
            yield f"period '{name}' of {table} is not a date"
    for name in names.either(params):
        if name not in columns.keys() | metrics:
            yield f"'{name}' is neither a column nor a metric of {table}"


def _dataset_faults(dataset: dict[str, Any]) -> Iterator[str]:
    columns = _columns(dataset)
    for metric in dataset["metrics"]:
        try:
            expression = sqlglot.parse_one(metric["expression"], dialect="postgres")
        except sqlglot.errors.SqlglotError:
            yield f"metric '{metric['metric_name']}' is not SQL: {metric['expression']}"
            continue
        for name in sorted({column.name for column in expression.find_all(exp.Column)} - columns.keys()):
            yield f"metric '{metric['metric_name']}' reads '{name}', which is not a column"
    if (period := dataset.get("main_dttm_col")) and not columns.get(period, {}).get("is_dttm"):
        yield f"main_dttm_col '{period}' is not a date column"


def _reach_faults(
    dashboard: dict[str, Any], charts: dict[str, dict[str, Any]], datasets: dict[str, dict[str, Any]]
) -> Iterator[str]:
    """Filters that do not narrow charts in their scope: a reader would think the figure was filtered."""
    for item in dashboard["metadata"].get("native_filter_configuration", []):
        targets = [target["column"]["name"] for target in item["targets"] if target]
        for node in nodes(dashboard, "CHART"):
            chart = charts.get(node["meta"]["uuid"])
            dataset = datasets.get(chart["dataset_uuid"]) if chart else None
            if dataset is None or not _in_scope(node, item["scope"]):
                continue
            name = node["meta"].get("sliceName")
            if item["filterType"] == "filter_time" and not [*names.periods(chart["params"])]:
                yield f"filter {item['name']}: chart '{name}' has no period: give it one, or except it"
            for column in targets:
                if column not in _columns(dataset):
                    table = dataset["table_name"]
                    yield f"filter {item['name']}: chart '{name}' has no '{column}' in {table}: except it"


def _in_scope(node: dict[str, Any], scope: dict[str, Any]) -> bool:
    below = set(scope.get("rootPath", [])) & {node["id"], *node.get("parents", [])}
    return bool(below) and node["meta"]["chartId"] not in scope.get("excluded", [])


def _status_faults(
    dashboard: dict[str, Any], charts: dict[str, dict[str, Any]], datasets: dict[str, dict[str, Any]]
) -> Iterator[str]:
    """Status charts on a page that are about another page."""
    for node in nodes(dashboard, "CHART"):
        chart = charts.get(node["meta"]["uuid"]) or {}
        dataset = datasets.get(chart.get("dataset_uuid", ""))
        if dataset and dataset["table_name"] == STATUS:
            for condition in names.conditions(chart["params"]):
                if condition.get("subject") == "dashboard" and condition["comparator"] != dashboard["slug"]:
                    name = node["meta"].get("sliceName")
                    yield f"chart '{name}' is the status of {condition['comparator']}, not of this page"


def _layout_faults(dashboard: dict[str, Any], charts: set[str]) -> Iterator[str]:
    position = {name: node for name, node in dashboard["position"].items() if isinstance(node, dict)}
    reached: dict[str, list[str]] = {"ROOT_ID": []}
    queue = ["ROOT_ID"]
    while queue:
        parent = queue.pop()
        for child in position[parent]["children"] if parent in position else []:
            if child not in position:
                yield f"layout: {parent} has a child {child} that does not exist"
            else:
                reached[child] = [*reached[parent], parent]
                queue.append(child)
    for name, node in position.items():
        if node["id"] != name:
            yield f"layout: {name} calls itself {node['id']}"
        if name not in reached:
            if name != "HEADER_ID":
                yield f"layout: {name} is out of reach of ROOT_ID"
        elif node.get("parents", []) != reached[name]:
            yield f"layout: the parents of {name} are {reached[name]}"

    for row in nodes(dashboard, "ROW"):
        width = sum(position[child]["meta"]["width"] for child in row["children"] if child in position)
        if width > GRID_COLUMNS:
            yield f"layout: {row['id']} is {width} columns wide, the grid has {GRID_COLUMNS}"
    for node in nodes(dashboard, "CHART"):
        if node["meta"]["uuid"] not in charts:
            yield f"layout: {node['id']} shows a chart that has no file, uuid {node['meta']['uuid']}"
    ids = sorted(_chart_ids(dashboard))
    if ids != list(range(1, len(ids) + 1)):
        yield f"layout: the chartIds are {ids}, not 1 to {len(ids)}"


def _metadata_faults(dashboard: dict[str, Any], datasets: dict[str, dict[str, Any]]) -> Iterator[str]:
    metadata = dashboard["metadata"]
    filters = metadata.get("native_filter_configuration", [])
    for item in filters:
        for target in item["targets"]:
            if not target:
                continue
            dataset = datasets.get(target["datasetUuid"])
            column = target["column"]["name"]
            if dataset is None:
                yield f"filter {item['name']}: no dataset has the uuid {target['datasetUuid']}"
            elif column not in _columns(dataset):
                yield f"filter {item['name']}: column '{column}' is not in {dataset['table_name']}"
            metrics = {metric["metric_name"] for metric in dataset["metrics"]} if dataset else set()
            sorts = item.get("controlValues", {}).get("sortMetric")
            if dataset and sorts and sorts not in metrics:
                yield f"filter {item['name']}: metric '{sorts}' is not in {dataset['table_name']}"
        for parent in set(item.get("cascadeParentIds", [])) - {other["id"] for other in filters}:
            yield f"filter {item['name']}: its parent {parent} does not exist"

    scopes = [item["scope"] for item in filters]
    scopes.append(metadata.get("global_chart_configuration", {}).get("scope", {}))
    used = [*metadata.get("chart_configuration", {}), *metadata.get("expanded_slices", {})]
    used += metadata.get("timed_refresh_immune_slices", [])
    used += [chart for scope in scopes for chart in scope.get("excluded", [])]
    known = {str(chart) for chart in _chart_ids(dashboard)}
    for chart in used:
        if str(chart) not in known:
            yield f"chart id {chart} is not one of this dashboard's chartIds"
    for root in {root for scope in scopes for root in scope.get("rootPath", [])}:
        if root not in dashboard["position"]:
            yield f"a scope starts at {root}, which is not in the layout"


def _chart_ids(dashboard: dict[str, Any]) -> list[int]:
    return [node["meta"]["chartId"] for node in nodes(dashboard, "CHART")]


def _columns(dataset: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {column["column_name"]: column for column in dataset["columns"]}


def _label(item: Any) -> str:
    return str(item.get("label") or item.get("sqlExpression")) if isinstance(item, dict) else str(item)


def main() -> int:
    """Print every fault; exit code 1 if there is one."""
    try:
        assets = asset_tree.read()
    except asset_tree.TreeError as error:
        print(error, file=sys.stderr)
        return 1
    faults = [*project_faults(), *check(assets)]
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(assets)} files, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
