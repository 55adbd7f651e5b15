"""pandas with the COPY callable that its documentation shows for Postgres."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from io import StringIO

import pandas
import psycopg2  # noqa: F401 - SQLAlchemy would import it within the work
from sqlalchemy import create_engine

from benchmarks.load.clients.work import work

file, url = sys.argv[1:3]


def insert_by_copy(table, connection, keys: list[str], rows: Iterable[tuple]) -> None:
    """Write the rows as CSV into memory, and copy that."""
    buffer = StringIO()
    csv.writer(buffer).writerows(rows)
    buffer.seek(0)
    columns = ", ".join(f'"{key}"' for key in keys)
    with connection.connection.cursor() as cursor:
        cursor.copy_expert(f"copy {table.name} ({columns}) from stdin with csv", buffer)


with work():
    frame = pandas.read_csv(file)
    frame.to_sql(
        "peer",
        create_engine(url.replace("postgresql:", "postgresql+psycopg2:", 1)),
        index=False,
        method=insert_by_copy,
    )
