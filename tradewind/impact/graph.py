"""From what was changed, along the lineage, to the roles that see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import sqlglot
from sqlglot import exp

from tradewind.dashboards import names
from tradewind.dashboards.tree import Tree, nodes, of_kind
from tradewind.impact.changed import Changed
from tradewind.lineage.columns import ALL, Reference
from tradewind.lineage.manifest import Manifest, Node
from tradewind.lineage.project import ProjectLineage

KINDS = ("model", "metric", "chart", "dashboard", "role")

_EVERY = frozenset({ALL})

#: Kind and name; a metric's name is `mart.metric`, a chart's that of its file, a dashboard's its slug.
Key = tuple[str, str]


@dataclass
class Impact:
    """Everything that a change touches.

    Attributes:
        changed: what was changed itself.
        touched: everything, with what is said of it: columns, titles.
        edges: from -> to, between touched things.
    """

    changed: set[Key] = field(default_factory=set)
    touched: dict[Key, str] = field(default_factory=dict)
    edges: set[tuple[Key, Key]] = field(default_factory=set)

    def of(self, kind: str) -> list[Key]:
        """Touched things of one kind, by name."""
        return sorted(key for key in self.touched if key[0] == kind)

    def causes(self, key: Key) -> list[Key]:
        """What touches it directly."""
        return sorted(start for start, end in self.edges if end == key)

    def add(self, key: Key, about: str, causes: Iterable[Key] = (), is_changed: bool = False) -> None:
        self.touched[key] = about
        self.edges |= {(cause, key) for cause in causes}
        if is_changed:
            self.changed.add(key)


def impact(
    changed: Changed, project: Manifest, lineage: ProjectLineage, assets: Tree, security: dict[str, Any]
) -> Impact:
    """What the change touches.

    Args:
        lineage: that of the project.
        security: of `superset/security.yaml`: which roles see which dashboard.
    """
    found = Impact()
    columns = _models(changed, project, lineage, found)
    metrics = _metrics(changed, project, columns, found)
    tables = {data["uuid"]: data["table_name"] for data in of_kind(assets, "datasets").values()}
    charts = _charts(changed, assets, tables, columns, metrics, found)
    _dashboards(changed, assets, tables, columns, charts, found)
    _roles(changed, security, found)
    return found


def _models(
    changed: Changed, project: Manifest, lineage: ProjectLineage, found: Impact
) -> dict[str, frozenset[str]]:
    """Touched columns by the model's name."""
    touched: dict[str, frozenset[str]] = {}
    for node in project.in_order():
        own = changed.nodes.get(node.name)
        columns, causes = _reached(node, project, lineage, touched)
        columns |= frozenset(own or ())
        if own is None and not columns:
            continue
        touched[node.relation] = _EVERY if ALL in columns else columns
        about = "all columns" if ALL in columns else ", ".join(sorted(columns)) or "words only"
        found.add(("model", node.name), about, (("model", name) for name in causes), own is not None)
    by_name = {lineage.relations[relation].name: columns for relation, columns in touched.items()}
    for name in changed.nodes.keys() - {node.name for node in project.nodes.values()}:
        by_name[name] = _EVERY
        found.add(("model", name), "is gone", is_changed=True)
    return by_name


def _reached(
    node: Node, project: Manifest, lineage: ProjectLineage, touched: Mapping[str, frozenset[str]]
) -> tuple[frozenset[str], list[str]]:
    """Columns of a node that depend on touched columns, and the names of the nodes these belong to."""
    read = {project.nodes[each].relation for each in node.inputs if each in project.nodes}

    def met(references: Iterable[Reference]) -> set[str]:
        """Tables with a touched column among these."""
        tables = set()
        for table, column in references:
            of_table = touched.get(table, frozenset())
            if of_table & {ALL, column} or (of_table and column == ALL):
                tables.add(table)
            elif table == ALL:  # SQL that cannot be parsed
                tables |= {each for each in read if touched.get(each)}
        return tables

    # If a whole table is touched, so are the rows of the models that read it.
    causes = met(lineage.rows.get(node.relation, ())) | {t for t in read if touched.get(t) == _EVERY}
    columns = {ALL} if causes else set()
    for name in lineage.columns[node.id]:
        inputs = lineage.inputs.get((node.relation, name))
        if inputs and (tables := met(inputs.all)):
            columns.add(name)
            causes |= tables
    return frozenset(columns), sorted(lineage.relations[table].name for table in causes)


