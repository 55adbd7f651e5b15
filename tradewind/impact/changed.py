"""What changed files mean: columns of seeds and sources, metrics, charts, dashboards, roles.

Changes of SQL are compared after compiling them: see `tradewind.impact.models`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import yaml

from tradewind.impact.git import Change
from tradewind.lineage.columns import ALL


@dataclass
class Changed:
    """What was changed directly.

    Attributes:
        nodes: touched columns by the name of a model, seed or source; none where only words changed.
        is_project: whether a file changed from which models are compiled.
        metrics: (model, metric) whose definition differs.
        charts: names of files.
        dashboards: names of files.
        slugs: dashboards that other roles may see.
        roles: roles that are made otherwise.
    """

    nodes: dict[str, set[str]] = field(default_factory=dict)
    is_project: bool = False
    metrics: set[tuple[str, str]] = field(default_factory=set)
    charts: set[str] = field(default_factory=set)
    dashboards: set[str] = field(default_factory=set)
    slugs: set[str] = field(default_factory=set)
    roles: set[str] = field(default_factory=set)

    def note(self, node: str, columns: Iterable[str] = ()) -> None:
        self.nodes.setdefault(node, set()).update(columns)


def read_changes(changes: list[Change]) -> Changed:
    """Sort changes by what they touch; files that no figure depends on are ignored."""
    found = Changed()
    for change in changes:
        match PurePosixPath(change.path).parts:
            case ("dbt_project", "models", *_, name) if name.endswith((".yml", ".yaml")):
                found.is_project = True
                _properties(change, found)
            case ("dbt_project", "seeds", *_, name) if name.endswith(".csv"):
                found.is_project = True
                found.note(PurePosixPath(name).stem, {ALL})
            case ("dbt_project", "models", *_, name) if name.endswith(".sql"):
                found.is_project = True
                found.note(PurePosixPath(name).stem)
            case ("dbt_project", "models" | "macros", *_) | ("dbt_project", "dbt_project.yml"):
                found.is_project = True
            case ("ingestion", "contracts", _, name) if name.count(".") > 1:
                pass  # a mapping: the staging model generated from it differs as well
            case ("ingestion", "contracts", source, name) if name.endswith(".yaml"):
                _contract(change, f"{source}.{PurePosixPath(name).stem}", found)
            case ("superset", "assets", "datasets", *_, _):
                _dataset(change, found)
            case ("superset", "assets", "charts", *_, name):
                found.charts.add(PurePosixPath(name).stem)
            case ("superset", "assets", "dashboards", *_, name):
                found.dashboards.add(PurePosixPath(name).stem)
            case ("superset", "security.yaml"):
                _security(change, found)
    return found


def _properties(change: Change, found: Changed) -> None:
    old, new = _load(change.old), _load(change.new)
    for kind in ("models", "seeds"):
        for name, (before, after) in _pairs(old.get(kind), new.get(kind)).items():
            found.note(name, _differing(before.get("columns"), after.get("columns")))
            metrics = [each.get("config", {}).get("meta", {}).get("superset", {}) for each in (before, after)]
            for metric in _differing(*(each.get("metrics") for each in metrics)):
                found.metrics.add((name, metric))
    for source, (before, after) in _pairs(old.get("sources"), new.get("sources")).items():
        for table, (one, other) in _pairs(before.get("tables"), after.get("tables")).items():
            found.note(f"{source}.{table}", _differing(one.get("columns"), other.get("columns")))


def _contract(change: Change, source: str, found: Changed) -> None:
    old, new = (_load(text).get("schema") or [{}] for text in (change.old, change.new))
    found.note(source, _differing(old[0].get("properties"), new[0].get("properties")))


def _dataset(change: Change, found: Changed) -> None:
    old, new = _load(change.old), _load(change.new)
    table = new.get("table_name") or old.get("table_name")
    if table:
        columns = _differing(old.get("columns"), new.get("columns"), "column_name")
        metrics = _differing(old.get("metrics"), new.get("metrics"), "metric_name")
        found.metrics |= {(table, metric) for metric in metrics}
        if columns:
            found.note(table, columns)


def _security(change: Change, found: Changed) -> None:
    old, new = _load(change.old), _load(change.new)
    for key, names in (("roles", found.roles), ("dashboards", found.slugs)):
        before, after = old.get(key) or {}, new.get(key) or {}
        names |= {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    for slug in found.slugs:
        before, after = ((each.get("dashboards") or {}).get(slug) or [] for each in (old, new))
        found.roles |= set(before) ^ set(after)


def _pairs(old: Any, new: Any) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Items of two lists by name, if they differ; a missing item is empty."""
    before, after = ({item["name"]: item for item in each or []} for each in (old, new))
    return {
        name: (before.get(name, {}), after.get(name, {}))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    }


def _differing(old: Any, new: Any, key: str = "name") -> set[str]:
    before, after = ({item[key]: item for item in each or []} for each in (old, new))
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def _load(text: str | None) -> dict[str, Any]:
    try:
        data = yaml.safe_load(text or "")
    except yaml.YAMLError:  # half-written: the check of the assets and dbt name the place
        return {}
    return data if isinstance(data, dict) else {}
