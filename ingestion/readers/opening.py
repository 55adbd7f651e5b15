"""Opens files, and the files packed in archives, with the reader of their format."""

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
    """The tables of a file that is not text; it is open for reading bytes, and lies at `path`.

    Of JSON lines the columns are the keys of the first `look_at` lines.

    Raises:
        Unreadable: the file is damaged, or an archive.
        OSError: the file cannot be opened.
    """
    # Imported on demand: each needs a library that is slow to import.
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
    """The files in `path`, one at a time: the file itself, or those packed in it.

    Raises:
        Unreadable: the file is empty or of no known format, or an archive that is damaged or malicious.
        OSError: the file cannot be opened.
    """
    with path.open("rb") as file:
        form = format_of(file, path.name)
    if form in (Format.GZIP, Format.ZIP):
        with unpacked(path) as archive:
            yield archive
    else:
        yield Archive(iter([Member(printable(path.name), path, path.stat().st_size)]), [])
