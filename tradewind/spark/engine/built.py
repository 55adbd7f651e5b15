"""Reads tables that Spark built, from their files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.dataset as dataset
from pyhive import hive

#: Where a build leaves the addresses of the tables that it built, in the folder of its state.
BUILT = "built.json"


@contextmanager
def connected(host: str, port: int) -> Iterator[hive.Cursor]:
    """A cursor of the Thrift server."""
    connection = hive.connect(host=host, port=port, username="tradewind")
    try:
        yield connection.cursor()
    finally:
        connection.close()


def location(cursor: hive.Cursor, table: str) -> str:
    """Address of a table's files.

    Raises:
        LookupError: Spark has no such table.
    """
    cursor.execute(f"describe formatted {table}")
    for name, value, *_ in cursor.fetchall():
        if name.strip() == "Location":
            return value.strip()
    raise LookupError(f"Spark has no table {table}")


def built_tables(folder: Path) -> dict[str, str]:
    """Addresses of the tables of the last build that succeeded, by their names.

    Raises:
        LookupError: there is none.
    """
    path = folder / BUILT
    if not path.is_file():
        raise LookupError("no build on Spark has succeeded here yet: python -m tradewind spark build")
    return json.loads(path.read_text())


def batches(address: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Rows of a folder of parquet, with these columns in these types.

    Raises:
        pyarrow.ArrowInvalid: a value does not fit its type.
    """
    # Java writes file:/srv for file:///srv
    files, root = fsspec.core.url_to_fs(re.sub(r"^file:/(?!/)", "file:///", address))
    rows = dataset.dataset(root, filesystem=files, format="parquet", exclude_invalid_files=False)
    if not rows.files:  # a table without rows may have none
        return
    for batch in rows.to_batches(columns=schema.names):
        yield pa.RecordBatch.from_arrays(
            [batch.column(field.name).cast(field.type) for field in schema], schema=schema
        )
