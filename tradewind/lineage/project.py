"""Lineage through the whole project: every column of every model, back to the sources."""

from __future__ import annotations

from dataclasses import dataclass

from tradewind.lineage.columns import ALL, Inputs, Reference, columns_of
from tradewind.lineage.manifest import CatalogError, Manifest, Node


@dataclass(frozen=True)
class Walked:
    """What was found.

    Attributes:
        relations: node by `schema.table`.
        columns: the real columns of each node, by its id: a model's select, a seed's file, a source's YAML.
        inputs: what each column of a model is made of, by (table, column).
    """

    relations: dict[str, Node]
    columns: dict[str, tuple[str, ...]]
    inputs: dict[Reference, Inputs]


def walk(manifest: Manifest) -> Walked:
    """Follow all columns of all models.

    Raises:
        CatalogError: a model is not compiled.
    """
    columns: dict[str, tuple[str, ...]] = {}
    inputs: dict[Reference, Inputs] = {}
    tables: dict[str, tuple[str, ...]] = {}
    for node in manifest.in_order():
        if node.kind == "model":
            if not node.sql:
                raise CatalogError(
                    f"{node.name} is not compiled: run `python -m tradewind dbt compile` first"
                )
            # An incremental model may read itself as well.
            known = {**tables, node.relation: tuple(node.columns)}
            found = columns_of(node.sql, known, manifest.dialect)
            inputs |= {(node.relation, name): made_of for name, made_of in found.items()}
            columns[node.id] = tuple(found)
        else:
            columns[node.id] = node.header or tuple(node.columns)
        tables[node.relation] = tuple(name for name in columns[node.id] if name != ALL) or tuple(node.columns)
    return Walked({node.relation: node for node in manifest.nodes.values()}, columns, inputs)
