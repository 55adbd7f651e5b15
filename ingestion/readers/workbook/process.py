"""Reads a workbook for `sheets.py`, in its own process with bounded memory and time.

A workbook of a few bytes can claim billions of cells, and the library that reads it then crashes its process.
Here it crashes nothing else. This file imports nothing of the project.

Usage: process.py PATH MEMORY_BYTES CPU_SECONDS. Answers are pickles on standard output: first the sheets, as
(name, is hidden); then, for each line on standard input with the index of a sheet, its next rows as one bytes
object of pickled (number, cells), empty at its end. The first of these has the number 0, and merged ranges in
place of cells. A tuple instead says why it is unreadable: the name of a `HoldKind`, and a text.
"""

from __future__ import annotations

import io
import pickle
import resource
import sys
from collections.abc import Iterator
from datetime import time, timedelta

from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

#: Rows are sent once they have this many bytes.
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
    except BaseException as error:  # A panic of the library is not an `Exception`.
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
    """The rows that are not empty, without empty cells at their end, numbered from 1 as in the sheet.

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
    """Whole numbers become doubles, as in the file; truth values, times and durations become texts."""
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
