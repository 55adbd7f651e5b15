"""Readers of files: each gives tables, a header and rows of untyped cells, and knows no contracts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingestion.readers.table import Table, Unreadable

_WORKBOOK_SIGNATURE = b"PK\x03\x04"


@contextmanager
def open_tables(path: Path) -> Iterator[list[Table]]:
    """The tables in a file: one in a CSV file, one a sheet in a workbook.

    Raises:
        Unreadable: the file is empty, of no known format, or broken as a whole.
        OSError: the file cannot be opened.
    """
    with path.open("rb") as file:
        if not (start := file.read(len(_WORKBOOK_SIGNATURE))):
            raise Unreadable("the file is empty")
        file.seek(0)
        suffix = path.suffix.lower()
        if suffix == ".xlsx" and start == _WORKBOOK_SIGNATURE:
            from ingestion.readers.workbook import workbook_tables

            yield workbook_tables(file)
        elif suffix in (".csv", ".txt") and start != _WORKBOOK_SIGNATURE:
            from ingestion.readers.csv_text import CsvTable

            yield [CsvTable(file)]
        else:
            raise Unreadable(
                f"with the ending '{path.suffix}' it is of no known format: save it as .csv or .xlsx"
            )
