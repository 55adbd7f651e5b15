"""Tables of a single load beside the raw table: what a bulk load fills, and attaches when it commits."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import sql

from ingestion.contract import Contract


def table_name(contract: Contract, load_id: int, part: int) -> str:
    """Name of one of a load's tables in schema `staging`."""
    return f"{contract.raw_table}__{load_id}_{part}"


def attach(connection: psycopg.Connection, contract: Contract, tables: Sequence[str]) -> None:
    """Make the tables part of the raw table, in the caller's transaction."""
    for name in tables:
        connection.execute(
            sql.SQL("alter table {} inherit {}").format(_table(name), _table(contract.raw_table))
        )


def clear(connection: psycopg.Connection, contract: Contract) -> None:
    """Drop tables of loads of this source that never were committed; the caller holds the source's lock."""
    left = connection.execute(
        "select relname from pg_class where relnamespace = 'staging'::regnamespace and relkind = 'r'"
        " and starts_with(relname, %s)"
        " and not exists (select from pg_inherits where inhrelid = pg_class.oid)",
        [f"{contract.raw_table}__"],
    ).fetchall()
    for (name,) in left:
        connection.execute(sql.SQL("drop table {}").format(_table(name)))


def _table(name: str) -> sql.Identifier:
    return sql.Identifier("staging", name)
