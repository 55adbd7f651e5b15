"""Separates canonical lines, which are kept unchanged, from the others, which are judged one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeVar

import numpy as np

from ingestion.loading.bulk.not_bulk import NotBulk
from ingestion.loading.bulk.scan import Lines
from ingestion.readers.text.lines import Line, LineSource
from ingestion.tabular.table import LONGEST_LINE, Row

_Item = TypeVar("_Item")

_BLOCK = 8 << 20
_LINE_FEED = 10

#: Beyond every offset.
_END = 1 << 62


class Block(NamedTuple):
    """Consecutive whole lines: `starts` and `ends` are places in `data`, `first` the first line's index."""

    data: bytes
    offset: int
    first: int
    starts: np.ndarray
    ends: np.ndarray


class BlockLines(LineSource):
    """The lines of a block from one of them on, and those after the block."""

    def __init__(self, block: Block, first: int, path: Path) -> None:
        super().__init__(self._lines(path), "utf-8")
        self._block = block
        self._next = first

    def may_hold(self, sign: str, count: int) -> bool:
        last = self._next + count
        if self._given_back or last > len(self._block.starts):
            return True
        start, end = int(self._block.starts[self._next]), int(self._block.ends[last - 1])
        return self._block.data.find(sign.encode(), start, end) >= 0

    def _lines(self, path: Path) -> Iterator[Line]:
        block = self._block
        while (i := self._next) < len(block.starts):
            self._next += 1
            start, end = int(block.starts[i]), int(block.ends[i])
            yield Line(block.first + i + 1, block.offset + start, block.data[start:end])
        with path.open("rb") as file:
            offset, number = block.offset + len(block.data), block.first + len(block.starts) + 1
            file.seek(offset)
            while raw := file.readline(LONGEST_LINE + 1):
                _refuse_long(len(raw))
                yield Line(number, offset, raw)
                offset, number = offset + len(raw), number + 1


class Judged(NamedTuple):
    """What begins at a line: a row; or, if `is_blank`, blank lines up to the next `row`."""

    row: Row | None
    is_blank: bool


#: Reads what begins at the next line.
ReadRow = Callable[[LineSource], Judged]


#: Returns which lines of a block are suspicious, as a mask.
FindSuspects = Callable[[Block], np.ndarray]


@dataclass(frozen=True, slots=True)
class Body:
    """The canonical rows of a file, below its header, as bytes of `path` from `start` to `end`.

    `first_line` is the number in the original file of the line at `start`, `middle_line` that of the line at
    `middle`. Lines of the original that are not taken have placeholders. `skip` counts the lines above
    `start`.
    """

    path: Path
    start: int
    middle: int
    end: int
    first_line: int
    middle_line: int
    skip: int


class LineFilter:
    """Copies the lines of a file that are to be kept, in one pass.

    Args:
        path: the file, in UTF-8, whose lines end with LF or CRLF.
        start: offset of its first line, after a byte order mark.
        header_lines: lines at its top that are not rows.
        placeholder: takes the place of a line that is not kept.
        target: the kept lines are written to it.
    """

    def __init__(
        self, path: Path, *, start: int, header_lines: int, placeholder: bytes, target: BinaryIO
    ) -> None:
        self.path = path
        self.header_lines = header_lines
        self.placeholder = placeholder
        self.target = target
        self.start = start
        #: Indexes of lines that were not kept.
        self.excluded = np.empty(0, np.int64)
        self._claimed_to = 0
        self._written: Future[int] = Future()
        self._written.set_result(0)

    def rows(self, suspects: FindSuspects, read_row: ReadRow, decided: np.ndarray) -> Iterator[Row]:
        """The rows that begin at suspicious lines; the lines `decided` (indexes) are left out unread."""
        excluded = []
        # Writing lets other threads run, so it costs nothing while rows are judged.
        with self.path.open("rb") as file, ThreadPoolExecutor(1) as writer:
            found = ((block, suspects(block)) for block in _blocks(file, self.start))
            for block, is_suspect in _prefetched(found):
                count = len(block.starts)
                out = np.zeros(count, bool)
                out[_within(decided, block)] = True
                out[: np.searchsorted(block.starts, self._claimed_to - block.offset)] = True
                is_suspect[: max(self.header_lines - block.first, 0)] = False
                for i in np.flatnonzero(is_suspect):
                    if out[i]:
                        continue
                    end, row = self._judge(block, i, read_row)
                    out[i : max(np.searchsorted(block.starts, end - block.offset), i + 1)] = True
                    self._claimed_to = end
                    if row:
                        yield row
                excluded.append(np.flatnonzero(out) + block.first)
                self._written.result()
                self._written = writer.submit(self.target.write, self._kept(block, out))
        self._written.result()
        self.target.flush()
        self.excluded = np.concatenate(excluded) if excluded else self.excluded

    def _judge(self, block: Block, i: int, read_row: ReadRow) -> tuple[int, Row | None]:
        row, is_blank = read_row(BlockLines(block, i, self.path))
        if is_blank:
            # The row that follows is judged separately.
            return row.offset if row else _END, None
        return row.offset + len(row.raw), row

    def _kept(self, block: Block, out: np.ndarray) -> bytes:
        """The block with placeholders in place of the lines `out`, without the header."""
        first = max(self.header_lines - block.first, 0)
        if first >= len(out):
            return b""
        data = memoryview(block.data)
        pieces: list[bytes | memoryview] = []
        kept_from = int(block.starts[first])
        for i in np.flatnonzero(out[first:]) + first:
            pieces += (data[kept_from : int(block.starts[i])], self.placeholder)
            kept_from = int(block.ends[i])
        return b"".join([*pieces, data[kept_from:]])


