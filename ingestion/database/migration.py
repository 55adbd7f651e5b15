"""Migrates an existing raw table to its changed contract, where no value can be lost."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql

from ingestion.contract.model import Column, ColumnType, Contract
from ingestion.ledger.write import lock_source

#: Key of the advisory lock that a build holds, so that no other build runs and no view is dropped meanwhile.
BUILD_LOCK = 0x7241DE

_NUMERIC = re.compile(r"numeric\((\d+),(\d+)\)")
#: Type changes that Postgres makes without a loss, or refuses if a value does not fit.
_EXACT = frozenset(
    {
        ("integer", "bigint"),
        ("bigint", "integer"),
        ("integer", "numeric"),
        ("bigint", "numeric"),
        ("integer", "text"),
        ("bigint", "text"),
        ("date", "timestamp"),
    }
)
#: Schemas whose views the next build rebuilds; those of other schemas are read by people.
_REBUILT = frozenset({"staging", "core"})

_COLUMNS = """
select attname, format_type(atttypid, atttypmod), attnotnull from pg_attribute
where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped and left(attname, 1) <> '_'
"""
_VIEWS = """
with recursive dependents as (
    select pg_rewrite.ev_class as view, 1 as depth
    from pg_depend
    inner join pg_rewrite on pg_depend.objid = pg_rewrite.oid
    where
        pg_depend.classid = 'pg_rewrite'::regclass
        and pg_depend.refclassid = 'pg_class'::regclass
        and pg_depend.refobjid = to_regclass(%s)
        and pg_rewrite.ev_class <> pg_depend.refobjid
    union
    select pg_rewrite.ev_class, dependents.depth + 1
    from dependents
    inner join pg_depend on pg_depend.refobjid = dependents.view
    inner join pg_rewrite on pg_depend.objid = pg_rewrite.oid
    where
        pg_depend.classid = 'pg_rewrite'::regclass
        and pg_depend.refclassid = 'pg_class'::regclass
        and pg_rewrite.ev_class <> pg_depend.refobjid
)
select nspname, relname, min(depth)
from dependents
inner join pg_class on dependents.view = pg_class.oid
inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
group by nspname, relname
order by min(depth), nspname, relname
"""


class SchemaMismatch(Exception):
    """A raw table has rows that do not fit its contract; the text says which columns, and what to do."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A column as it is in the table."""

    type: str
    is_required: bool


def migrate(connection: psycopg.Connection, contract: Contract) -> None:
    """Change the columns of the raw table to those of the contract, in the caller's transaction.

    A wider type, a new optional column, a column that has become optional, and whatever else Postgres can
    change without a loss are changed in place. If the table is empty, every column may change. Views that
    depend on a column with a changed type are dropped; the next build rebuilds them.

    Raises:
        SchemaMismatch: rows would lose values, or lack required ones.
    """
    name = f"staging.{contract.raw_table}"
    held = _columns(connection, name)
    if not held or _fits(held, contract):
        return
    # A load in progress relies on the table as it is.
    lock_source(connection, contract.source)
    table = sql.Identifier("staging", contract.raw_table)
    is_empty = not connection.execute(sql.SQL("select exists (select from {})").format(table)).fetchone()[0]
    if not is_empty and (faults := list(_losses(held, contract))):
        raise _mismatch(name, contract, "; ".join(faults))
    if any(not _is_same(held[each.name].type, each) for each in contract.columns if each.name in held) or (
        held.keys() - {each.name for each in contract.columns}
    ):
        _drop_views(connection, name, contract)
    for statement in _statements(held, contract, is_empty):
        try:
            connection.execute(sql.SQL("alter table {} ").format(table) + statement)
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            raise _mismatch(name, contract, error.diag.message_primary) from error


def _columns(connection: psycopg.Connection, name: str) -> dict[str, _Held]:
    return {column: _Held(kind, required) for column, kind, required in connection.execute(_COLUMNS, [name])}


def _fits(held: Mapping[str, _Held], contract: Contract) -> bool:
    return held.keys() == {each.name for each in contract.columns} and all(
        _is_same(held[each.name].type, each) and held[each.name].is_required == each.required
        for each in contract.columns
    )


def _losses(held: Mapping[str, _Held], contract: Contract) -> Iterator[str]:
    """What the existing rows would lose or lack."""
    for column in contract.columns:
        if column.name not in held:
            if column.required:
                yield f"{column.name} is new and required, and the existing rows do not have it"
        elif not _is_exact(held[column.name].type, column):
            yield f"{column.name} is {held[column.name].type} there, {column.sql_type} in the contract"
    for name in held.keys() - {column.name for column in contract.columns}:
        yield f"{name} is no longer in the contract"


def _is_same(held: str, column: Column) -> bool:
    return held.removesuffix(" without time zone") == column.sql_type


def _is_exact(held: str, column: Column) -> bool:
    """Whether Postgres changes the type without a loss, or refuses."""
    held = held.removesuffix(" without time zone")
    if held == column.sql_type:
        return True
    if was := _NUMERIC.fullmatch(held):
        return column.type is ColumnType.NUMERIC and column.scale >= int(was[2])
    return (held, column.type.value) in _EXACT


def _statements(held: Mapping[str, _Held], contract: Contract, is_empty: bool) -> Iterator[sql.Composable]:
    """The actions for `alter table`."""
    for name in sorted(held.keys() - {column.name for column in contract.columns}):
        yield sql.SQL("drop column {}").format(sql.Identifier(name))
    for column in contract.columns:
        name, kind = sql.Identifier(column.name), sql.SQL(column.sql_type)
        was = held.get(column.name)
        if was and is_empty and not _is_exact(was.type, column):
            yield sql.SQL("drop column {}").format(name)
            was = None
        if was is None:
            required = sql.SQL(" not null" if column.required else "")
            yield sql.SQL("add column {} {}").format(name, kind) + required
            continue
        if not _is_same(was.type, column):
            yield sql.SQL("alter column {} type {} using {}::{}").format(name, kind, name, kind)
        if was.is_required != column.required:
            yield sql.SQL("alter column {} {} not null").format(
                name, sql.SQL("set" if column.required else "drop")
            )


def _drop_views(connection: psycopg.Connection, name: str, contract: Contract) -> None:
    """Drop the views that read the table, between builds, unless people read them."""
    views = connection.execute(_VIEWS, [name]).fetchall()
    if not views:
        return
    if read := [f"{schema}.{view}" for schema, view, _ in views if schema not in _REBUILT]:
        raise _mismatch(name, contract, f"{', '.join(read)} read its columns: drop these views first")
    connection.execute("select pg_advisory_xact_lock(%s)", [BUILD_LOCK])
    for schema, view, depth in views:
        # The owner of a schema may drop what others have created in it, with everything that depends on it.
        if depth == 1 and schema == "staging":
            connection.execute(sql.SQL("drop view if exists {} cascade").format(sql.Identifier(schema, view)))


def _mismatch(name: str, contract: Contract, faults: str) -> SchemaMismatch:
    return SchemaMismatch(
        f"{name} holds rows that the contract of {contract.source} does not fit any more ({faults}): put its"
        f" columns back as they were, or describe the new files in a contract of their own (another table"
        f" than {contract.table}); then replay the files that are held"
    )
