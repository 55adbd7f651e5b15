"""Lineage of the whole project: every column of every model, back to the sources."""

from __future__ import annotations

from dataclasses import dataclass

from tradewind.lineage.columns import ALL, Inputs, Reference, lineage_of
from tradewind.lineage.manifest import CatalogError, Manifest, Node


@dataclass(frozen=True)
class ProjectLineage:
    """Where every column comes from.

    Attributes:
        relations: node by `schema.table`.
        columns: the real columns of each node, by its id: a model's select, a seed's file, a source's YAML.
        inputs: what each column of a model is computed from, by (table, column).
        rows: columns that decide the rows of a model, by its `schema.table`.
    """

    relations: dict[str, Node]
    columns: dict[str, tuple[str, ...]]
    inputs: dict[Reference, Inputs]
    rows: dict[str, frozenset[Reference]]


def follow(manifest: Manifest) -> ProjectLineage:
    """Trace all columns of all models.

    Raises:
        CatalogError: a model is not compiled.
    """
    columns: dict[str, tuple[str, ...]] = {}
    inputs: dict[Reference, Inputs] = {}
    rows: dict[str, frozenset[Reference]] = {}
    tables: dict[str, tuple[str, ...]] = {}
    for node in manifest.in_order():
        if node.kind == "model":
            if not node.sql:
                raise CatalogError(
                    f"{node.name} is not compiled: run `python -m tradewind dbt compile` first"
                )
            # An incremental model may read itself as well.
            known = {**tables, node.relation: tuple(node.columns)}
            found = lineage_of(node.sql, known, manifest.dialect)
            inputs |= {(node.relation, name): made_of for name, made_of in found.columns.items()}
            rows[node.relation] = found.rows
            columns[node.id] = tuple(found.columns)
        else:
            columns[node.id] = node.header or tuple(node.columns)
        tables[node.relation] = tuple(name for name in columns[node.id] if name != ALL) or tuple(node.columns)
    return ProjectLineage({node.relation: node for node in manifest.nodes.values()}, columns, inputs, rows)
