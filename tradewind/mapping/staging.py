"""Writes the staging model of a mapping: SQL that a person can read, and go on with by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from ingestion.contract.model import Contract
from tradewind.catalog.yaml_text import dump
from tradewind.mapping.canonical import CanonicalColumn, Derivation, canonical_columns, derivations
from tradewind.mapping.expressions import Kind
from tradewind.mapping.model import Join, Mapping

_HEAD = """\
-- Generated from {file} by `make sync`; edit that. To maintain this model by hand, delete this line.
{{{{ config(meta={{'batches_of': [{sources}]}}) }}}}

"""

#: What each model has beside the canonical columns.
_KEYS = {
    "line_id": "Identifies the line, made from the load and the line's place in its file.",
    "load_id": "Load in `ops.loads` that brought the line.",
    "file_line": "Physical line in the file or row in the workbook.",
    "batch_id": "Batch of the ledger that the line came in.",
}
_SOURCE = "Source of the line, by the name of its contract."
_LEFT_OUT = "Why the line is left out: a rule of the mapping, or what it lacks. Null where it counts."


def render(mapping: Mapping, file: str) -> str:
    """The model's SQL for dbt; `file` is the mapping's path from the root of the repository."""
    sources = ", ".join(f"'{contract.source}'" for contract in mapping.tables.values())
    query = select(mapping, _current_rows, "{{ dbt.type_string() }}")
    return _HEAD.format(file=file, sources=sources) + query


def render_properties(mapping: Mapping, file: str) -> str:
    """The model's properties for dbt: what its columns are, and what its test holds it to."""
    columns = canonical_columns(mapping.model)
    never_null = {
        "arguments": {"columns": ["line_id", *(column.name for column in columns if column.required)]},
        "config": {"where": "left_out_by is null"},
    }
    title = mapping.contract.title or mapping.contract.source
    model = {
        "name": mapping.staging_model,
        "description": " ".join([f"Sales lines of {title}, as its mapping says.", *_rules(mapping)]),
        "data_tests": [{"never_null": never_null}],
        "columns": [
            *({"name": name, "description": text} for name, text in _KEYS.items()),
            *map(_property, columns),
            {"name": "source", "description": _SOURCE},
            {"name": "left_out_by", "description": _LEFT_OUT},
        ],
    }
    return f"# Generated from {file} by `make sync`; edit that.\n{dump({'version': 2, 'models': [model]})}"


def _rules(mapping: Mapping) -> list[str]:
    return [f"Left out as {name}: {rule.because}" for name, rule in mapping.left_out.items()]


def select(mapping: Mapping, rows: Callable[[str, Contract], str], text_type: str = "text") -> str:
    """A query for the mapping's canonical rows; `rows` gives the query for those of a table by its name."""
    columns = canonical_columns(mapping.model)
    derived = derivations(columns, mapping.columns)
    ctes = {name: rows(name, contract) for name, contract in mapping.tables.items()}
    ctes["_mapped"] = _mapped(mapping, columns, derived, text_type)
    for step, members in groupby(derived, key=lambda each: each.step):
        last = next(reversed(ctes))
        ctes[f"_step_{step}"] = _derived(last, list(members), columns)
    texts = ",\n\n".join(f"{name} as (\n\n{_indented(query)}\n\n)" for name, query in ctes.items())
    return f"with {texts}\n\n{_result(mapping, columns, next(reversed(ctes)))}"


def _current_rows(_: str, contract: Contract) -> str:
    return f"{{{{ current_rows('{contract.domain}', '{contract.table}') }}}}"


def _mapped(
    mapping: Mapping, columns: Sequence[CanonicalColumn], derived: Sequence[Derivation], text_type: str
) -> str:
    """What the source says, under canonical names; what is not known is null."""
    own = mapping.table
    known = {*mapping.columns, *(each.name for each in derived)}
    said = [column for column in columns if column.name in mapping.columns]
    unknown = [column for column in columns if column.name not in known]
    lines = [
        f"cast({own}._load_id as {text_type})\n|| '-' || cast({own}._line as {text_type}) as line_id",
        f"{own}._load_id as load_id",
        f"{own}._line as file_line",
        f"{own}.batch_id",
        *(f"{_said(mapping, each, text_type)} as {each.name}" for each in said),
        *(f"cast(null as {_type(each, text_type)}) as {each.name}" for each in unknown),
        f"{_rule(mapping, text_type)} as rule",
    ]
    joins = "".join(f"\n{_join(name, join)}" for name, join in mapping.joins.items())
    return f"select\n{_listed(lines)}\nfrom {own}{joins}"


def _type(column: CanonicalColumn, text_type: str) -> str:
    return text_type if column.kind is Kind.TEXT else column.sql_type


def _said(mapping: Mapping, column: CanonicalColumn, text_type: str) -> str:
    value = f"cast({mapping.columns[column.name].sql} as {_type(column, text_type)})"
    if column.name not in mapping.of_order:
        return value
    order = mapping.columns["order_number"].sql
    others = f"max({value}) over (partition by {mapping.table}._load_id, {order})"
    return f"coalesce(\n    {value},\n    case when {order} is not null then {others} end\n)"


def _rule(mapping: Mapping, text_type: str) -> str:
    """The first rule that leaves a line out, null where none does."""
    if not mapping.left_out:
        return f"cast(null as {text_type})"
    whens = [f"when {rule.when.sql} then '{name}'" for name, rule in mapping.left_out.items()]
    return _case(whens)


def _join(name: str, join: Join) -> str:
    on = " and ".join(f"{table}.{named} = {name}.{key}" for key, (table, named) in join.key.items())
    return f"left join {name} on {on}"


def _derived(last: str, members: Sequence[Derivation], columns: Sequence[CanonicalColumn]) -> str:
    types = {column.name: column.sql_type for column in columns}
    lines = [f"cast({each.expression} as {types[each.name]}) as {each.name}" for each in members]
    return f"select\n{_listed(['*', *lines])}\nfrom {last}"


def _result(mapping: Mapping, columns: Sequence[CanonicalColumn], last: str) -> str:
    """All canonical columns in their order; a line without a required one is left out for that."""
    lacking = [f"when {each.name} is null then 'no {each.name}'" for each in columns if each.required]
    lines = [
        *_KEYS,
        *(column.name for column in columns),
        f"'{mapping.contract.source}' as source",
        f"{_case(['when rule is not null then rule', *lacking])} as left_out_by",
    ]
    return f"select\n{_listed(lines)}\nfrom {last}\n"


def _property(column: CanonicalColumn) -> dict[str, Any]:
    found: dict[str, Any] = {"name": column.name, "description": column.description}
    if column.classification != "public":
        found["config"] = {"meta": {"classification": column.classification}}
    return found


def _case(whens: Sequence[str]) -> str:
    return "\n".join(["case", *(f"    {when}" for when in whens), "end"])


def _listed(lines: Sequence[str]) -> str:
    return ",\n".join(map(_indented, lines))


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
