"""Which cells of a mapped source a figure is made of, and how."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import sqlglot
from sqlglot import exp

from ingestion.contract.files import find_contracts
from tradewind.mapping.canonical import CanonicalModel, canonical_columns, derivations
from tradewind.mapping.files import read_mappings
from tradewind.mapping.limits import computed
from tradewind.mapping.model import Mapping
from tradewind.mapping.places import PlacedFaults
from tradewind.mapping.sync import is_made
from tradewind.settings import ROOT
from tradewind.trace.errors import TraceError
from tradewind.trace.lines import Cells

_MODELS = ROOT / "dbt_project" / "models" / "staging"


def cells_of(model: CanonicalModel) -> Callable[[str, str], Cells]:
    """The cells of a figure of the canonical model, given a source and the figure.

    What is returned raises TraceError where a mapping is wrong.
    """
    return lambda source, figure: _cells(model, source, figure)


def _cells(model: CanonicalModel, source: str, figure: str) -> Cells:
    mapping = _mappings().get((source, model))
    if mapping is None:
        return Cells(why=f"{source} has no mapping any more")
    own = mapping.table
    texts: dict[str, str | None] = {}
    read: dict[str, set[tuple[str, str]]] = {}
    columns = {column.name: column for column in canonical_columns(mapping.model)}
    for name, said in mapping.columns.items():
        read[name] = set(said.columns)
        is_own = name not in mapping.of_order and all(table == own for table, _ in said.columns)
        texts[name] = computed(said.sql, columns[name]) if is_own else None
    for step in derivations(tuple(columns.values()), mapping.columns):
        tree = sqlglot.parse_one(step.expression, dialect="postgres")
        inputs = [column.name for column in tree.find_all(exp.Column)]
        read[step.name] = set().union(*(read[name] for name in inputs))
        known = {name: texts[name] for name in inputs}
        texts[step.name] = None if None in known.values() else computed(_put(tree, known), columns[step.name])
    if figure not in read:
        return Cells(why=f"{source} does not have {figure}")
    cells = tuple(sorted(name for table, name in read[figure] if table == own))
    if texts[figure] is None:
        others = sorted({table for table, _ in read[figure] if table != own})
        where = ", ".join(others) if others else "other lines of the order"
        return Cells(cells, why=f"{figure} also depends on {where}: taken from the fact, not recomputed")
    if not _is_generated(mapping):
        by_hand = f"{mapping.staging_model} is maintained by hand: taken from the fact, not recomputed"
        return Cells(cells, why=by_hand)
    return Cells(cells, texts[figure])


def _put(tree: exp.Expression, texts: dict[str, str | None]) -> str:
    """The expression with these pieces of SQL in place of its columns."""

    def piece(node: exp.Expression) -> exp.Expression:
        return exp.Var(this=f"({texts[node.name]})") if isinstance(node, exp.Column) else node

    return tree.transform(piece).sql(dialect="postgres")


def _is_generated(mapping: Mapping) -> bool:
    path = _MODELS / mapping.contract.domain / f"{mapping.staging_model}.sql"
    return path.is_file() and is_made(path)


@cache
def _mappings() -> dict[tuple[str, CanonicalModel], Mapping]:
    """The mappings by their sources and models.

    Raises:
        TraceError: a mapping is wrong.
    """
    try:
        found = read_mappings(find_contracts().contracts)
    except PlacedFaults as error:
        raise TraceError(f"a mapping is wrong: {error}") from error
    return {(each.contract.source, each.model): each for each in found.values()}
