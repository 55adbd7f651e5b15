"""Excel workbooks, read by calamine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from ingestion.readers.table import Row, Table, Unreadable
from ingestion.values import Cell


def workbook_tables(file: BinaryIO) -> list[Table]:
    """One table for each sheet that holds anything.

    Raises:
        Unreadable: the workbook is damaged, protected by a password, or empty.
    """
    try:
        workbook = CalamineWorkbook.from_filelike(file)
        sheets = [workbook.get_sheet_by_name(name) for name in workbook.sheet_names]
    except CalamineError as error:
        raise Unreadable(f"the workbook cannot be opened: {error}") from error
    tables: list[Table] = [table for sheet in sheets if (table := _table(sheet))]
    if not tables:
        raise Unreadable("the workbook holds empty sheets only")
    return tables


class SheetTable:
    """The table in a sheet: its header, and the numbered rows below that."""

    def __init__(self, name: str, header: Sequence[str], rows: Iterator[tuple[int, list[Cell]]]) -> None:
        self.name = name
        self.header = header
        self._rows = rows

    def rows(self) -> Iterator[Row]:
        """All rows below the header; rows without any value are passed over."""
        width = len(self.header)
        for number, cells in self._rows:
            used = max(i for i, cell in enumerate(cells, 1) if _holds(cell))
            if used > width:
                yield Row(number, cells, fault=f"{used} cells, {width} expected")
            else:
                yield Row(number, cells[:width])


def _table(sheet: CalamineSheet) -> SheetTable | None:
    """The sheet's table, whose header is the first row that holds anything; None where no row does."""
    rows = _numbered(sheet)
    first = next(rows, None)
    if first is None:
        return None
    _, header = first
    while header[-1] == "":
        header.pop()
    return SheetTable(sheet.name, [str(cell) for cell in header], rows)


def _numbered(sheet: CalamineSheet) -> Iterator[tuple[int, list[Cell]]]:
    """The rows that hold anything, with their number in the sheet, from 1."""
    for number, cells in enumerate(sheet.iter_rows(), 1):
        if any(map(_holds, cells)):
            # The few whole numbers that calamine gives as `int` are doubles in the file like all others.
            yield number, [float(cell) if type(cell) is int else cell for cell in cells]


def _holds(cell: Cell) -> bool:
    """Whether the cell has a value; zero and false are values."""
    return not isinstance(cell, str) or bool(cell.strip())
