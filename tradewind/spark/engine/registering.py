"""Registers the tables that were carried with Spark."""

from __future__ import annotations

from collections.abc import Iterable

from tradewind.spark.engine.built import connected
from tradewind.spark.engine.carry import Table


def register(tables: Iterable[Table], host: str, port: int) -> None:
    """Recreate the tables in Spark's catalog; only what it knows of them changes, not their files."""
    with connected(host, port) as cursor:
        for schema in ("ops", "staging"):
            cursor.execute(f"create schema if not exists {schema}")
        for table in tables:
            name = f"{table.schema}.{table.name}"
            columns = ", ".join(f"`{column.name}` {column.spark}" for column in table.columns)
            partitions = " partitioned by (`_load_id`)" if table.is_partitioned else ""
            cursor.execute(f"drop table if exists {name}")
            cursor.execute(
                f"create table {name} ({columns}) using parquet{partitions} location '{table.address}'"
            )
            if table.is_partitioned:
                cursor.execute(f"alter table {name} recover partitions")
