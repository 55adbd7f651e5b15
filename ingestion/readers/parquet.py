"""Parquet files, read by DuckDB."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb

from ingestion.findings.reasons import FaultKind, HoldKind
from ingestion.findings.remarks import Remark, RemarkKind
from ingestion.readers.typed_cells import holds, json_text
from ingestion.tabular.cells import Cell, shown
from ingestion.tabular.table import Row, Unreadable

_AT_A_TIME = 1_000
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_AS_THEY_ARE = frozenset(
    (*_WHOLE, *(f"U{each}" for each in _WHOLE), "DECIMAL", "DOUBLE", "BOOLEAN", "VARCHAR", '"NULL"', "DATE")
).union(f"TIMESTAMP{unit}" for unit in ("", "_S", "_MS", "_NS"))
#: Types that are turned into text here: in DuckDB one bad value would stop the whole read.
_CONVERTED: dict[str, Callable[[Any], str]] = {
    "BLOB": bytes.decode,
    "LIST": json_text,
    "STRUCT": json_text,
    "MAP": json_text,
}
_SETTINGS = {
    "threads": 1,
    "memory_limit": "256MB",
    # What does not fit in memory is refused, not spilled to disk.
    "temp_directory": "",
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
}
_INSTANT = "TIMESTAMP WITH TIME ZONE"
#: What pandas calls an index without a name.
_INDEX = re.compile("__index_level_[0-9]+__")
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

    Decimals, whole numbers, doubles, dates and texts are unchanged. Single floats are given by their shortest
    digits, NaN (a missing value in data frames) as None, timestamps to the microsecond, instants in the zone
    that pandas noted in the file, or else in UTC, bytes as text (they must be UTF-8), lists and structures as
    JSON, and times, durations and all other types as DuckDB writes them. The index of a data
    frame is not a column.

    Raises:
        Unreadable: the file is damaged; also from `rows`.
        OSError: the file cannot be opened.
    """

    name = ""
    guess: int | None = 0

    def __init__(self, path: Path) -> None:
        # DuckDB reads wildcards in a path; that of a descriptor has none.
        self._file = path.open("rb")
        self._source = f"/proc/self/fd/{self._file.fileno()}"
        self._connection = duckdb.connect(":memory:", config=_SETTINGS)
        self._connection.execute(f"SET allowed_paths = ['{self._source}']")
        # The statistics in a file leave NaN out, so they cannot tell whether there is one.
        self._connection.execute("SET disabled_optimizers = 'statistics_propagation'")
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")
        try:
            self._connection.execute(f"DESCRIBE SELECT * FROM {self._table}")
            columns = {name: kind for name, kind, *_ in self._connection.fetchall()}
            index = [name for name in columns if _INDEX.fullmatch(name)]
            if len(index) == len(columns):
                index = []
            self._columns = {name: kind for name, kind in columns.items() if name not in index}
            self._zones = self._noted_zones() if _INSTANT in columns.values() else {}
        except duckdb.Error as error:
            raise _unreadable(error) from error
        self.passed_over: Counter[str] = Counter()
        self.remarks: list[Remark] = [
            Remark(RemarkKind.PASSED_OVER, f"column {shown(name)} is the index of a data frame: left out")
            for name in index
        ]
        self.head = [Row(1, list(self._columns))]

    def rows(self, after: int, width: int) -> Iterator[Row]:
        """The rows, each of `width` cells or with a fault; `after` is 1, as the names are not a row."""
        converters = list(self._converters())
        self._note_nanoseconds()
        for number, values in enumerate(self._values(), 1):
            cells = list(values)
            try:
                for i, convert in converters:
                    cells[i] = None if cells[i] is None else convert(cells[i])
            except UnicodeDecodeError as error:
                column = shown(self.head[0].cells[i])
                yield Row(number, (), fault=FaultKind.BYTES_NOT_TEXT.reason(column=column, error=error))
                continue
            if not holds(cells):
                self.passed_over["blank"] += 1
            elif len(cells) == width:
                yield Row(number, cells)
            else:
                yield Row(number, (), fault=FaultKind.WRONG_WIDTH.reason(found=len(cells), expected=width))

    def _converters(self) -> Iterator[tuple[int, Callable[[Any], Cell]]]:
        """The columns whose values are converted here, by place, each with its conversion."""
        for i, (name, kind) in enumerate(self._columns.items()):
            if kind == _INSTANT:
                yield i, _instant_in(self._zones.get(name, UTC))
            elif convert := _CONVERTED.get(_family(kind)):
                yield i, convert

    def _noted_zones(self) -> Mapping[str, tzinfo]:
        """The zones of columns of instants: the format itself keeps none, but pandas notes it in the file."""
        zones: dict[str, tzinfo] = {}
        self._connection.execute(
            f"SELECT decode(value) FROM parquet_kv_metadata('{self._source}') WHERE decode(key) = 'pandas'"
        )
        for (text,) in self._connection.fetchall():
            # What cannot be read is ignored: instants are then in UTC.
            with suppress(ValueError, TypeError, KeyError, AttributeError):
                for column in json.loads(text)["columns"]:
                    with suppress(ValueError, TypeError, KeyError, OSError, ZoneInfoNotFoundError):
                        zones[column["field_name"]] = ZoneInfo(column["metadata"]["timezone"])
        return zones

    def _note_nanoseconds(self) -> None:
        """Report the columns in which timestamps lose digits."""
        names = [name for name, kind in self._columns.items() if kind == "TIMESTAMP_NS"]
        if not names:
            return
        counts = ", ".join(f"count_if(epoch_ns({_quoted(name)}) % 1000 <> 0)" for name in names)
        try:
            self._connection.execute(f"SELECT {counts} FROM {self._table}")
            found = self._connection.fetchone()
        except duckdb.Error as error:
            raise _unreadable(error) from error
        self.remarks += [
            Remark(
                RemarkKind.NANOSECONDS,
                f"column {shown(name)}: {count:,} timestamps have nanoseconds, which are truncated to"
                " microseconds",
            )
            for name, count in zip(names, found, strict=True)
            if count
        ]

    @property
    def _table(self) -> str:
        return f"read_parquet('{self._source}', hive_partitioning = false)"

    def _values(self) -> Iterator[tuple]:
        """The values of the rows, in batches."""
        wanted = ", ".join(_selected(name, kind) for name, kind in self._columns.items())
        try:
            self._connection.execute(f"SELECT {wanted} FROM {self._table}")
            while values := self._connection.fetchmany(_AT_A_TIME):
                yield from values
        except duckdb.Error as error:
            raise _unreadable(error) from error


