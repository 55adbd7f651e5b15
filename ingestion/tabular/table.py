"""What every reader returns."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol, runtime_checkable

from ingestion.findings.reasons import HoldKind, Reason
from ingestion.findings.remarks import Remark
from ingestion.tabular.cells import Cell

#: How many rows are searched for the header of a table.
HEAD_ROWS = 50
#: The longest line of a text file in bytes. A longer one is refused, and only this much of it is read into
#: memory and kept as evidence. Records of several lines, and the head of a table, are not longer either.
LONGEST_LINE = 16 * 2**20
#: The most cells of a line of text, and the most keys of JSON lines: as many as a spreadsheet has columns.
MOST_COLUMNS = 16_384


class Unreadable(Exception):
    """A file that cannot be read as a whole; the text says why, and what to do."""

    def __init__(self, kind: HoldKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Lack(StrEnum):
    """What a broken row lacks, as if the file ended inside it."""

    CELLS = "cells"
    QUOTE = "the quote that closes a cell"
    BYTES = "bytes of a character"


class Row(NamedTuple):
    """A row with its place, `line` counted from 1.

    Text files give `raw` (the row's bytes with their line end) and `offset` (of its first byte, from 0).
    `fault` says why the row could not be split into cells, of which it then has none. `lacks` is what would
    complete it, if anything would.
    """

    line: int
    cells: Sequence[Cell]
    raw: bytes | None = None
    offset: int | None = None
    fault: Reason | None = None
    lacks: Lack | None = None

    def is_unended(self) -> bool:
        """Whether it is a line of text without a line end, which only the last line of a file can be."""
        return bool(self.raw) and not self.raw.rstrip(b"\0").endswith((b"\n", b"\r"))

    def evidence(self) -> bytes:
        """What the quarantine keeps: the row's own bytes, or its cells where a format has no lines."""
        if self.raw is not None:
            return self.raw
        return json.dumps(self.cells, default=str, ensure_ascii=False).encode()


class Table(Protocol):
    """One table of a file, or of a sheet in it (`name`, empty where a file holds one table).

    `head` are its first rows that are not empty, at most `HEAD_ROWS`, in their own widths. The header is one
    of them: the one at `guess` in the reader's opinion, None if it sees none. Of formats that name their
    columns (Parquet, JSON lines) the names are the only row of `head`.
    """

    name: str
    head: Sequence[Row]
    guess: int | None
    #: Lines that are not rows, by what they are; complete once all rows have been read.
    passed_over: Counter[str]
    #: What a person should know about how the rows were read; complete once all have been read.
    remarks: list[Remark]

    def rows(self, after: int, width: int) -> Iterator[Row]:
        """All rows after the first `after` ones of `head`, each of `width` cells or with a fault.

        They are read once, in order. Lines without any value are counted as `blank` in `passed_over`. A row
        with more cells than the header is refused, even if those at its end are empty.
        """
        ...


@runtime_checkable
class SparseTable(Table, Protocol):
    """A table whose rows name their cells, and may leave out those that have no value."""

    def expect(self, names: Sequence[str], normal: Callable[[str], str]) -> None:
        """Add a cell to each row for each of these columns, which may appear in later rows.

        Names are compared after `normal` was applied to them.
        """
        ...


@runtime_checkable
class MergedTable(Table, Protocol):
    """A table in which several cells may be one."""

    def fill(self, places: Iterable[int]) -> None:
        """Give every merged cell of these columns, from 0, the value of its range."""
        ...
