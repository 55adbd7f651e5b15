"""Workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods), read by calamine in a separate process."""

from __future__ import annotations

import io
import pickle
import signal
import subprocess
import sys
import weakref
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, starmap
from pathlib import Path

from ingestion.arrival.unpacking import spoken
from ingestion.findings.reasons import FaultKind, HoldKind
from ingestion.findings.remarks import Remark, RemarkKind
from ingestion.readers.workbook.checks import checked
from ingestion.readers.workbook.formulas import SheetFacts
from ingestion.readers.workbook.likely_totals import LikelyTotals
from ingestion.readers.workbook.merges import Merged, filled, joined_header, unfilled, upper_header
from ingestion.tabular.cells import shown
from ingestion.tabular.table import HEAD_ROWS, Row, Unreadable

#: The most memory (bytes) and processor time (seconds) that reading a workbook may take. A filled cell takes
#: about 130 bytes, so this is enough for 30 million cells: a million rows of 30 columns.
MOST_MEMORY = 4 * 2**30
MOST_SECONDS = 900

#: Numbers that may be names of columns.
_YEARS = range(1900, 2100)

_READER = Path(__file__).with_name("process.py")


def workbook_tables(path: Path) -> list[SheetTable]:
    """One table for each sheet that is not empty, hidden sheets after all visible ones.

    Raises:
        Unreadable: the workbook is damaged, protected by a password, malicious, too large, or empty.
        OSError: a file cannot be opened or written.
    """
    with checked(path) as workbook:
        process = _Process(workbook.path)
    tables = [
        SheetTable(name, hidden, _rows(process, i), workbook.facts.get(name, SheetFacts()))
        for i, (name, hidden) in enumerate(process.sheets)
    ]
    tables = [table for table in tables if table.head]
    if not tables:
        raise Unreadable(
            HoldKind.NO_ROWS, "the workbook has only empty sheets: deliver it again with its rows"
        )
    return sorted(tables, key=lambda table: table.hidden)


class SheetTable:
    """The table in a sheet; `hidden` says whether users do not see the sheet.

    Numbers are doubles, as in the file; truth values (TRUE, FALSE), times of day and durations (HH:MM:SS) are
    texts, errors are the text that they show (#N/A), and empty cells are empty texts. Of merged cells the
    first has the value and all others are empty, except in columns that `fill` names. Where the header is two
    rows, the upper with names for groups of columns, their joined names are an extra row of the head.
    """

    def __init__(self, name: str, hidden: bool, rows: Iterator[Row], facts: SheetFacts) -> None:
        self.name = name
        self.hidden = hidden
        self.passed_over: Counter[str] = Counter()
        self.remarks: list[Remark] = []
        self._facts = facts
        self._filled: frozenset[int] = frozenset()
        self._merged = list(starmap(Merged, next(rows).cells))
        self._rows = self._counting_blanks(rows)
        self.head: list[Row] = list(islice(self._rows, HEAD_ROWS))
        self.guess = _header(self.head)
        self._joined: Row | None = None
        if (upper := upper_header(self.head, self.guess, self._merged)) is not None:
            self._joined = joined_header(*self.head[upper : upper + 2], self._merged)
            self.guess = upper + 2
            self.head.insert(self.guess, self._joined)

    def fill(self, places: Iterable[int]) -> None:
        """Give every merged cell of these columns, from 0, the value of its range."""
        self._filled = frozenset(places)

    def rows(self, after: int, width: int) -> Iterator[Row]:
        """All rows behind the first `after` ones of `head`, each of `width` cells or with a fault.

        Raises:
            Unreadable: a column holds formulas that were never computed, or merged cells whose places are not
                known are to be filled.
        """
        self._refuse_uncomputed(width)
        if self._facts.merged and self._filled:
            raise Unreadable(
                HoldKind.HIDDEN_VALUES,
                f"the sheet {shown(self.name)} holds merged cells, which cannot be filled in this format:"
                " save it as .xlsx",
            )
        header = self.head[after - 1] if after else None
        self._remark(header, width)
        rows = (row for row in chain(self.head[after:], self._rows) if row is not self._joined)
        totals = LikelyTotals()
        for row in filled(rows, self._merged, self._filled):
            totals.see(row)
            missing = width - len(row.cells)
            if missing < 0:
                yield row._replace(fault=FaultKind.WRONG_WIDTH.reason(found=len(row.cells), expected=width))
            else:
                yield row._replace(cells=[*row.cells, *[""] * missing])
        self.remarks += totals.remarks(self.name)

    def _refuse_uncomputed(self, width: int) -> None:
        places = [place for column, place in sorted(self._facts.uncomputed.items()) if column < width]
        if places:
            first = f" (the first in {places[0]})" if places[0] else ""
            raise Unreadable(
                HoldKind.HIDDEN_VALUES,
                f"the sheet {shown(self.name)} holds formulas that no program has computed yet{first}: their"
                " values are not in the file; open it in a spreadsheet program, save it, and deliver it"
                " again",
            )

    def _remark(self, header: Row | None, width: int) -> None:
        sheet = f"sheet {shown(self.name)}"
        if self._joined and header and header is not self._joined and header.line == self._joined.line:
            upper = self.head[self.head.index(self._joined) - 2]
            groups = ", ".join(shown(cell) for cell in upper.cells if cell != "")
            text = f"{sheet}: the row above the header names groups of columns ({groups}), and is left out"
            self.remarks.append(Remark(RemarkKind.HEADER_ROWS, text))
        if self._facts.hidden_rows:
            text = f"{sheet}: {self._facts.hidden_rows:,} rows are hidden; they were read like all others"
            self.remarks.append(Remark(RemarkKind.HIDDEN_ROWS, text))
        if self._facts.merged:
            text = (
                f"{sheet}: {self._facts.merged:,} ranges of cells are merged; of each only the first has a"
                " value, the others are empty: unmerge them"
            )
            self.remarks.append(Remark(RemarkKind.MERGED_CELLS, text))
        first = header.line + 1 if header else 1
        for column, ranges in unfilled(self._merged, self._filled, first, width).items():
            named = header.cells[column] if header else ""
            more = f" and {len(ranges) - 1:,} more" if len(ranges) > 1 else ""
            text = (
                f"{sheet}, column {shown(named)}: of merged cells ({ranges[0]}{more}) only the first has a"
                " value, the others are empty: unmerge them, or write mergedCells: fill for the column into"
                " the contract"
            )
            self.remarks.append(Remark(RemarkKind.MERGED_CELLS, text))

    def _counting_blanks(self, rows: Iterator[Row]) -> Iterator[Row]:
        line = 0
        for row in rows:
            if blank := row.line - line - 1:
                self.passed_over["blank"] += blank
            line = row.line
            yield row


