"""Tells Spark of the tables that were carried."""

from __future__ import annotations

from collections.abc import Iterable

from pyhive import hive

from tradewind.spark.engine.carry import Table


def register(tables: Iterable[Table], host: str, port: int) -> None:
    """Make the tables anew in Spark's catalog; only what it knows of them changes, not their files."""
    connection = hive.connect(host=host, port=port, username="tradewind")
    try:
        cursor = connection.cursor()
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
    finally:
        connection.close()
