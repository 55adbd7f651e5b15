"""Readers of files: each gives tables, a head and rows of untyped cells, and knows no contracts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ingestion.arrival.archives import Archive, Member, unpacked
from ingestion.arrival.formats import Format, format_of
from ingestion.findings.reasons import HoldKind
from ingestion.tabular.cells import printable
from ingestion.tabular.table import HEAD_ROWS, Table, Unreadable


def tables_of(form: Format, file: BinaryIO, path: Path, look_at: int = HEAD_ROWS) -> list[Table]:
    """The tables of a file that is not text, open for reading bytes and lying at `path`.

    Of JSON lines the columns are the keys of the first `look_at` lines.

    Raises:
        Unreadable: the file is damaged, or an archive.
        OSError: the file cannot be opened.
    """
    # Imported where they are needed: each brings a library that takes a moment.
    match form:
        case Format.JSON_LINES:
            from ingestion.readers.json_lines import JsonLinesTable

            return [JsonLinesTable(file, look_at)]
        case Format.PARQUET:
            from ingestion.readers.parquet import parquet_tables

            return parquet_tables(path)
        case Format.WORKBOOK:
            from ingestion.readers.workbook.sheets import workbook_tables

            return workbook_tables(path)
    raise Unreadable(
        HoldKind.NESTED, f"it is a {form} file inside an archive: unpack it, and deliver what is in it"
    )


@contextmanager
def open_members(path: Path) -> Iterator[Archive]:
    """The files in `path`: itself, or those that it packs, one at a time.

    Raises:
        Unreadable: the file is empty or of no known format, or an archive that is damaged or made to do harm.
        OSError: the file cannot be opened.
    """
    with path.open("rb") as file:
        form = format_of(file, path.name)
    if form in (Format.GZIP, Format.ZIP):
        with unpacked(path) as archive:
            yield archive
    else:
        yield Archive(iter([Member(printable(path.name), path, path.stat().st_size)]), [])
