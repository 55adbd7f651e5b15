"""Reads a workbook for `workbook.py`, in a process of its own with bounded memory and time.

A workbook of a few bytes can claim billions of cells, and the library that reads workbooks then takes the
whole process down. Here it takes down no one else. Stands alone: nothing of this project is imported.

Usage: process.py PATH MEMORY_BYTES CPU_SECONDS. Answers are pickles on the standard output: first
the sheets as (name, is hidden); then, for each line with a sheet's index on the standard input, some rows of
it as one bytes object of pickled (number, cells), empty at its end; the first of them has the number 0 and in
place of cells the merged ranges. A tuple instead is why it is unreadable: the name of a `HoldKind`, a text.
"""

from __future__ import annotations

import io
import pickle
import resource
import sys
from collections.abc import Iterator
from datetime import time, timedelta

from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

#: Bytes of rows sent at a time, and one row more.
_AT_A_TIME = 2**20


def main() -> None:
    path, memory, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    try:
        workbook = CalamineWorkbook.from_path(path)
        sheets = enumerate(workbook.sheets_metadata)
        sheets = [(i, each) for i, each in sheets if each.typ == SheetTypeEnum.WorkSheet]
        rows = [_rows(workbook, i) for i, _ in sheets]
        _answer([(each.name, each.visible != SheetVisibleEnum.Visible) for _, each in sheets])
        for line in sys.stdin:
            _answer(_some(rows[int(line)]))
    except (MemoryError, OSError):
        raise
    except PasswordError:
        _answer(("PROTECTED", "the workbook is protected by a password: save it without one"))
    except BaseException as error:  # The library's panics are no `Exception`.
        text = f"the workbook cannot be opened ({error}): open it in a spreadsheet program and save it again"
        _answer(("DAMAGED", text))


def _answer(message: object) -> None:
    pickle.dump(message, sys.stdout.buffer)
    sys.stdout.buffer.flush()


def _some(rows: Iterator[tuple[int, list]]) -> bytes:
    """The next rows, pickled one after the other."""
    pickled = io.BytesIO()
    while pickled.tell() < _AT_A_TIME and (row := next(rows, None)):
        pickle.dump(row, pickled)
    return pickled.getvalue()


def _rows(workbook: CalamineWorkbook, sheet: int) -> Iterator[tuple[int, list]]:
    """The rows that hold anything, with their number in the sheet from 1, and no empty cells at their end.

    Before them the merged ranges, as first row, first column, last row and last column; columns from 0.
    """
    opened = workbook.get_sheet_by_index(sheet)
    merged = opened.merged_cell_ranges or []
    yield 0, [(top + 1, left, bottom + 1, right) for (top, left), (bottom, right) in merged]
    for number, cells in enumerate(opened.iter_rows(), 1):
        while cells and isinstance(cells[-1], str) and not cells[-1].strip():
            cells.pop()
        if cells:
            yield number, list(map(_plain, cells))


def _plain(cell: object) -> object:
    """Whole numbers as the doubles that they are in the file; truth values, times and durations as texts."""
    if type(cell) is int:
        return float(cell)
    if type(cell) is bool:
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        seconds = round(cell.total_seconds())
        minutes, sign = abs(seconds) // 60, "-" if seconds < 0 else ""
        return f"{sign}{minutes // 60:02}:{minutes % 60:02}:{abs(seconds) % 60:02}"
    return cell


if __name__ == "__main__":
    main()
