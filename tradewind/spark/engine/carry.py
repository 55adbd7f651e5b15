"""Carries raw rows and the ledger from Postgres to parquet in the lake.

Rows of a load never change, so they are carried once: `raw/<table>-<columns>/_load_id=<number>/rows.parquet`
is there when it is whole. The ledger is small, and carried by each build.
"""

from __future__ import annotations

import hashlib
import io
import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import fsspec
import psycopg
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as parquet
from psycopg import sql

#: Tables and views of the ledger that models read, with the columns that they read.
LEDGER = {
    "loads": (
        "load_id",
        "source",
        "state",
        "rows_read",
        "rows_loaded",
        "rows_rejected",
        "is_sample",
        "data_from",
        "data_to",
        "started_at",
        "finished_at",
        "precedence",
    ),
    "counted_loads": ("load_id", "source", "precedence"),
    "current_scopes": ("source", "scope", "load_id", "scope_id"),
}

#: Column of raw rows whose values are folders in the lake.
_PARTITION = "_load_id"

_FILE = "rows.parquet"

#: A row of a file is a part of one block, so this is also the longest row, in bytes.
_BLOCK = 16 << 20

_COLUMNS = """
select attname, format_type(atttypid, atttypmod)
from pg_attribute
where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped
order by attnum
"""

_RAW_TABLES = r"""
select tablename from pg_tables where schemaname = 'staging' and tablename like 'raw\_%' order by tablename
"""


@dataclass(frozen=True)
class Column:
    """A column as Postgres has it."""

    name: str
    kind: str

    @property
    def arrow(self) -> pa.DataType:
        """Its type in parquet.

        Raises:
            ValueError: a type that no contract can declare.
        """
        name, _, arguments = self.kind.partition("(")
        if name == "numeric" and arguments:
            precision, scale = map(int, arguments.rstrip(")").split(","))
            return pa.decimal128(precision, scale)
        if self.kind not in _TYPES:
            raise ValueError(f"column {self.name} has the type {self.kind}, which has no equal in parquet")
        return _TYPES[self.kind][0]

    @property
    def spark(self) -> str:
        """Its type in Spark."""
        if self.kind.startswith("numeric("):
            return self.kind.replace("numeric", "decimal")
        return _TYPES[self.kind][1]


_TYPES = {
    "text": (pa.string(), "string"),
    "integer": (pa.int32(), "int"),
    "bigint": (pa.int64(), "bigint"),
    "boolean": (pa.bool_(), "boolean"),
    "date": (pa.date32(), "date"),
    "timestamp without time zone": (pa.timestamp("us", "UTC"), "timestamp"),
    "timestamp with time zone": (pa.timestamp("us", "UTC"), "timestamp"),
}


@dataclass(frozen=True)
class Table:
    """A table in the lake, as Spark is to read it."""

    schema: str
    name: str
    columns: tuple[Column, ...]
    address: str
    is_partitioned: bool


@dataclass(frozen=True)
class Carried:
    """What one run carried: the tables there are now, and how many loads and rows are new in the lake."""

    tables: list[Table]
    loads: int
    rows: int


class _Copied(io.RawIOBase):
    """What `copy … to stdout` sends, as a file."""

    def __init__(self, copy: psycopg.Copy) -> None:
        self._blocks = iter(copy)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = memoryview(block)
        taken = min(len(buffer), len(self._rest))
        buffer[:taken] = self._rest[:taken]
        self._rest = self._rest[taken:]
        return taken


def carry(conninfo: str, lake: str) -> Carried:
    """Bring the lake up to date with Postgres, as of one moment.

    Args:
        conninfo: address of the warehouse, as a role that reads raw rows and the ledger.
        lake: address of the lake, as file:///srv/lake.
    """
    files, root = fsspec.core.url_to_fs(lake)
    tables: list[Table] = []
    loads = rows = 0
    with psycopg.connect(conninfo) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.execute("set timezone = 'UTC'")
        for name, wanted in LEDGER.items():
            known = {column.name: column for column in columns_of(connection, f"ops.{name}")}
            if missing := [each for each in wanted if each not in known]:
                raise LookupError(f"ops.{name} has no column {', '.join(missing)}: make up")
            columns = tuple(known[each] for each in wanted)
            folder = posixpath.join(root, "ledger", name)
            rows_now = rows_of(connection, sql.Identifier("ops", name), columns)
            _write(rows_now, columns, files, posixpath.join(folder, _FILE))
            tables.append(Table("ops", name, columns, _address(lake, "ledger", name), is_partitioned=False))
        for (name,) in connection.execute(_RAW_TABLES).fetchall():
            columns = columns_of(connection, f"staging.{name}")
            version = hashlib.sha256(repr(columns).encode()).hexdigest()[:8]
            folder = posixpath.join(root, "raw", f"{name}-{version}")
            files.makedirs(folder, exist_ok=True)
            held = _held(files, folder)
            there = _loads_of(connection, name)
            inside = tuple(column for column in columns if column.name != _PARTITION)
            for load in sorted(there - held):
                path = posixpath.join(folder, f"{_PARTITION}={load}", _FILE)
                condition = sql.SQL("where {} = {}").format(sql.Identifier(_PARTITION), load)
                rows_of_load = rows_of(connection, sql.Identifier("staging", name), inside, condition)
                rows += _write(rows_of_load, inside, files, path)
                loads += 1
            for load in held - there:
                files.rm(posixpath.join(folder, f"{_PARTITION}={load}"), recursive=True)
            tables.append(
                Table(
                    "staging", name, columns, _address(lake, "raw", f"{name}-{version}"), is_partitioned=True
                )
            )
        _forget_others(files, posixpath.join(root, "raw"), tables)
    return Carried(tables, loads, rows)