def _selected(name: str, kind: str) -> str:
    """A column in SQL, as a type that Python has, without losing digits."""
    column = _quoted(name)
    if kind == "FLOAT":
        return f"CASE WHEN NOT isnan({column}) THEN {column}::VARCHAR::DOUBLE END"
    if kind == "DOUBLE":
        return f"CASE WHEN NOT isnan({column}) THEN {column} END"
    if kind == _INSTANT:
        return f"make_timestamp(epoch_us({column}))"
    is_for_python = _family(kind) in _AS_THEY_ARE or _family(kind) in _CONVERTED
    return column if is_for_python else f"{column}::VARCHAR"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _instant_in(zone: tzinfo) -> Callable[[datetime], datetime]:
    return lambda moment: moment.replace(tzinfo=UTC).astimezone(zone)


def _family(kind: str) -> str:
    """A type without its parameters."""
    return "LIST" if kind.endswith("]") else kind.partition("(")[0]


def _unreadable(error: duckdb.Error) -> Unreadable:
    if isinstance(error, duckdb.OutOfMemoryException):
        return Unreadable(HoldKind.TOO_LARGE, _TOO_LARGE)
    cause = _DESCRIPTOR.sub("it", str(error).partition("\n")[0])
    return Unreadable(HoldKind.DAMAGED, _DAMAGED.format(cause))
