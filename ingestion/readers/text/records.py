"""Takes one record apart into its cells, strictly, in any dialect."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import chain


class BrokenRecord(Exception):
    """A record whose quotes or escapes do not fit together."""


#: Takes a record's first line and those that follow it (texts with their line ends), goes as far as the
#: record does and gives its cells. Raises `BrokenRecord`, also where the lines end inside the record.
RecordReader = Callable[[str, Iterator[str]], list[str]]


def record_reader(delimiter: str, quote: str, escape: str) -> RecordReader:
    """The reader of records in a dialect; `quote` and `escape` may be empty.

    A quote that stands inside an unquoted cell is a sign like any other, if such quotes come in pairs within
    the cell, or stand behind digits (inches): else a delimiter may be missing before or behind it.
    Quotes inside quotes are doubled, or escaped where there is an escape. That sign makes the next one
    ordinary if it is a quote, a delimiter, a line end or the escape itself; before others it stands for
    itself, so that no character is lost.
    """
    if not quote or len(delimiter) > 1:
        return _AnyReader(delimiter, quote, escape)
    fast = _FastReader(delimiter, quote)
    if not escape:
        return fast
    thorough = _AnyReader(delimiter, quote, escape)

    def read(first: str, others: Iterator[str]) -> list[str]:
        is_simple = escape not in first and first.count(quote) % 2 == 0
        return fast(first, others) if is_simple else thorough(first, others)

    return read


class _FastReader:
    """What the csv module can do."""

    def __init__(self, delimiter: str, quote: str) -> None:
        # The module's default of 128 KiB a cell refuses long texts; the limit is one for the whole process.
        csv.field_size_limit(sys.maxsize)
        self._delimiter = delimiter
        self._quote = quote
        # Taken from a reader, as that is the one form in which it is not checked again for each record.
        self._dialect = csv.reader((), delimiter=delimiter, quotechar=quote, strict=True).dialect

    def __call__(self, first: str, others: Iterator[str]) -> list[str]:
        lines = [first]
        # A record is whole when its quotes are paired: an odd count needs the lines that follow.
        is_open = first.count(self._quote) % 2
        feed = chain(lines, _noted(others, lines)) if is_open else lines
        try:
            cells = next(csv.reader(feed, self._dialect))
        except csv.Error as error:
            raise BrokenRecord from error
        if is_open and sum(line.count(self._quote) for line in lines) % 2:
            raise BrokenRecord
        if any(cell.count(self._quote) % 2 for cell in cells):
            self._thorough("".join(lines), iter(()))
        return cells

    @cached_property
    def _thorough(self) -> _AnyReader:
        return _AnyReader(self._delimiter, self._quote, "")


def _noted(lines: Iterator[str], into: list[str]) -> Iterator[str]:
    for line in lines:
        into.append(line)
        yield line


class _AnyReader:
    """What the csv module cannot do: long delimiters, and escapes that are not lost before other signs."""

    def __init__(self, delimiter: str, quote: str, escape: str) -> None:
        self._delimiter, self._quote, self._escape = delimiter, quote, escape
        sign, mark, slash = map(re.escape, (delimiter, quote, escape))
        self._not_inches = re.compile(rf"(?<!\d){mark}" if quote else "(?!)")
        pair = rf"|{slash}(?:{sign}|\r\n|.)" if escape else ""
        start = re.escape(delimiter[0])
        self._bare = re.compile(rf"(?:[^{start}{slash}\r\n]++|(?!{sign})[^{slash}\r\n]{pair})*+", re.DOTALL)
        # Without a quote nothing is ever looked for inside quotes.
        self._quoted = re.compile(rf"(?:[^{mark}{slash}]++|{mark}{mark}{pair})*+" if quote else "", re.DOTALL)
        special = "|".join(filter(None, (sign, mark, slash, r"\r\n|\r|\n")))
        self._escaped = re.compile(rf"{slash}({special})")
        self._escaped_or_doubled = re.compile(rf"{slash}({special})|{mark}({mark})")

    def __call__(self, first: str, others: Iterator[str]) -> list[str]:
        cells: list[str] = []
        strays = 0
        text, place = first, 0
        while True:
            if self._quote and text.startswith(self._quote, place):
                cell, text, place = self._rest_of_quoted(text, place + 1, others)
                cells.append(self._without_signs(cell))
            else:
                cell, text, place = self._rest_of_bare(text, place, others)
                of_cell = self._strays(cell)
                if of_cell % 2 and self._not_inches.search(cell):
                    raise BrokenRecord
                strays += of_cell
                cells.append(self._escaped.sub(r"\1", cell) if self._escape else cell)
            if text.startswith(self._delimiter, place):
                place += len(self._delimiter)
            elif text[place:].strip("\r\n") or strays % 2:
                raise BrokenRecord
            else:
                return cells

    def _rest_of_quoted(self, text: str, place: int, lines: Iterator[str]) -> tuple[str, str, int]:
        parts = []
        while True:
            end = self._quoted.match(text, place).end()
            if text.startswith(self._quote, end):
                return "".join([*parts, text[place:end]]), text, end + 1
            parts.append(text[place:])
            text, place = _next(lines), 0

    def _rest_of_bare(self, text: str, place: int, lines: Iterator[str]) -> tuple[str, str, int]:
        parts = []
        while True:
            end = self._bare.match(text, place).end()
            parts.append(text[place:end])
            # A line end that belongs to the cell was escaped.
            if end < len(text) or not parts[-1].endswith(("\r", "\n")):
                return "".join(parts), text, end
            text, place = _next(lines), 0

    def _without_signs(self, cell: str) -> str:
        if self._escape:
            return self._escaped_or_doubled.sub(r"\1\2", cell)
        return cell.replace(2 * self._quote, self._quote)

    def _strays(self, cell: str) -> int:
        if not self._quote or self._quote not in cell:
            return 0
        return (self._escaped.sub("", cell) if self._escape else cell).count(self._quote)


def _next(lines: Iterator[str]) -> str:
    try:
        return next(lines)
    except StopIteration:
        raise BrokenRecord from None
