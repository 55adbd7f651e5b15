"""Write a mart into a `.hyper` file, Tableau's own format.

`python -m tradewind.connectors.extract MART FILE`, in the environment of `requirements/analysis.txt`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pantab
import pyarrow as pa
from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Integer, Numeric, SmallInteger, Table

from tradewind.marts import mart_chunks, table
from tradewind.settings import Settings

_STAGED = "as text"

# the first match counts: a big integer is an integer too
_TYPES: dict[type, pa.DataType] = {
    Boolean: pa.bool_(),
    BigInteger: pa.int64(),
    SmallInteger: pa.int16(),
    Integer: pa.int32(),
    Date: pa.date32(),
    DateTime: pa.timestamp("us"),
}

#: Hyper's numeric has up to 18 digits, and up to 38 in files of version 3.
_DIGITS = 18


def write_extract(name: str, path: Path, settings: Settings | None = None) -> int:
    """Write a mart as a table of its name; returns the number of rows.

    Amounts stay exact: they go in as text, which Hyper itself reads as `numeric`. pantab 5.3.0 refuses the
    decimals between -0.1 and 0.

    Raises:
        UnknownNameError: there is no such mart.
    """
    source = table(name, settings)
    is_wide = any(isinstance(each.type, Numeric) and each.type.precision > _DIGITS for each in source.c)
    process = {"default_database_version": "3"} if is_wide else None
    draft = path.with_suffix(".new.hyper")
    draft.parent.mkdir(parents=True, exist_ok=True)
    draft.unlink(missing_ok=True)
    schema = pa.schema([(each.name, _staged_type(each)) for each in source.c])
    rows = _Counted(_batches(source, schema, settings))
    reader = pa.RecordBatchReader.from_batches(schema, rows)
    pantab.frame_to_hyper(reader, draft, table=_STAGED, process_params=process)
    columns = ", ".join(_final(each) for each in source.c)
    for statement in (
        f'create table "{name}" as (select {columns} from "{_STAGED}") with data',
        f'drop table "{_STAGED}"',
    ):
        pantab.frame_from_hyper_query(draft, statement, return_type="pyarrow", process_params=process)
    draft.chmod(0o644)
    draft.replace(path)
    return rows.count


class _Counted:
    """Passes batches on and counts their rows."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches = batches
        self.count = 0

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for batch in self._batches:
            self.count += batch.num_rows
            yield batch


def _batches(source: Table, schema: pa.Schema, settings: Settings | None) -> Iterator[pa.RecordBatch]:
    amounts = [each.name for each in source.c if isinstance(each.type, Numeric)]
    for frame in mart_chunks(source.name, settings):
        for name in amounts:
            frame[name] = frame[name].map(lambda value: None if value is None else f"{value:f}")
        yield pa.RecordBatch.from_pandas(frame, schema, preserve_index=False)


def _staged_type(column: Column) -> pa.DataType:
    return next((arrow for kind, arrow in _TYPES.items() if isinstance(column.type, kind)), pa.string())


def _final(column: Column) -> str:
    kind = column.type
    if isinstance(kind, Numeric):
        return f'cast("{column.name}" as numeric({kind.precision}, {kind.scale})) as "{column.name}"'
    return f'"{column.name}"'


if __name__ == "__main__":
    print(write_extract(sys.argv[1], Path(sys.argv[2])))
