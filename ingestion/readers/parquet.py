"""Parquet files, read by DuckDB."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb

from ingestion.readers.cells import holds, json_text
from ingestion.readers.table import Row, Unreadable
from ingestion.remarks import Remark
from ingestion.values import shown

_AT_A_TIME = 1_000
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_AS_THEY_ARE = frozenset(
    (*_WHOLE, *(f"U{each}" for each in _WHOLE), "DECIMAL", "DOUBLE", "BOOLEAN", "VARCHAR", '"NULL"', "DATE")
).union(f"TIMESTAMP{unit}" for unit in ("", "_S", "_MS", "_NS"))
#: Types that become text here and not in DuckDB, where one bad value ends the reading.
_CONVERTED: dict[str, Callable[[Any], str]] = {
    "BLOB": bytes.decode,
    "LIST": json_text,
    "STRUCT": json_text,
    "MAP": json_text,
}
_SETTINGS = {
    "threads": 1,
    "memory_limit": "256MB",
    # What does not fit into memory is refused, not written to disk.
    "temp_directory": "",
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
}
_DAMAGED = "the Parquet file cannot be read ({}): write it again, or ask for it again"
_DESCRIPTOR = re.compile("(file )?'/proc/self/fd/[0-9]+'", re.IGNORECASE)
_TOO_LARGE = (
    f"the Parquet file takes more than {_SETTINGS['memory_limit']} of memory to read: write it in smaller"
    " row groups (100,000 rows), or as .csv"
)


def parquet_tables(path: Path) -> list[ParquetTable]:
    """The one table of a Parquet file.

    Raises:
        Unreadable: the file is damaged or cannot be read in bounded memory.
        OSError: the file cannot be opened.
    """
    return [ParquetTable(path)]


class ParquetTable:
    """The table of a Parquet file, with its rows numbered from 1 in the file's order.

    Decimals, whole numbers, doubles, dates and texts are given as they are; single floats by their shortest
    figures; timestamps to the microsecond, those with a zone in UTC and without it; bytes as the UTF-8 text
    that they must be; lists and structures as JSON; times, durations and all others as DuckDB writes them.

    Raises:
        Unreadable: the file is damaged; also from `rows`.
        OSError: the file cannot be opened.
    """

    name = ""
    guess: int | None = 0

    def __init__(self, path: Path) -> None:
        # DuckDB takes signs in a path for patterns; a descriptor's has none.
        self._file = path.open("rb")
        self._source = f"/proc/self/fd/{self._file.fileno()}"
        self._connection = duckdb.connect(":memory:", config=_SETTINGS)
        self._connection.execute(f"SET allowed_paths = ['{self._source}']")
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")
        try:
            self._connection.execute(f"DESCRIBE SELECT * FROM {self._table}")
            self._columns = {name: kind for name, kind, *_ in self._connection.fetchall()}
        except duckdb.Error as error:
            raise _unreadable(error) from error
        self.passed_over: Counter[str] = Counter()
        self.remarks: list[Remark] = []
        self.head = [Row(1, list(self._columns))]

    def rows(self, after: int, width: int) -> Iterator[Row]:
        """The rows, each of `width` cells or with a fault; `after` is 1, the names being no row."""
        kinds = enumerate(map(_family, self._columns.values()))
        to_text = [(i, _CONVERTED[kind]) for i, kind in kinds if kind in _CONVERTED]
        for number, values in enumerate(self._values(), 1):
            cells = list(values)
            try:
                for i, convert in to_text:
                    cells[i] = None if cells[i] is None else convert(cells[i])
            except UnicodeDecodeError as error:
                yield Row(number, (), fault=f"{shown(self.head[0].cells[i])} holds bytes, not text: {error}")
                continue
            if not holds(cells):
                self.passed_over["blank"] += 1
            elif len(cells) == width:
                yield Row(number, cells)
            else:
                yield Row(number, (), fault=f"{len(cells)} cells, {width} expected")

    @property
    def _table(self) -> str:
        return f"read_parquet('{self._source}', hive_partitioning = false)"

    def _values(self) -> Iterator[tuple]:
        """The rows' values, a few at a time."""
        wanted = ", ".join(_selected(name, kind) for name, kind in self._columns.items())
        try:
            self._connection.execute(f"SELECT {wanted} FROM {self._table}")
            while values := self._connection.fetchmany(_AT_A_TIME):
                yield from values
        except duckdb.Error as error:
            raise _unreadable(error) from error


def _selected(name: str, kind: str) -> str:
    """A column in SQL, as a type that Python has and with the figures that the file has."""
    column = '"' + name.replace('"', '""') + '"'
    if kind == "FLOAT":
        return f"{column}::VARCHAR::DOUBLE"
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"make_timestamp(epoch_us({column}))"
    is_for_python = _family(kind) in _AS_THEY_ARE or _family(kind) in _CONVERTED
    return column if is_for_python else f"{column}::VARCHAR"


def _family(kind: str) -> str:
    """A type without its parameters."""
    return "LIST" if kind.endswith("]") else kind.partition("(")[0]


def _unreadable(error: duckdb.Error) -> Unreadable:
    if isinstance(error, duckdb.OutOfMemoryException):
        return Unreadable(_TOO_LARGE)
    return Unreadable(_DAMAGED.format(_DESCRIPTOR.sub("it", str(error).partition("\n")[0])))
