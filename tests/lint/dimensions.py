"""How marts use the dimensions that they follow by default (`follows_of` in `macros/slices/following.sql`).

A new member touches no row of a mart that looks members up by the keys of its facts, and copies only columns
whose change rebuilds it. A mart that does anything else with a dimension would go stale.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlglot
from sqlglot import exp

from tradewind.lineage.manifest import Manifest, Node


def unsafe_uses(manifest: Manifest) -> list[str]:
    """One sentence for each mart and dimension, with what to write instead."""
    dimensions = {
        node.relation: node
        for node in manifest.models()
        if node.meta.get("key") and node.meta.get("spread") != []
    }
    return [
        fault
        for mart in manifest.models("marts")
        if (slices := mart.meta.get("slices")) and slices["by"]
        for fault in _faults(mart, slices, dimensions, manifest.dialect)
    ]


def _faults(mart: Node, slices: dict[str, Any], dimensions: dict[str, Node], dialect: str) -> Iterator[str]:
    for table in sqlglot.parse_one(mart.sql, dialect=dialect).find_all(exp.Table):
        dimension = dimensions.get(f"{table.db}.{table.name}")
        if dimension is None or dimension.name in slices["follows"]:
            continue
        instead = f"say in `follows` which slices a changed row of {dimension.name} touches"
        if not _is_looked_up(table, dimension.meta["key"]):
            yield (
                f"{mart.name} reads {dimension.name} other than by its key: join it on"
                f" {dimension.meta['key']} alone, or {instead}"
            )
        if others := _columns(table) - {dimension.meta["key"], *_spread(dimension)}:
            yield (
                f"{mart.name} takes {', '.join(sorted(others))} from {dimension.name}: add it to the"
                f" `spread` of the dimension, or {instead}"
            )


def _is_looked_up(table: exp.Table, key: str) -> bool:
    """Whether a table is joined only on its key."""
    join = table.parent
    if not isinstance(join, exp.Join) or join.args.get("on") is None:
        return False
    of_table = [column for column in join.args["on"].find_all(exp.Column) if column.table == table.alias]
    return [column.name for column in of_table] == [key] and isinstance(of_table[0].parent, exp.EQ)


def _columns(table: exp.Table) -> set[str]:
    """The columns that the select around a table takes from it; `*` if it takes all."""
    select = table.find_ancestor(exp.Select)
    return {column.name for column in select.find_all(exp.Column) if column.table == table.alias}


def _spread(dimension: Node) -> list[str]:
    spread = dimension.meta["spread"]
    return list(dimension.columns) if spread is None else spread
