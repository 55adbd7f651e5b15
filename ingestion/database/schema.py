"""Brings the raw tables and the ledger in line with the contracts.

The comment of each object has a hash of its definition, so that one catalogue query, with which every load
begins, shows whether anything is to be done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import psycopg
from psycopg import sql

from ingestion.contract.model import Contract, Upsert
from ingestion.database.literals import literal
from ingestion.database.migration import SchemaMismatch, migrate
from ingestion.ledger.scopes import mend_scopes
from ingestion.ledger.tables import OPS_TABLES, OpsColumn, OpsTable

#: The first columns of every raw table.
RAW_KEYS = (
    OpsColumn("_load_id", "bigint", "Load that brought the row; see ops.loads.", "not null"),
    OpsColumn("_line", "bigint", "Physical line in the text file, or row in the sheet, from 1.", "not null"),
)

_LOCK = "tradewind.ddl"


@dataclass(frozen=True, slots=True)
class _Object:
    """A table or view, the statements that create it, and the comment that shows that it is up to date.

    `contract` is that of a raw table, None for the tables of the ledger.
    """

    schema: str
    name: str
    comment: str
    statements: tuple[str, ...]
    contract: Contract | None = None


def ensure_schema(connection: psycopg.Connection, contracts: Iterable[Contract]) -> dict[str, SchemaMismatch]:
    """Create what is missing and change what is outdated, in the caller's transaction.

    Returns:
        The sources whose raw table has rows that do not fit their contract, with the reason. These tables are
        unchanged; all others fit their contract.
    """
    objects = [*map(_ops_object, OPS_TABLES), *map(_raw_object, contracts)]
    unfit: dict[str, SchemaMismatch] = {}
    if not _outdated(connection, objects):
        return unfit
    connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [_LOCK])
    for item in _outdated(connection, objects):
        try:
            with connection.transaction():
                _bring_up_to_date(connection, item)
        except SchemaMismatch as mismatch:
            unfit[item.contract.source] = mismatch
        except psycopg.ProgrammingError as error:
            if not item.contract:
                raise
            unfit[item.contract.source] = SchemaMismatch(
                f"Postgres cannot make the raw table of {item.contract.source}"
                f" ({error.diag.message_primary}): correct its contract"
            )
    return unfit


def _bring_up_to_date(connection: psycopg.Connection, item: _Object) -> None:
    if not connection.execute("select to_regnamespace(%s)", [item.schema]).fetchone()[0]:
        connection.execute(sql.SQL("create schema {}").format(sql.Identifier(item.schema)))
    if item.contract:
        migrate(connection, item.contract)
    for statement in item.statements:
        connection.execute(statement)


def _outdated(connection: psycopg.Connection, objects: list[_Object]) -> list[_Object]:
    names = [f"{item.schema}.{item.name}" for item in objects]
    rows = connection.execute(
        "select name, obj_description(to_regclass(name), 'pg_class') from unnest(%s::text[]) as name", [names]
    )
    comments = dict(rows.fetchall())
    return [item for item in objects if comments[f"{item.schema}.{item.name}"] != item.comment]


def _ops_object(table: OpsTable) -> _Object:
    name = f"ops.{table.name}"
    if table.query:
        create = f"create or replace view {name} as {table.query}"
        return _object("ops", table.name, "view", table.description, (create,), table.columns)
    statements = (*_table(name, table.columns), *table.extra)
    return _object("ops", table.name, "table", table.description, statements, table.columns)


def _raw_object(contract: Contract) -> _Object:
    name = f"staging.{contract.raw_table}"
    columns = (
        *RAW_KEYS,
        *(
            OpsColumn(c.name, c.sql_type, c.description, "not null" if c.required else "")
            for c in contract.columns
        ),
    )
    # Readers select single loads. Rows are stored in the order of loads, so a small BRIN index is enough.
    index = (
        f"create index if not exists {contract.raw_table}_load on staging.{contract.raw_table}"
        " using brin (_load_id) with (autosummarize)"
    )
    # A row is compared with earlier ones of the same key.
    by_key = tuple(
        f"create index if not exists {contract.raw_table}_key on staging.{contract.raw_table} ({column})"
        for column in key_columns(contract)
    )
    description = f"{contract.description} Contract {contract.source} {contract.version}."
    create = f"create table if not exists {name} ({_definitions(columns)})"
    mended = mend_scopes(contract)
    statements = (create, index, *by_key, *([mended] if mended else []))
    return _object("staging", contract.raw_table, "table", description, statements, columns, contract)


def key_columns(contract: Contract) -> tuple[str, ...]:
    """The column by which rows with the same key are found, the first of the key; none without a key."""
    return contract.relation.key[:1] if isinstance(contract.relation, Upsert) else ()


def _object(
    schema: str,
    name: str,
    kind: str,
    description: str,
    statements: tuple[str, ...],
    columns: tuple[OpsColumn, ...],
    contract: Contract | None = None,
) -> _Object:
    statements += tuple(_comments(f"{schema}.{name}", columns))
    mark = hashlib.sha256("\n".join(statements).encode()).hexdigest()[:8]
    comment = f"{description} [definition {mark}]"
    last = f"comment on {kind} {schema}.{name} is {literal(comment)}"
    return _Object(schema, name, comment, (*statements, last), contract)


def _table(name: str, columns: Iterable[OpsColumn]) -> Iterator[str]:
    """Statements that create the table, and add columns that it lacks."""
    yield f"create table if not exists {name} ({_definitions(columns)})"
    for column in columns:
        yield f"alter table {name} add column if not exists {_definitions([column])}"


def _definitions(columns: Iterable[OpsColumn]) -> str:
    return ", ".join(f"{c.name} {c.sql_type} {c.constraint}".rstrip() for c in columns)


def _comments(name: str, columns: Iterable[OpsColumn]) -> Iterator[str]:
    for column in columns:
        yield f"comment on column {name}.{column.name} is {literal(column.description)}"
