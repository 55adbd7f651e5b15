"""CSV as RFC 4180 has it (UTF-8, comma, double quote), where a broken row costs its neighbours nothing.

Reading starts again at every physical line: what does not come out as a row of the header's width is
refused by its first line alone, and the lines after it are read as if nothing had happened.
"""

from __future__ import annotations

import csv
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, NamedTuple

from ingestion.readers.table import Row, Unreadable

#: A quote that opens and does not close within so many lines is a fault, not a long value:
#: one stray quote cannot swallow the rest of the file.
LONGEST_RECORD_LINES = 200

_BOM = b"\xef\xbb\xbf"
_STRAY_QUOTE = "a quote is opened or closed where none belongs"


class CsvTable:
    """The table in a CSV file that is open for reading bytes, from its start."""

    name = ""

    def __init__(self, file: BinaryIO) -> None:
        # The module's default of 128 KiB a cell refuses long texts; the limit is one for the whole process.
        csv.field_size_limit(sys.maxsize)
        self._lines = _Lines(file)
        first = next((line for line in self._lines if line.raw.strip()), None)
        if first is None:
            raise Unreadable("the file holds blank lines only")
        try:
            self.header: Sequence[str] = _record([first.raw.decode()])
        except (UnicodeDecodeError, csv.Error) as error:
            raise Unreadable(f"line {first.number} is no header of a CSV file in UTF-8: {error}") from error

    def rows(self) -> Iterator[Row]:
        """All rows below the header; lines without any value are passed over."""
        width = len(self.header)
        for line in self._lines:
            number, offset, raw = line
            try:
                text = raw.decode()
                # A record is whole when its quotes are paired: an odd count needs the lines that follow.
                if text.count('"') % 2:
                    yield self._long_record(line, width)
                    continue
                cells = _record((text,))
            except UnicodeDecodeError as error:
                yield Row(number, (), raw, offset, f"byte {error.start + 1} of the line is not UTF-8")
            except csv.Error:
                yield Row(number, (), raw, offset, _STRAY_QUOTE)
            else:
                if not any(map(str.strip, cells)):
                    continue
                if len(cells) == width:
                    yield Row(number, cells, raw, offset)
                else:
                    yield Row(number, (), raw, offset, f"{len(cells)} cells, {width} expected")

    def _long_record(self, first: _Line, width: int) -> Row:
        """The record with line breaks inside that starts at `first`; or `first` alone, broken."""
        lines = [first]
        quotes = first.raw.count(b'"')
        while quotes % 2 and len(lines) < LONGEST_RECORD_LINES and (line := next(self._lines, None)):
            lines.append(line)
            quotes += line.raw.count(b'"')
        try:
            cells = _record([line.raw.decode() for line in lines])
        except (UnicodeDecodeError, csv.Error):
            cells = []
        if len(cells) == width and quotes % 2 == 0:
            return Row(first.number, cells, b"".join(line.raw for line in lines), first.offset)
        self._lines.push_back(lines[1:])
        return Row(first.number, (), first.raw, first.offset, _STRAY_QUOTE)


class _Line(NamedTuple):
    number: int
    offset: int
    raw: bytes


class _Lines:
    """The physical lines of a file with their number and byte offset; lines can be given back."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._given_back: deque[_Line] = deque()
        self._number = 0
        self._offset = len(_BOM) if file.read(len(_BOM)) == _BOM else 0
        file.seek(self._offset)

    def __iter__(self) -> Iterator[_Line]:
        return self

    def __next__(self) -> _Line:
        if self._given_back:
            return self._given_back.popleft()
        raw = self._file.readline()
        if not raw:
            raise StopIteration
        self._number += 1
        line = _Line(self._number, self._offset, raw)
        self._offset += len(raw)
        return line

    def push_back(self, lines: Iterable[_Line]) -> None:
        self._given_back.extendleft(reversed(list(lines)))


def _record(lines: Sequence[str]) -> list[str]:
    """The cells of the one record that `lines` make up.

    Raises:
        csv.Error: the quotes are broken, or the record ends before the last line.
    """
    reader = csv.reader(lines, strict=True)
    cells = next(reader)
    if reader.line_num < len(lines):
        raise csv.Error("the record ends before its quotes are paired")
    return cells
