"""Attacks on the walls between roles, read from `attacks.yaml` and filled in for what a role may see."""

from __future__ import annotations

import copy
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("attacks.yaml")

CHART = "/api/v1/chart/data"
SQL_LAB = "/api/v1/sqllab/execute/"


@dataclass(frozen=True)
class Attack:
    """One request that must be refused.

    Attributes:
        body: of a `POST` or `PUT`; sent as a form if the path is that of legacy charts.
    """

    name: str
    method: str
    path: str
    body: dict[str, Any] | None = None


@dataclass(frozen=True)
class Target:
    """What an attacker sees, and what is closed to them; ids are those of this Superset.

    Attributes:
        body: the request for a chart on a dashboard that is open to them.
        legacy: the request for a chart that has its own endpoint: path and body.
        filter: the request for the values of a filter on the same dashboard.
        names: values of the placeholders in `attacks.yaml`.
    """

    body: dict[str, Any]
    legacy: tuple[str, dict[str, Any]] | None
    filter: dict[str, Any] | None
    names: dict[str, Any]


def attacks(target: Target, has_sql_lab: bool, path: Path = FILE) -> Iterator[Attack]:
    """Every attack in the file that applies to somebody with, or without, SQL Lab."""
    content = yaml.safe_load(path.read_text())
    names = {**target.names, **content["texts"]}
    concerned = {"everyone", "explorers" if has_sql_lab else "viewers"}
    for item in content["attacks"]:
        if item.get("who", "viewers") in concerned:
            yield from _requests(_filled(item, names), target)


def _requests(item: dict[str, Any], target: Target) -> Iterator[Attack]:
    name = item["name"]
    if "request" in item:
        method, path, *body = item["request"]
        yield Attack(name, method, path, body[0] if body else None)
    elif "sql" in item:
        yield Attack(name, "POST", SQL_LAB, {"database_id": target.names["database"], "sql": item["sql"]})
        column = {"expressionType": "SQL", "label": "x", "sqlExpression": f"({item['sql']})"}
        yield Attack(f"{name}, in a chart", "POST", CHART, _changed(target.body, {"columns": [column]}))
    elif "samples" in item:
        dataset, dashboard = target.names["dataset"], target.names["dashboard"]
        address = (
            f"/datasource/samples?datasource_type=table&datasource_id={dataset}&dashboard_id={dashboard}"
        )
        yield Attack(name, "POST", address, item["samples"])
    elif "legacy" in item:
        if target.legacy:
            path, body = target.legacy
            yield Attack(name, "POST", path, {"form_data": {**body["form_data"], **item["legacy"]}})
    elif "filter" in item:
        if target.filter:
            yield Attack(name, "POST", CHART, _changed(target.filter, item["filter"]))
    else:
        body = _changed(target.body, item.get("query", {}), item.get("form", {}))
        yield Attack(name, "POST", CHART, {**body, **item.get("body", {})})


def _changed(
    body: dict[str, Any], query: dict[str, Any], form: dict[str, Any] | None = None
) -> dict[str, Any]:
    body = copy.deepcopy(body)
    body["queries"] = [{**body["queries"][0], **query}]
    body["form_data"] |= form or {}
    return body


def _filled(value: Any, names: dict[str, Any]) -> Any:
    """The value with its placeholders filled in; a value that is only a placeholder keeps its type."""
    if isinstance(value, dict):
        return {key: _filled(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, names) for item in value]
    if not isinstance(value, str):
        return value
    if value.startswith("$") and value[1:] in names:
        return names[value[1:]]
    return string.Template(value).substitute(names)