def _header(head: Sequence[Row]) -> int | None:
    """Where the header is: the first row that is as wide as the table, if it has any text.

    The table is the largest one of the possible widths: what spans the most cells. So neither title lines
    above it nor a remark to its right count.
    """
    widths = [len(row.cells) for row in head]
    table = max(widths, key=lambda width: (width * sum(each >= width for each in widths), width), default=0)
    guess = next((i for i, width in enumerate(widths) if width >= table), None)
    if guess is None or not any(isinstance(cell, str) and cell for cell in head[guess].cells):
        return None
    return guess + 1 if _is_above_names(*head[guess : guess + 3]) else guess


def _is_above_names(row: Row, names: Row | None = None, first: Row | None = None) -> bool:
    """Whether a row as wide as the table belongs to its title: names follow it, then figures.

    Such a row holds a figure that is not a year, and so not a name, or an empty row follows it.
    """
    if names is None or first is None or not all(isinstance(cell, str) and cell for cell in names.cells):
        return False
    if len(names.cells) < len(row.cells) or all(isinstance(cell, str) for cell in first.cells):
        return False
    figures = [cell for cell in row.cells if isinstance(cell, float) and cell not in _YEARS]
    return bool(figures) or names.line > row.line + 1


def _rows(process: _Process, sheet: int) -> Iterator[Row]:
    while pickled := process.ask(sheet):
        part = io.BytesIO(pickled)
        while part.tell() < len(pickled):
            number, cells = pickle.load(part)
            yield Row(number, cells)


class _Process:
    """The process that reads a workbook; it ends when nothing refers to it any more.

    Raises:
        Unreadable: it could not read the workbook within its memory and time; also from `ask`.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            descriptor = file.fileno()
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    _READER,
                    f"/proc/self/fd/{descriptor}",
                    *map(str, (MOST_MEMORY, MOST_SECONDS)),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=[descriptor],
            )
            weakref.finalize(self, _end, self._process)
            #: The sheets' names, and whether they are hidden.
            self.sheets: list[tuple[str, bool]] = self._answer()

    def ask(self, sheet: int) -> bytes:
        """Some more rows of a sheet, none at its end."""
        try:
            self._process.stdin.write(b"%d\n" % sheet)
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # It has ended; its last output, or its exit, says why.
        return self._answer()

    def _answer(self):
        try:
            answer = pickle.load(self._process.stdout)
        except (EOFError, pickle.UnpicklingError):
            raise _ending(self._process.wait()) from None
        if isinstance(answer, tuple):
            kind, message = answer
            raise Unreadable(HoldKind[kind], message)
        return answer


def _ending(code: int) -> Unreadable:
    """Why the process has ended: with too much memory it aborts, or the system kills it."""
    if code == -signal.SIGXCPU:
        return Unreadable(
            HoldKind.TOO_LARGE,
            f"reading the workbook takes more than {MOST_SECONDS // 60} minutes: save it as .csv",
        )
    if code in (1, -signal.SIGABRT, -signal.SIGKILL):
        return Unreadable(
            HoldKind.TOO_LARGE,
            f"reading the workbook takes more than {spoken(MOST_MEMORY)} of memory, as it claims too many"
            " cells: delete what stands far from its table, or save the sheet as .csv",
        )
    return Unreadable(
        HoldKind.DAMAGED,
        "the workbook cannot be read: open it in a spreadsheet program and save it again",
    )


def _end(process: subprocess.Popen) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        pipe.close()
