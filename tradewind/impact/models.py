"""Which models, and which of their columns, two states of the project compute differently."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import Environment, nodes

from tradewind.lineage.columns import ALL
from tradewind.lineage.manifest import Manifest, Node
from tradewind.lineage.project import ProjectLineage
from tradewind.lineage.versions import Version

#: Keys of a model's configuration, and of its `meta`, that decide how its table is built.
_BUILD = ("materialized", "incremental_strategy", "unique_key", "schema", "alias")
_BUILD_META = ("slices", "batches_of", "key", "spread")

#: Macros that decide which rows of a table a build replaces; their effect is not in the compiled select.
_SLICES = "macros/slices/"


def changed_models(before: Manifest, now: Manifest, lineage: ProjectLineage) -> dict[str, set[str]]:
    """Columns that are computed differently, by model name; `ALL` if a model's rows may differ.

    Both states are compiled, so a changed macro or variable counts only for the SQL that it changes.

    Args:
        lineage: that of `now`.
    """
    found: dict[str, set[str]] = {}
    before_tables = _earlier_columns(before, now, lineage)
    by_name = {node.name: node for node in before.models()}
    now_tables = {node.relation: lineage.columns[node.id] for node in now.nodes.values()}
    for node in now.models():
        old = by_name.pop(node.name, None)
        if old is None or _building(old, before) != _building(node, now):
            found[node.name] = {ALL}
        elif old.sql != node.sql or any(
            before_tables.get(relation) != now_tables.get(relation) for relation in _read_by(node, now)
        ):
            versions = (
                Version.read(each.sql, tables, now.dialect)
                for each, tables in ((old, before_tables), (node, now_tables))
            )
            if columns := next(versions).changed_columns(next(versions)):
                found[node.name] = set(columns)
    return found | {name: {ALL} for name in by_name}


def _read_by(node: Node, manifest: Manifest) -> list[str]:
    return [manifest.nodes[each].relation for each in node.inputs if each in manifest.nodes]


def _earlier_columns(before: Manifest, now: Manifest, lineage: ProjectLineage) -> dict[str, tuple[str, ...]]:
    """The actual columns of the earlier state, by `schema.table`; parsed again only if they may differ."""
    columns: dict[str, tuple[str, ...]] = {}
    tables: dict[str, tuple[str, ...]] = {}
    for node in before.in_order():
        same = now.nodes.get(node.id)
        if node.kind != "model":
            columns[node.id] = node.header or tuple(node.columns)
        elif (
            same
            and same.sql == node.sql
            and all(columns.get(each) == lineage.columns.get(each) for each in node.inputs)
        ):
            columns[node.id] = lineage.columns[node.id]
        else:
            columns[node.id] = tuple(Version.read(node.sql, tables, before.dialect).columns)
        tables[node.relation] = columns[node.id]
    return tables


def _building(node: Node, manifest: Manifest) -> list[object]:
    """How the model's table is built, apart from its select."""
    meta = node.config.get("meta") or {}
    configured: list[object] = [node.config.get(key) for key in _BUILD]
    configured += [meta.get(key) for key in _BUILD_META]
    if not meta.get("slices"):
        return configured
    macros = {macro.name: macro.sql for macro in manifest.called_by(node) if macro.path.startswith(_SLICES)}
    return [*configured, macros, _choices(node.template, macros)]


def _choices(template: str, macros: Mapping[str, str]) -> list[str]:
    """Calls of these macros, and the blocks of `if` that depend on them."""
    tree = Environment(extensions=["jinja2.ext.do"]).parse(template)

    def is_choice(part: nodes.Node) -> bool:
        if isinstance(part, nodes.If):
            return is_choice(part.test) or any(map(is_choice, part.test.find_all(nodes.Call)))
        named = isinstance(part, nodes.Call) and isinstance(part.node, nodes.Name)
        return named and part.node.name in macros

    return [repr(part) for part in tree.find_all((nodes.Call, nodes.If)) if is_choice(part)]