def suspects_of(lines: Lines) -> FindSuspects:
    """Mark the lines that DuckDB found suspicious, and those that it refused.

    The function must be called with all blocks in order; their lines must be those that DuckDB found and
    refused.
    """
    ordinal = 0

    def find(block: Block) -> np.ndarray:
        nonlocal ordinal
        is_refused = _contains(lines.refused, block.starts + block.offset)
        ordinals = ordinal + np.cumsum(~is_refused) - 1
        ordinal += int((~is_refused).sum())
        if ordinal > lines.ordinals:
            raise NotBulk("a line that DuckDB refused begins elsewhere")
        return is_refused | _contains(lines.suspicious, ordinals)

    return find


def suspects_at(indexes: np.ndarray) -> FindSuspects:
    """Mark the lines at these indexes."""

    def find(block: Block) -> np.ndarray:
        mask = np.zeros(len(block.starts), bool)
        mask[_within(indexes, block)] = True
        return mask

    return find


def _within(indexes: np.ndarray, block: Block) -> np.ndarray:
    """Those of the sorted line indexes that are in the block, as places in it."""
    low, high = np.searchsorted(indexes, [block.first, block.first + len(block.starts)])
    return indexes[low:high] - block.first


def _contains(known: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Which of `values` are among the sorted `known` ones."""
    if not len(known):
        return np.zeros(len(values), bool)
    places = np.searchsorted(known, values)
    places[places == len(known)] = 0
    return known[places] == values


def _prefetched(items: Iterator[_Item]) -> Iterator[_Item]:
    """The items, each produced in another thread while the one before it is processed."""
    with ThreadPoolExecutor(1) as maker:
        following = maker.submit(next, items, None)
        while (item := following.result()) is not None:
            following = maker.submit(next, items, None)
            yield item


def _refuse_long(size: int) -> None:
    """Leave a file with a line of so many bytes to the row reader, which cuts it."""
    if size > LONGEST_LINE:
        raise NotBulk(f"a line is longer than {LONGEST_LINE:,} bytes")


def _blocks(file: BinaryIO, start: int) -> Iterator[Block]:
    file.seek(start)
    offset, first = start, 0
    pending: list[bytes] = []
    while data := file.read(_BLOCK):
        cut = data.rfind(b"\n") + 1
        if not cut:
            pending.append(data)
            _refuse_long(sum(map(len, pending)))
            continue
        whole = b"".join([*pending, data[:cut]])
        pending = [data[cut:]] if cut < len(data) else []
        block = _block(whole, offset, first)
        yield block
        offset, first = offset + len(whole), first + len(block.starts)
    if rest := b"".join(pending):
        yield _block(rest, offset, first)


def _block(data: bytes, offset: int, first: int) -> Block:
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == _LINE_FEED) + 1
    if not data.endswith(b"\n"):
        ends = np.append(ends, len(data))
    starts = np.concatenate(([0], ends[:-1]))
    _refuse_long(int((ends - starts).max()))
    return Block(data, offset, first, starts, ends)
