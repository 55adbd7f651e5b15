"""What every reader gives."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from ingestion.values import Cell


class Unreadable(Exception):
    """A file that cannot be read as a whole; the text says why."""


class Row(NamedTuple):
    """A row with its place, `line` counted from 1.

    Text files give `raw` (the row's bytes with their line end) and `offset` (of its first byte, from 0).
    `fault` says why the row could not be taken apart; its cells are then empty.
    """

    line: int
    cells: Sequence[Cell]
    raw: bytes | None = None
    offset: int | None = None
    fault: str | None = None

    def evidence(self) -> bytes:
        """What the quarantine keeps: the row's own bytes, or its cells where a format has no lines."""
        if self.raw is not None:
            return self.raw
        return json.dumps(self.cells, default=str, ensure_ascii=False).encode()


class Table(Protocol):
    """One table of a file. `rows` is read once, from front to end, and holds no blank rows."""

    name: str
    header: Sequence[str]

    def rows(self) -> Iterator[Row]: ...
