"""The physical lines of a text file, in any encoding and with any line ends."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, count, pairwise, starmap
from typing import BinaryIO, NamedTuple

from ingestion.readers.text.encodings import line_codec
from ingestion.tabular.table import LONGEST_LINE

_BLOCK = 256 * 1024
_START = 4096
#: Bytes that the end of a line may be cut within: a CR waits for its LF, in whole units of any encoding.
_LONGEST_END = 8


class Line(NamedTuple):
    """A line: its number from 1, the offset of its first byte from 0, its bytes with their line end."""

    number: int
    offset: int
    raw: bytes


class LineSource(Iterator[Line]):
    """Lines from some place on, which can be pushed back; `codec` decodes each by itself."""

    def __init__(self, fresh: Iterator[Line], codec: str) -> None:
        self.codec = codec
        self._fresh = fresh
        self._given_back: deque[Line] = deque()

    def __next__(self) -> Line:
        return self._given_back.popleft() if self._given_back else next(self._fresh)

    def push_back(self, lines: Iterable[Line]) -> None:
        """Push back the last lines that were taken, in their order."""
        self._given_back.extendleft(reversed(list(lines)))

    def may_hold(self, sign: str, count: int) -> bool:
        """Whether one of the next `count` lines may have `sign`; False only if that is certain."""
        return True


class Lines(LineSource):
    """The lines of a file that is open for reading bytes, from its start.

    Lines end with CR, LF or CRLF, and one file may mix them. A byte order mark does not belong to a line. A
    line longer than `LONGEST_LINE` is cut one byte over it, so at most that and a block are in memory,
    however long the file and its lines are.
    """

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        file.seek(0)
        codec, offset = line_codec(encoding, file.read(_START))
        file.seek(offset)
        super().__init__(_numbered(file, codec, offset), codec)


def _numbered(file: BinaryIO, codec: str, offset: int) -> Iterator[Line]:
    number = 1
    for raws, left_out in _batches(file, codec):
        # Only iterators in C: this is the innermost loop of the reader.
        offsets = accumulate(map(len, raws), initial=offset)
        yield from starmap(Line, zip(count(number), offsets, raws, strict=False))
        number += len(raws)
        offset += sum(map(len, raws)) + left_out


def _batches(file: BinaryIO, codec: str) -> Iterator[tuple[list[bytes], int]]:
    """Lines that follow each other, and the number of bytes that were left out after the last of them."""
    carriage_return, line_feed = "\r".encode(codec), "\n".encode(codec)
    split = _splitter(carriage_return, line_feed)
    pending: list[bytes] = []
    size = 0
    while block := file.read(_BLOCK):
        pending.append(block)
        size += len(block)
        # A very long line is joined once, not again for every block.
        if size > LONGEST_LINE or _ends_line(block, codec, (carriage_return, line_feed)):
            first, *others = split(b"".join(pending))
            if len(first) > LONGEST_LINE:
                yield [first[: LONGEST_LINE + 1]], 0
                # Whoever has seen enough does not pay for the rest of the line.
                length, rest = _rest_of_line(file, split, first, others)
                yield [], length - LONGEST_LINE - 1
                first, *others = split(rest) if rest else [b""]
            *raws, rest = first, *others
            pending, size = [rest], len(rest)
            if raws:
                yield raws, 0
    if last := b"".join(pending):
        yield [raw[: LONGEST_LINE + 1] for raw in split(last) if raw], 0


def _ends_line(block: bytes, codec: str, signs: tuple[bytes, bytes]) -> bool:
    """Whether a line ends in the block. In a wide encoding, bytes of other characters look like its signs."""
    if len(signs[0]) == 1:
        return any(sign in block for sign in signs)
    text = block.decode(codec, "replace")
    return "\n" in text or "\r" in text


def _rest_of_line(
    file: BinaryIO, split: _Splitter, first: bytes, others: Sequence[bytes]
) -> tuple[int, bytes]:
    """The length of a line that begins with `first`, and what was read after it."""
    size = 0
    while not others:
        cut = max(len(first) - _LONGEST_END, 0) // _LONGEST_END * _LONGEST_END
        block = file.read(_BLOCK)
        if not block:
            break
        size += cut
        first, *others = split(first[cut:] + block)
    return size + len(first), b"".join(others)


#: Splits bytes into lines; the last one has no line end yet, and may be empty.
_Splitter = Callable[[bytes], list[bytes]]


def _splitter(carriage_return: bytes, line_feed: bytes) -> _Splitter:
    if (carriage_return, line_feed) == (b"\r", b"\n"):
        return _split
    unit = len(line_feed)
    # A CR at the very end waits: its LF may come with the next block.
    ends = re.compile(
        b"%(cr)b%(lf)b|%(lf)b|%(cr)b(?!\\Z)"
        % {b"cr": re.escape(carriage_return), b"lf": re.escape(line_feed)}
    )

    def split(data: bytes) -> list[bytes]:
        whole_units = len(data) - len(data) % unit
        cuts = [found.end() for found in ends.finditer(data, 0, whole_units) if not found.start() % unit]
        return [data[start:end] for start, end in pairwise([0, *cuts, len(data)])]

    return split


def _split(data: bytes) -> list[bytes]:
    lines = data.splitlines(keepends=True)
    if lines[-1].endswith(b"\n"):
        lines.append(b"")
    return lines