def _metrics(
    changed: Changed, project: Manifest, columns: dict[str, frozenset[str]], found: Impact
) -> dict[str, set[str]]:
    """Touched metrics by the model's name."""
    touched: dict[str, set[str]] = {}
    defined = {
        (model.name, metric["name"]): metric["expression"]
        for model in project.models()
        for metric in (model.meta.get("superset") or {}).get("metrics", ())
    }
    for model, metric in sorted(defined.keys() | changed.metrics):
        is_changed = (model, metric) in changed.metrics
        reads = _columns_in(defined.get((model, metric), ""))
        of_model = columns.get(model, frozenset())
        if is_changed or ALL in of_model or of_model & reads:
            touched.setdefault(model, set()).add(metric)
            about = defined.get((model, metric), "is gone")
            causes = [("model", model)] if of_model & (_EVERY | reads) else []
            found.add(("metric", f"{model}.{metric}"), about, causes, is_changed)
    return touched


def _charts(
    changed: Changed,
    assets: Tree,
    tables: dict[str, str],
    columns: dict[str, frozenset[str]],
    metrics: dict[str, set[str]],
    found: Impact,
) -> set[str]:
    """Uuids of touched charts."""
    touched = set()
    for path, data in of_kind(assets, "charts").items():
        name = PurePosixPath(path).stem
        table = tables.get(data["dataset_uuid"], "")
        named = names.all_of(data["params"])
        of_table = columns.get(table, frozenset())
        causes = [("metric", f"{table}.{metric}") for metric in sorted(metrics.get(table, set()) & named)]
        # A metric stands between the model and the chart that shows it.
        if of_table & (named - metrics.get(table, set())) or (of_table == _EVERY and not causes):
            causes.append(("model", table))
        if causes or name in changed.charts:
            touched.add(data["uuid"])
            found.add(("chart", name), data["slice_name"], causes, name in changed.charts)
    present = {PurePosixPath(path).stem for path in of_kind(assets, "charts")}
    for name in changed.charts - present:
        found.add(("chart", name), "is gone", is_changed=True)
    return touched


def _dashboards(
    changed: Changed,
    assets: Tree,
    tables: dict[str, str],
    columns: dict[str, frozenset[str]],
    charts: set[str],
    found: Impact,
) -> None:
    stems = {data["uuid"]: PurePosixPath(path).stem for path, data in of_kind(assets, "charts").items()}
    for path, data in of_kind(assets, "dashboards").items():
        shown = {node["meta"]["uuid"] for node in nodes(data, "CHART")}
        causes = {("chart", stems[uuid]) for uuid in shown & charts}
        for each in data["metadata"].get("native_filter_configuration", []):
            for target in filter(None, each.get("targets", [])):
                table = tables.get(target["datasetUuid"], "")
                if columns.get(table, frozenset()) & {ALL, target["column"]["name"]}:
                    causes.add(("model", table))
        is_changed = PurePosixPath(path).stem in changed.dashboards or data["slug"] in changed.slugs
        if causes or is_changed:
            found.add(("dashboard", data["slug"]), data["dashboard_title"], causes, is_changed)
    present = {PurePosixPath(path).stem for path in of_kind(assets, "dashboards")}
    for name in changed.dashboards - present:
        found.add(("dashboard", name.replace("_", "-")), "is gone", is_changed=True)


def _roles(changed: Changed, security: dict[str, Any], found: Impact) -> None:
    for slug, roles in (security.get("dashboards") or {}).items():
        if ("dashboard", slug) in found.touched:
            for role in roles:
                found.add(("role", role), "", [("dashboard", slug)], role in changed.roles)
    for role in changed.roles:
        found.add(("role", role), found.touched.get(("role", role), ""), is_changed=True)


def _columns_in(expression: str) -> frozenset[str]:
    if not expression:
        return frozenset()
    tree = sqlglot.parse_one(expression, dialect="postgres")
    return frozenset(column.name.lower() for column in tree.find_all(exp.Column))
