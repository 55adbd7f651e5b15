"""Splits one record into its cells, strictly, in any dialect."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import chain


class BrokenRecord(Exception):
    """A record whose quotes or escapes do not match."""


#: Takes the first line of a record and an iterator over those after it (texts with their line ends), consumes
#: the lines of the record, and returns its cells. Raises `BrokenRecord`, also if they end inside the record.
RecordReader = Callable[[str, Iterator[str]], list[str]]


def record_reader(delimiter: str, quote: str, escape: str) -> RecordReader:
    """The reader of records in a dialect; `quote` and `escape` may be empty.

    A quote inside an unquoted cell is an ordinary character if such quotes come in pairs within the cell, or
    follow digits (inches). Otherwise a delimiter may be missing next to it. Quotes inside quotes are doubled,
    or escaped if there is an escape. An escape makes a following quote, delimiter, line end or escape
    ordinary. Before any other character it stands for itself, so that nothing is lost.
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
    """Reads what the csv module can."""

    def __init__(self, delimiter: str, quote: str) -> None:
        # The default limit of 128 KiB per cell refuses long texts; it applies to the whole process.
        csv.field_size_limit(sys.maxsize)
        self._delimiter = delimiter
        self._quote = quote
        # Taken from a reader: only in this form is it not checked again for each record.
        self._dialect = csv.reader((), delimiter=delimiter, quotechar=quote, strict=True).dialect

    def __call__(self, first: str, others: Iterator[str]) -> list[str]:
        lines = [first]
        # A record is complete when its quotes are paired: an odd number needs the lines that follow.
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
    """Reads what the csv module cannot: long delimiters, and escapes that stand for themselves."""

    def __init__(self, delimiter: str, quote: str, escape: str) -> None:
        self._delimiter, self._quote, self._escape = delimiter, quote, escape
        sign, mark, slash = map(re.escape, (delimiter, quote, escape))
        self._not_inches = re.compile(rf"(?<!\d){mark}" if quote else "(?!)")
        pair = rf"|{slash}(?:{sign}|\r\n|.)" if escape else ""
        start = re.escape(delimiter[0])
        self._bare = re.compile(rf"(?:[^{start}{slash}\r\n]++|(?!{sign})[^{slash}\r\n]{pair})*+", re.DOTALL)
        # Without a quote character there is nothing inside quotes to search.
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
            # A line end that is part of the cell was escaped.
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