def _address(lake: str, *parts: str) -> str:
    return "/".join([lake.rstrip("/"), *parts])


def columns_of(connection: psycopg.Connection, table: str) -> tuple[Column, ...]:
    """Columns of a table, as its schema and name; none where there is no such table."""
    return tuple(Column(*row) for row in connection.execute(_COLUMNS, [table]))


def _loads_of(connection: psycopg.Connection, table: str) -> set[int]:
    """Numbers of the loads that have rows in a raw table."""
    query = sql.SQL(
        "select load_id from ops.loads as loads"
        " where exists (select from {} as raw_rows where raw_rows._load_id = loads.load_id)"
    )
    return {load for (load,) in connection.execute(query.format(sql.Identifier("staging", table)))}


def _held(files: fsspec.AbstractFileSystem, folder: str) -> set[int]:
    """Numbers of the loads that a folder of the lake holds, whole."""
    found = files.glob(posixpath.join(folder, f"{_PARTITION}=*", _FILE))
    return {int(path.split("/")[-2].partition("=")[2]) for path in found}


def _selected(columns: Sequence[Column]) -> sql.Composed:
    """The columns, with moments as UTC without a zone, as arrow reads them."""
    in_utc = sql.SQL("{} at time zone 'UTC' as {}")
    parts = []
    for column in columns:
        name = sql.Identifier(column.name)
        is_moment = column.kind == "timestamp with time zone"
        parts.append(in_utc.format(name, name) if is_moment else name)
    return sql.SQL(", ").join(parts)


def schema_of(columns: Sequence[Column]) -> pa.Schema:
    """The columns as parquet has them."""
    return pa.schema([(column.name, column.arrow) for column in columns])


def _write(
    rows: Iterable[pa.RecordBatch], columns: Sequence[Column], files: fsspec.AbstractFileSystem, path: str
) -> int:
    """Write rows as one file, which is there whole or not at all; returns their number."""
    folder, name = posixpath.split(path)
    files.makedirs(folder, exist_ok=True)
    # Spark and the next run pass over names that begin with an underscore
    unfinished = posixpath.join(folder, f"_{name}")
    number = 0
    with files.open(unfinished, "wb") as out, parquet.ParquetWriter(out, schema_of(columns)) as writer:
        for batch in rows:
            writer.write_batch(batch)
            number += batch.num_rows
    if files.exists(path):
        files.rm(path)
    files.mv(unfinished, path)
    return number


def rows_of(
    connection: psycopg.Connection,
    table: sql.Identifier,
    columns: Sequence[Column],
    condition: sql.Composable | None = None,
) -> Iterator[pa.RecordBatch]:
    """Rows of a table in Postgres, with these columns, in arrow's types."""
    convert = arrow_csv.ConvertOptions(
        column_types={c.name: _naive(c.arrow) for c in columns},
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        true_values=["t"],
        false_values=["f"],
    )
    schema = schema_of(columns)
    select = sql.SQL("select {} from {} {}").format(_selected(columns), table, condition or sql.SQL(""))
    statement = sql.SQL("copy ({}) to stdout (format csv, header)").format(select)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        reader = arrow_csv.open_csv(
            io.BufferedReader(_Copied(copy), 1 << 20),
            read_options=arrow_csv.ReadOptions(block_size=_BLOCK),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
            convert_options=convert,
        )
        for batch in reader:
            # naive moments are UTC: only the type changes, not the value
            arrays = [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _naive(kind: pa.DataType) -> pa.DataType:
    return pa.timestamp("us") if pa.types.is_timestamp(kind) else kind


def _forget_others(files: fsspec.AbstractFileSystem, root: str, tables: Sequence[Table]) -> None:
    """Remove raw tables that no longer exist in this form."""
    if not files.exists(root):
        return
    kept = {table.address.rsplit("/", 1)[1] for table in tables}
    for path in files.ls(root, detail=False):
        if posixpath.basename(path.rstrip("/")) not in kept:
            files.rm(path, recursive=True)
