"""What every reader gives."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol, runtime_checkable

from ingestion.findings.reasons import HoldKind, Reason
from ingestion.findings.remarks import Remark
from ingestion.tabular.cells import Cell

#: Rows among which a table's header is looked for.
HEAD_ROWS = 50


class Unreadable(Exception):
    """A file that cannot be read as a whole; the text says why, and what to do."""

    def __init__(self, kind: HoldKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Lack(StrEnum):
    """What a broken row lacks, as it would if the file ended inside it."""

    CELLS = "cells"
    QUOTE = "the quote that closes a cell"
    BYTES = "bytes of a character"


class Row(NamedTuple):
    """A row with its place, `line` counted from 1.

    Text files give `raw` (the row's bytes with their line end) and `offset` (of its first byte, from 0).
    `fault` says why the row could not be taken apart; its cells are then empty. `lacks` is what would have to
    follow to make it whole, if anything would.
    """

    line: int
    cells: Sequence[Cell]
    raw: bytes | None = None
    offset: int | None = None
    fault: Reason | None = None
    lacks: Lack | None = None

    def is_unended(self) -> bool:
        """Whether it is a line of text without a line end, as only the last line of a file can be."""
        return bool(self.raw) and not self.raw.rstrip(b"\0").endswith((b"\n", b"\r"))

    def evidence(self) -> bytes:
        """What the quarantine keeps: the row's own bytes, or its cells where a format has no lines."""
        if self.raw is not None:
            return self.raw
        return json.dumps(self.cells, default=str, ensure_ascii=False).encode()


class Table(Protocol):
    """One table of a file, or of a sheet in it (`name`, empty where a file holds one table).

    `head` are its first rows that hold anything, as wide as they are, at most `HEAD_ROWS`; the header is
    one of them, at `guess` as the reader thinks, None where it sees none. Formats that name their columns
    themselves (Parquet, JSON lines) give the names as the only row of `head`.
    """

    name: str
    head: Sequence[Row]
    guess: int | None
    #: Lines that hold nothing and are no rows; complete once all rows were read.
    passed_over: Counter[str]
    #: What a person should know of how the rows were read; complete once all rows were read.
    remarks: list[Remark]

    def rows(self, after: int, width: int) -> Iterator[Row]:
        """All rows behind the first `after` ones of `head`, each of `width` cells or with a fault.

        Read once, from front to end. Lines without any value are counted as `blank` in `passed_over`. A row
        with more cells than the header is refused, also where those at its end are empty.
        """
        ...


@runtime_checkable
class SparseTable(Table, Protocol):
    """A table whose rows name their cells, and may leave out those that have no value."""

    def expect(self, names: Sequence[str], normal: Callable[[str], str]) -> None:
        """Give a cell more for each of these columns, of which some later row may have one.

        `normal` makes of a name what is compared.
        """
        ...


@runtime_checkable
class MergedTable(Table, Protocol):
    """A table in which several cells may be one."""

    def fill(self, places: Iterable[int]) -> None:
        """Give every cell of these columns, from 0, the value of the merged cells that it is one of."""
        ...
