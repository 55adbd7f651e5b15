"""The properties of a mapping's staging model: its columns, its tests, and the figures to reconcile."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tradewind.catalog.yaml_text import dump
from tradewind.mapping.canonical import CanonicalColumn, canonical_columns, derivations, feeds
from tradewind.mapping.limits import raw_within_limit
from tradewind.mapping.model import Mapping
from tradewind.mapping.staging import KEYS, slices_of

_KEYS = {
    "line_id": "Identifies the line, made from the load and the line's place in its file.",
    "load_id": "Load in `ops.loads` that brought the line.",
    "file_line": "Physical line in the file or row in the workbook.",
    "batch_id": "Batch of the ledger that the line came in.",
}
_ROW_KEY = "First column of the source's key: a build replaces all lines that share it."
_LEFT_OUT = "Why the line is left out: a rule of the mapping, or what it lacks. Null where it counts."

#: By how much a total may differ from its rounded parts.
_CENT = Decimal("0.01")


def render_properties(mapping: Mapping, file: str) -> str:
    """The model's properties for dbt; `file` is the mapping's path from the root of the repository."""
    title = mapping.contract.title or mapping.contract.source
    rules = [f"Left out as {name}: {rule.because}" for name, rule in mapping.left_out.items()]
    model = {
        "name": mapping.staging_model,
        "description": " ".join([f"{feeds(mapping.model).title} of {title}, as its mapping says.", *rules]),
        "config": {"meta": {"reconciled": _reconciled(mapping)}},
        "data_tests": list(_tests(mapping)),
        "columns": list(_columns(mapping)),
    }
    return f"# Generated from {file} by `make sync`; edit that.\n{dump({'version': 2, 'models': [model]})}"


def _columns(mapping: Mapping) -> Iterator[dict[str, Any]]:
    for name in KEYS:
        tests = {"data_tests": ["unique"]} if name == "line_id" else {}
        yield {"name": name, "description": _KEYS[name], **tests}
    if slices_of(mapping).is_keyed:
        yield {"name": "row_key", "description": _ROW_KEY}
    yield from map(_property, canonical_columns(mapping.model))
    yield {"name": "left_out_by", "description": _LEFT_OUT}


def _property(column: CanonicalColumn) -> dict[str, Any]:
    found: dict[str, Any] = {"name": column.name, "description": column.description}
    if column.classification != "public":
        found["config"] = {"meta": {"classification": column.classification}}
    return found


def _tests(mapping: Mapping) -> Iterator[dict[str, Any]]:
    counted = {"where": "left_out_by is null"}
    columns = [*KEYS, *filter(lambda name: _is_never_null(mapping, name), _names(mapping))]
    yield {"never_null": {"arguments": {"columns": columns}, "config": counted}}
    known = _known(mapping)
    for total, (whole, part) in feeds(mapping.model).differences.items():
        if {total, whole, part} <= known:
            difference = f"{whole} - {part} - {total}"
            # null where a line lacks one of the three
            yield {
                "expression_holds": {
                    "name": f"{mapping.staging_model}_{total}_add_up",
                    "arguments": {"expression": f"coalesce(abs({difference}), 0) <= {_CENT}"},
                    "config": {
                        "severity": "error" if _is_held_by_loader(mapping, total, whole, part) else "warn"
                    },
                }
            }


def _names(mapping: Mapping) -> Iterator[str]:
    return (column.name for column in canonical_columns(mapping.model))


def _known(mapping: Mapping) -> set[str]:
    """Columns that the source has, or that follow from those."""
    derived = derivations(canonical_columns(mapping.model), mapping.columns)
    return {*mapping.columns, *(each.name for each in derived)}


def _is_never_null(mapping: Mapping, name: str) -> bool:
    """Whether all lines that count have the column: it is required here, or in the source's contract."""
    canonical = {column.name: column for column in canonical_columns(mapping.model)}
    own = _own_column(mapping, name)
    return canonical[name].required or (own is not None and mapping.contract.columns[own].required)


def _own_column(mapping: Mapping, name: str) -> int | None:
    """Place of the column of the source that is the canonical one as it is."""
    expression = mapping.columns.get(name)
    if expression is None or len(expression.columns) != 1:
        return None
    table, column = next(iter(expression.columns))
    is_own = table == mapping.table and expression.sql == f"{table}.{column}"
    return mapping.contract.position(column) if is_own else None


def _is_held_by_loader(mapping: Mapping, total: str, whole: str, part: str) -> bool:
    """Whether the loader rejects lines that do not add up, so that none can be there."""
    places = [_own_column(mapping, name) for name in (total, whole, part)]
    names = [mapping.contract.columns[place].name for place in places if place is not None]
    return any(
        [each.total, *each.plus, *each.minus] == names and len(each.plus) == 1 and each.tolerance <= _CENT
        for each in mapping.contract.sums
    )


def _reconciled(mapping: Mapping) -> dict[str, Any]:
    """What all layers must agree on: the lines, and each figure that the source has or that follows."""
    known, fed = _known(mapping), feeds(mapping.model)
    figures = [name for name in fed.figures if name in known]
    found = {
        "source": mapping.contract.source,
        "count": fed.count,
        "totals": figures,
        "raw": {name: _raw(mapping, name) for name in figures},
        "fact": fed.fact,
        "fact_columns": {name: fed.fact_columns[name] for name in figures if name in fed.fact_columns},
        "monthly_mart": fed.monthly_mart,
        "daily_mart": fed.daily_mart,
        "marts_add_up_sources": fed.marts_add_up_sources,
        "not_in_marts": list(fed.not_in_marts),
        "left_out": "left_out_by is not null",
        "left_out_of_marts": fed.left_out_of_marts,
        "dates_lie_ahead": fed.dates_lie_ahead,
    }
    return {name: value for name, value in found.items() if value or name in ("totals", "raw")}


def _raw(mapping: Mapping, name: str) -> str:
    """A figure as an expression over `raw_rows`; empty where it needs other rows or tables."""
    expression = mapping.columns.get(name)
    if expression is None or any(table != mapping.table for table, _ in expression.columns):
        return ""
    column = next(each for each in canonical_columns(mapping.model) if each.name == name)
    return raw_within_limit(expression.over("raw_rows"), column)
