"""The staging model of a mapping: SQL that a person can read, and go on with by hand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import groupby

from ingestion.contract.model import Column, Contract, Restate, Upsert
from tradewind.mapping.business_day import InZone, day_sql, macro_in_zone, postgres_in_zone
from tradewind.mapping.canonical import CanonicalColumn, Derivation, canonical_columns, derivations, feeds
from tradewind.mapping.expressions import Kind
from tradewind.mapping.limits import computed, is_too_large, within_limit
from tradewind.mapping.model import Join, Mapping

_HEAD = """\
-- Generated from {file} by `make sync`; edit that.
-- To maintain this model by hand, delete the line above.
{{{{ config(**{slices}
)) }}}}

"""

#: For the comparison of totals, which asks for the lines that are left out.
_LEFT_OUT = "{'columns': ['left_out_by']}"

#: First and last day that the warehouse has: a mistyped year must not stop the build of all companies.
_CALENDAR = (
    """cast('{{ var("calendar_start") }}' as date)""",
    """cast('{{ var("calendar_end") }}' as date)""",
)

#: What each model has before the canonical columns.
KEYS = ("line_id", "load_id", "file_line", "batch_id")


def render(mapping: Mapping, file: str) -> str:
    """The model's SQL for dbt; `file` is the mapping's path from the root of the repository."""
    slices = slices_of(mapping)
    query = select(
        mapping,
        _rows_of(mapping),
        "{{ dbt.type_string() }}",
        macro_in_zone,
        keyed=slices.is_keyed,
        calendar=_CALENDAR,
    )
    head = _HEAD.format(file=file, slices=slices.config)
    return f"{head}{query}where {slices.condition}\n"


@dataclass(frozen=True, slots=True)
class Slices:
    """How builds replace the model's rows: dbt's configuration, and a condition for the rows to replace."""

    config: str
    condition: str
    is_keyed: bool = False


def slices_of(mapping: Mapping) -> Slices:
    """As the source's relation asks: batches of loads, or rows of a key; else all of them."""
    source, *joined = (contract.source for contract in mapping.tables.values())
    extra = (f",\n    rebuilt_by={_texts(joined)}" if joined else "") + f",\n    indexes=[{_LEFT_OUT}]"
    key = _row_key(mapping)
    day = feeds(mapping.model).day
    if key is None:
        config = f"slices(\n    by='batch_id bigint', log='{day} date', batches_of='{source}'{extra}"
        touched = "{{ is_touched('batch_id', load='load_id') }}"
        return Slices(
            config, f"batch_id is not null and {touched}" if _reads_whole_loads(mapping) else touched
        )
    if mapping.of_order and mapping.columns["order_number"].columns != {(mapping.table, key.name)}:
        # lines of one order are in several slices
        indexes = f"[{{'columns': ['{day}']}}, {_LEFT_OUT}]"
        config = f"whole(\n    batches_of={_texts([source, *joined])},\n    indexes={indexes}"
        return Slices(config, "{{ has_changed() }}")
    config = f"slices(\n    by='row_key {key.sql_type}', log='{day} date', rows_of='{source}'{extra}"
    return Slices(config, "{{ is_touched('row_key') }}", is_keyed=True)


def _row_key(mapping: Mapping) -> Column | None:
    """The column by whose values rows are replaced, where later rows replace earlier ones by a key."""
    contract = mapping.contract
    if not isinstance(contract.relation, Upsert):
        return None
    return contract.columns[contract.position(contract.relation.key[0])]


def _texts(names: Sequence[str]) -> str:
    return "[" + ", ".join(f"'{name}'" for name in names) + "]"


def select(
    mapping: Mapping,
    rows: Callable[[str, Contract], str],
    text_type: str = "text",
    in_zone: InZone = postgres_in_zone,
    *,
    keyed: bool = False,
    calendar: tuple[str, str] | None = None,
) -> str:
    """A query for the mapping's canonical rows, without a condition at its end.

    `rows` gives the query for the rows of a table by its name; `keyed` adds `row_key`; lines of days outside
    `calendar`, its first and last day as SQL, are left out.
    """
    columns = canonical_columns(mapping.model)
    derived = derivations(columns, mapping.columns)
    ctes = {name: rows(name, contract) for name, contract in mapping.tables.items()}
    ctes["_mapped"] = _mapped(mapping, columns, derived, text_type, in_zone, keyed)
    for step, members in groupby(derived, key=lambda each: each.step):
        last = next(reversed(ctes))
        ctes[f"_step_{step}"] = _derived(last, list(members), columns)
    texts = ",\n\n".join(f"{name} as (\n\n{_indented(query)}\n\n)" for name, query in ctes.items())
    known = {*mapping.columns, *(each.name for each in derived)}
    return f"with {texts}\n\n{_result(mapping, known, next(reversed(ctes)), keyed, calendar)}"


