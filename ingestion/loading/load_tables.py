"""The separate tables that a bulk load fills, and attaches to the raw table when it commits."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import psycopg
from psycopg import sql

from ingestion.contract.model import Contract
from ingestion.database.schema import key_columns

#: Characters used of the name of a raw table; the rest is for the number of a load, and names of sequences.
_LONGEST = 42


def table_name(contract: Contract, load_id: int, part: int) -> str:
    """The name of a table of a load, in schema `staging`."""
    return f"{_prefix(contract)}{load_id}_{part}"


def attach(connection: psycopg.Connection, contract: Contract, tables: Sequence[str]) -> None:
    """Make the tables part of the raw table, in the caller's transaction; indexes are not inherited."""
    for name in tables:
        for column in key_columns(contract):
            connection.execute(
                sql.SQL("create index on {} ({})").format(_table(name), sql.Identifier(column))
            )
        connection.execute(
            sql.SQL("alter table {} inherit {}").format(_table(name), _table(contract.raw_table))
        )


def clear(connection: psycopg.Connection, contract: Contract) -> None:
    """Drop tables of loads of this source that were never committed; the caller holds the lock of the source.

    A raw table with a similar name has a comment, which these tables do not have.
    """
    left = connection.execute(
        "select relname from pg_class where relnamespace = 'staging'::regnamespace and relkind = 'r'"
        " and relname ~ %s and obj_description(pg_class.oid, 'pg_class') is null"
        " and not exists (select from pg_inherits where inhrelid = pg_class.oid)",
        [f"^{_prefix(contract)}[0-9]+_[1-4]$"],
    ).fetchall()
    for (name,) in left:
        connection.execute(sql.SQL("drop table {}").format(_table(name)))


def _prefix(contract: Contract) -> str:
    """The beginning of the names of these tables.

    Postgres truncates names to 63 bytes, so a long one is told apart from others by a hash.
    """
    name = contract.raw_table
    if len(name) > _LONGEST:
        name = f"{name[: _LONGEST - 8]}{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return f"{name}__"


def _table(name: str) -> sql.Identifier:
    return sql.Identifier("staging", name)
