"""Compares tables that Spark built with those of Postgres: all rows, to the last digit, in any order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
from psycopg import sql

from tradewind.spark.engine.built import batches, built_tables
from tradewind.spark.engine.carry import columns_of, rows_of, schema_of

#: Schemas whose tables are compared; both engines give them these names.
SCHEMAS = ("core", "marts_next")

#: Columns that say when a build ran, and so differ.
_OF_THE_RUN = frozenset({"published_at"})

_TABLES = "select schemaname || '.' || tablename from pg_tables where schemaname = any(%s)"


@dataclass(frozen=True)
class Comparison:
    """A table, its number of rows in Postgres, and rows that only one engine has: a few of each."""

    table: str
    rows: int
    only_postgres: list[tuple]
    only_spark: list[tuple]


def run(request: dict[str, Any]) -> dict[str, Any]:
    """Compare what the last build on Spark built with what Postgres holds now.

    Returns:
        `tables`, and for each its name, its rows in Postgres, and rows that differ; `not_built`: tables that
        only Postgres has.

    Raises:
        LookupError: Spark has built nothing, or a table that Postgres does not have.
    """
    addresses = built_tables(Path(request["folder"]))
    built = sorted(table for table in addresses if table.split(".")[0] in SCHEMAS)
    with psycopg.connect(request["warehouse"]) as connection:
        connection.execute("set timezone = 'UTC'")
        there = [name for (name,) in connection.execute(_TABLES, [list(SCHEMAS)])]
        if missing := sorted(set(built).difference(there)):
            raise LookupError(f"Postgres has not built {', '.join(missing)}: make build")
        found = [vars(_compare(connection, table, addresses[table])) for table in built]
    return {"tables": found, "not_built": sorted(set(there).difference(built))}


def _compare(connection: psycopg.Connection, table: str, address: str) -> Comparison:
    columns = tuple(column for column in columns_of(connection, table) if column.name not in _OF_THE_RUN)
    ours = _counted(rows_of(connection, sql.Identifier(*table.split(".")), columns))
    theirs = _counted(batches(address, schema_of(columns)))
    return Comparison(
        table, ours.total(), list((ours - theirs).elements())[:5], list((theirs - ours).elements())[:5]
    )


def _counted(rows: Iterable[pa.RecordBatch]) -> Counter[tuple]:
    counted: Counter[tuple] = Counter()
    for batch in rows:
        counted.update(zip(*(column.to_pylist() for column in batch.columns), strict=True))
    return counted
