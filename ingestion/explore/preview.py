"""Shows what the readers see in a file, and what its contract would make of it, without a warehouse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from ingestion.arrival.archives import Member
from ingestion.contract.model import Contract
from ingestion.explore.guess.tables import TableGuess
from ingestion.explore.unknown_tables import UnknownTable, unknown_tables
from ingestion.findings.remarks import Remark, RemarkKind
from ingestion.matching.match import Match
from ingestion.matching.tables import Found, find_tables
from ingestion.readers.opening import open_members
from ingestion.readers.text.dialects import Dialect
from ingestion.rows.checks import RowCheck, RowFaults
from ingestion.tabular.cells import Cell, shown
from ingestion.tabular.table import Row, Unreadable

#: Rows that are looked at unless all are asked for.
MOST_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class SeenColumn:
    """A column of a file: the `type` that fits all its values, and the share of its cells that hold one."""

    header: str
    type: str
    filled: float
    examples: list[str]


@dataclass(frozen=True, slots=True)
class SeenFault:
    """One reason why a row is refused; `column` and `value` are None for the row as a whole."""

    line: int
    column: str | None
    value: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What is seen in one table, or why a file cannot be read (`unreadable`; nothing else is known then).

    `header_line` is counted from 1, None where no header is seen; `above` are the cells of the rows above it.
    `rows` were looked at, of which `rejected` are refused: by the contract of `source`, or, where none fits,
    as they cannot be taken apart. `faults` are the first reasons, `first` the cells of the first rows,
    `remarks` are what else a person should know.
    `why_not` says why no contract fits, `breach` what about the header a person must accept. A load passes
    over the sheets that fit no contract where another sheet does (`is_passed_over`).
    """

    file: str
    sheet: str = ""
    unreadable: str | None = None
    format: str | None = None
    dialect: Dialect | None = None
    header_line: int | None = None
    above: list[list[str]] = field(default_factory=list)
    rows: int = 0
    is_complete: bool = True
    columns: list[SeenColumn] = field(default_factory=list)
    source: str | None = None
    breach: str | None = None
    why_not: str | None = None
    rejected: int = 0
    max_rejected_share: float = 0.0
    faults: list[SeenFault] = field(default_factory=list)
    first: list[list[str]] = field(default_factory=list)
    is_passed_over: bool = False
    remarks: list[Remark] = field(default_factory=list)

    @property
    def is_fine(self) -> bool:
        """Whether a load would take the rows that were looked at, without a person."""
        if self.is_passed_over:
            return True
        if self.source is None or self.breach:
            return False
        return self.rejected <= self.max_rejected_share * self.rows


def preview(
    path: Path,
    contracts: Sequence[Contract],
    *,
    sheet: str | None = None,
    show: int = 10,
    most: int | None = MOST_ROWS,
) -> Iterator[Preview]:
    """What is seen in each table of a file; the files of an archive follow each other.

    Args:
        sheet: only this sheet of a workbook.
        show: rows and reasons that are kept.
        most: rows of each table that are looked at; None for all. Memory does not grow with them.

    Raises:
        OSError: the file cannot be opened.
    """
    try:
        with open_members(path) as archive:
            for member in archive:
                yield from _member(member, contracts, sheet, show, most)
    except Unreadable as error:
        yield Preview(path.name, unreadable=str(error))


def _member(
    member: Member, contracts: Sequence[Contract], sheet: str | None, show: int, most: int | None
) -> Iterator[Preview]:
    try:
        with unknown_tables(member) as tables, find_tables(member, contracts) as found:
            by_part = {each.part: each for each in found}
            takes_others = any(each.match and not each.match.breach for each in found)
            for table in tables:
                if sheet in (None, table.table.name):
                    part = table.table.name if len(tables) > 1 else ""
                    seen = _table(member.name, table, by_part.get(part), show, most)
                    yield replace(seen, is_passed_over=sheet is None and takes_others and not seen.source)
            if sheet is not None and sheet not in (each.table.name for each in tables):
                yield Preview(member.name, sheet, unreadable="there is no sheet of this name")
    except Unreadable as error:
        yield Preview(member.name, unreadable=str(error))


def _table(file: str, table: UnknownTable, found: Found | None, show: int, most: int | None) -> Preview:
    match = found.match if found else None
    scan = _Scan(table, match, show)
    is_complete = scan.run(most)
    types = scan.guess.types().types
    header = scan.header
    return Preview(
        file=file,
        sheet=table.table.name,
        format=table.format.value,
        dialect=found.dialect if match else table.dialect,
        header_line=header.line if header else None,
        above=[list(map(_shown, row.cells)) for row in scan.above],
        rows=scan.rows,
        is_complete=is_complete,
        columns=[
            SeenColumn(column.header, str(kind), _share(column.filled, scan.guess.rows), column.examples)
            for column, kind in zip(scan.guess.columns, types, strict=True)
        ],
        source=match.contract.source if match else None,
        breach=match.breach if match else None,
        why_not=None if match else str(found.fault) if found else "no contract fits this sheet",
        rejected=scan.rejected,
        max_rejected_share=match.contract.max_rejected_share if match else 0.0,
        faults=scan.faults,
        first=scan.first,
        remarks=[*(match.table if match else table.table).remarks, *scan.remarks()],
    )


class _Scan:
    """Goes through a table's rows once, as its contract reads them, or as they are where it has none."""

    def __init__(self, table: UnknownTable, match: Match | None, show: int) -> None:
        self._show = show
        if match:
            self._check = RowCheck(match.contract, match.order)
            rows, head, after, width = match.table.rows, match.table.head, match.after, match.width
        else:
            self._check = None
            rows, head, after, width = table.table.rows, table.table.head, table.after, table.width
        self.header: Row | None = head[after - 1] if after else None
        self.above = head[: max(after - 1, 0)]
        names: Sequence[Cell] = self.header.cells if self.header else [None] * width
        self.guess = TableGuess(["" if name is None else str(name) for name in names])
        self._rows = rows(after, width)
        self.rows = self.rejected = 0
        self.faults: list[SeenFault] = []
        self.first: list[list[str]] = []

    def run(self, most: int | None) -> bool:
        """Go through `most` rows; returns whether there are no more."""
        for row in islice(self._rows, most):
            self.rows += 1
            if not row.fault:
                self.guess.see(row.cells)
                if len(self.first) < self._show:
                    self.first.append(list(map(_shown, row.cells)))
            self._look(row)
        return next(self._rows, None) is None

    def remarks(self) -> Iterator[Remark]:
        """What the contract's parsers noticed in the rows, or what is seen without one."""
        if self._check:
            yield from self._check.notices.remarks()
            return
        for column in self.guess.columns:
            if column.shortened:
                yield Remark(
                    RemarkKind.SHORTENED_NUMBERS,
                    f"column {shown(column.header)}: a spreadsheet has shortened long numbers, whose last"
                    f" digits are lost (the first {shown(column.shortened)}); ask for all digits",
                )

    def _look(self, row: Row) -> None:
        try:
            if self._check:
                self._check.values(row)
                return
            if not row.fault:
                return
            faults = [SeenFault(row.line, None, None, str(row.fault))]
        except RowFaults as error:
            faults = [SeenFault(row.line, each.column, each.value, str(each.reason)) for each in error.faults]
        self.rejected += 1
        self.faults += faults[: self._show - len(self.faults)]


def _share(count: int, rows: int) -> float:
    return round(count / rows, 4) if rows else 0.0


def _shown(cell: Cell) -> str:
    return "" if cell is None else str(cell)