def _rows_of(mapping: Mapping) -> Callable[[str, Contract], str]:
    """The query for the rows of a table, by its name."""

    def rows(name: str, contract: Contract) -> str:
        whole = ", whole_loads=true" if name == mapping.table and _reads_whole_loads(mapping) else ""
        return f"{{{{ current_rows('{contract.domain}', '{contract.table}'{whole}) }}}}"

    return rows


def _reads_whole_loads(mapping: Mapping) -> bool:
    """Whether a line may take a value from a line of its order that has been restated since."""
    return bool(mapping.of_order) and isinstance(mapping.contract.relation, Restate)


def _mapped(
    mapping: Mapping,
    columns: Sequence[CanonicalColumn],
    derived: Sequence[Derivation],
    text_type: str,
    in_zone: InZone,
    keyed: bool,
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
        *([f"{own}.{_row_key(mapping).name} as row_key"] if keyed else []),
        *(f"{_said(mapping, each, text_type, in_zone)} as {each.name}" for each in said),
        *(f"{_nothing(each, text_type)} as {each.name}" for each in unknown),
        f"{_rule(mapping, text_type)} as rule",
    ]
    joins = "".join(f"\n{_join(name, join)}" for name, join in mapping.joins.items())
    return f"select\n{_listed(lines)}\nfrom {own}{joins}"


def _nothing(column: CanonicalColumn, text_type: str) -> str:
    return f"cast(null as {text_type if column.kind is Kind.TEXT else column.sql_type})"


def _said(mapping: Mapping, column: CanonicalColumn, text_type: str, in_zone: InZone) -> str:
    said = mapping.columns[column.name]
    sql = day_sql(mapping, said, in_zone) if column.kind is Kind.DATE else said.sql
    value = f"cast({sql} as {text_type})" if column.kind is Kind.TEXT else computed(sql, column)
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
    by_name = {column.name: column for column in columns}
    lines = [f"{computed(each.expression, by_name[each.name])} as {each.name}" for each in members]
    return f"select\n{_listed(['*', *lines])}\nfrom {last}"


def _result(
    mapping: Mapping,
    known: Collection[str],
    last: str,
    keyed: bool,
    calendar: tuple[str, str] | None,
) -> str:
    """All canonical columns in their order; a line without a required one is left out for that.

    So is one that cannot be, or of which an amount is beyond its limit; a price or rate beyond it is unknown.
    """
    columns = canonical_columns(mapping.model)
    must_fit = feeds(mapping.model).figures
    beyond = [
        f"when {is_too_large(each)} then '{each.name} too large'"
        for each in columns
        if each.name in must_fit and each.name in known
    ]
    lacking = [f"when {each.name} is null then 'no {each.name}'" for each in columns if each.required]
    if calendar:
        first, last_day = calendar
        lacking += [
            f"when\n        {each.name} < {first}\n        or {each.name} > {last_day}"
            f"\n        then '{each.name} outside the calendar'"
            for each in columns
            if each.kind is Kind.DATE and each.required
        ]
    impossible = [f"when {each} then '{why}'" for why, each in feeds(mapping.model).leave_out.items()]
    left_out = _case(["when rule is not null then rule", *beyond, *lacking, *impossible])
    if mapping.last_of:
        judged = f"select\n{_listed(['*', f'{left_out} as left_out_by'])}\nfrom {last}"
        last = f"(\n{_indented(judged)}\n) as judged"
        left_out = _left_out_by_later_row(mapping, columns)
    lines = [
        *KEYS,
        *(["row_key"] if keyed else []),
        *(within_limit(column) if column.name in known else column.name for column in columns),
        f"{left_out} as left_out_by",
    ]
    return f"select\n{_listed(lines)}\nfrom {last}\n"


def _left_out_by_later_row(mapping: Mapping, columns: Sequence[CanonicalColumn]) -> str:
    """Of rows of a load that would count, the last of those that share the columns of `last_of` does.

    Names are the same whatever their case and spaces.
    """
    kinds = {column.name: column.kind for column in columns}
    shared = [
        f"lower(replace(trim({name}), ' ', '_'))" if kinds[name] is Kind.TEXT else name
        for name in mapping.last_of
    ]
    rows = _listed(["batch_id", "load_id", "left_out_by", *shared])
    later = f"row_number() over (\n    partition by\n{_indented(rows)}\n    order by file_line desc\n) > 1"
    return _case(
        [
            "when left_out_by is not null then left_out_by",
            f"when\n{_indented(_indented(later))}\n        then 'a later row counts'",
        ]
    )


def _case(whens: Sequence[str]) -> str:
    return "\n".join(["case", *(f"    {when}" for when in whens), "end"])


def _listed(lines: Sequence[str]) -> str:
    return ",\n".join(map(_indented, lines))


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
