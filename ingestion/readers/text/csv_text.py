"""Text tables in any dialect, where a broken row costs its neighbours nothing.

Reading restarts at every physical line: where it does not give a row of the table's width, only its first
line is refused, and the lines after it are read as if nothing had happened.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import BinaryIO

from ingestion.findings.reasons import FaultKind, HoldKind
from ingestion.findings.remarks import Remark
from ingestion.readers.text.dialects import Dialect, guess_header, kind_of, leave_quotes_open
from ingestion.readers.text.encodings import is_utf8
from ingestion.readers.text.lines import Line, Lines, LineSource
from ingestion.readers.text.mending import Mender
from ingestion.readers.text.records import BrokenRecord, record_reader
from ingestion.tabular.table import HEAD_ROWS, LONGEST_LINE, MOST_COLUMNS, Lack, Row, Unreadable

#: A quote that is not closed within this many lines is a fault, not a long value, so that a stray quote
#: cannot swallow the rest of the file. Nor may it hold more than `LONGEST_LINE` bytes.
LONGEST_RECORD_LINES = 200

#: What this share of the first rows has in common holds for the table, if there are more than a few.
_NEARLY_ALL, _FEW = 0.9, 3

#: A line that draws a rule, as in printed lists.
_RULE = re.compile(r"[\s|+]*[-=_]{3,}[-=_\s|+]*")

_NUL = FaultKind.NUL_IN_LINE.reason()
_STRAY_QUOTE = FaultKind.STRAY_QUOTE.reason()
_STRAY_ESCAPE = FaultKind.STRAY_ESCAPE.reason()


class CsvTable:
    """The table in a text file that is open for reading bytes and can be read again from its start.

    Rows of `head` that cannot be split are in it with their fault and without cells. Columns at the right
    edge without any value in `head`, not even a name, are not part of the table: they come from a delimiter
    at the end of every line. A line with one delimiter more or less than the others is refused all the same,
    as nothing shows which of its cells moved. An empty column without a name at the left edge is not part of
    the table either, and lines that draw a rule (`-----`, `+---+---+`), as in printed lists, are not rows.

    Args:
        as_written: for callers that write everything out again. Lines of delimiters without values are rows
            too, and columns at the edges stay. Where most lines leave their last quote open, it ends with the
            line.

    Raises:
        Unreadable: there are only blank lines, or none of the first rows can be split.
    """

    name = ""

    def __init__(self, file: BinaryIO, dialect: Dialect, *, as_written: bool = False) -> None:
        self._file = file
        self._dialect = dialect
        self._as_written = as_written
        self._read_record = record_reader(dialect.delimiter, dialect.quote, dialect.escape)
        self.passed_over: Counter[str] = Counter()
        self.remarks: list[Remark] = []
        self._ends_quotes = as_written and self._leaves_quotes_open()
        records = self.records(Lines(file, dialect.encoding), None)
        head = list(_head(records))
        #: The number of cells of each row of the head, including empty ones at the edge.
        self._written = [len(row.cells) for row in head]
        self._lead = not as_written and _has_empty_lead(head)
        if self._lead:
            head = [row._replace(cells=row.cells[not any(row.cells[:1]) :]) for row in head]
        self.head: Sequence[Row] = head if as_written else _without_empty_edge(head)
        #: Lines of the rows that were mended.
        self.mended: list[int] = []
        if not self.head:
            raise Unreadable(HoldKind.NO_ROWS, "the file has only blank lines")
        if all(row.fault for row in self.head):
            line, fault = self.head[0].line, self.head[0].fault
            raise Unreadable(HoldKind.NO_TABLE, f"no row can be read with {dialect}; line {line}: {fault}")
        self.guess = guess_header(self.head)

    def rows(self, after: int, width: int, mender: Mender | None = None) -> Iterator[Row]:
        """All rows after the first `after` ones of `head`, each of `width` cells or with a fault.

        Rows that repeat the header, as in concatenated files, are passed over.
        """
        self.passed_over.clear()
        lines = Lines(self._file, self._dialect.encoding)
        # The head is read again: all its broken quotes can be found only now that the width is known.
        for _ in islice(self.records(lines, None), after):
            pass
        written, header = self.written_width(after, width), self.header(after)
        yield from self.records(lines, width, written, header, mender)

    def header(self, after: int) -> list[str] | None:
        """The cells of the header, the last of the first `after` rows."""
        return list(self.head[after - 1].cells) if after else None

    def written_width(self, after: int, width: int) -> int:
        """The number of cells of each line below the header: `width`, or more where lines end in delimiters.

        A header that ends in delimiters requires as many in every line. Without a header nearly all lines of
        the head must agree, and there must be several: a single line may just as well be wrong.
        """
        if after:
            return self._written[after - 1] if len(self.head[after - 1].cells) == width else width
        widths = Counter(
            each for each, row in zip(self._written, self.head, strict=True) if not row.fault
        ).most_common(1)
        for written, count in widths:
            if written > width and count > 1 and count >= _NEARLY_ALL * len(self.head):
                return written
        return width

    def records(
        self,
        lines: LineSource,
        width: int | None,
        written: int | None = None,
        header: list[str] | None = None,
        mender: Mender | None = None,
    ) -> Iterator[Row]:
        """The rows that begin at each of `lines`, of `width` cells (None: any number) or with a fault.

        Args:
            written: the number of cells that a line must have, empty beyond `width`; by default `width`.
            header: rows with these cells are passed over.
            mender: mends lines that cannot be split.
        """
        written = width if written is None else written
        is_single_byte = not lines.codec.startswith(("utf", "cp9", "shift", "euc", "gb", "big5", "iso2022"))
        codec, delimiter = lines.codec, self._dialect.delimiter
        # A character that no text has stands for those that the dialect lacks.
        quote, escape = self._dialect.quote or "\0", self._dialect.escape or "\0"
        for line in lines:
            number, offset, raw = line
            if len(raw) > LONGEST_LINE:
                yield Row(number, (), raw, offset, FaultKind.LINE_TOO_LONG.reason(most=LONGEST_LINE))
                continue
            try:
                text = raw.decode(codec)
            except UnicodeDecodeError as error:
                fault = FaultKind.WRONG_BYTE.reason(place=error.start + 1, encoding=codec.upper())
                yield Row(number, (), raw, offset, fault, Lack.BYTES if error.end == len(raw) else None)
                continue
            if is_single_byte and not raw.isascii() and is_utf8(raw):
                fault = FaultKind.UTF8_LINE.reason(encoding=codec.upper())
                yield Row(number, (), raw, offset, fault)
                continue
            if "\0" in text:
                # A file that was not completely written to disk ends in NULs.
                lacks = Lack.CELLS if text.endswith("\0") else None
                yield Row(number, (), raw, offset, _NUL, lacks)
                continue
            if text[0] == "\ufeff":
                # From concatenated files; it would hide a quote that follows it.
                text = text.lstrip("\ufeff")
            if self._ends_quotes and text.count(quote) % 2:
                text = text.rstrip("\r\n") + quote
                if width is not None:
                    self.mended.append(number)
            taken = [line]
            if quote in text or escape in text:
                try:
                    cells = self._read_record(text, _following(lines, taken, self._dialect))
                except BrokenRecord:
                    lines.push_back(taken[1:])
                    if mender and (mended := mender.mend(text)):
                        self.mended.append(number)
                        yield Row(number, mended, raw, offset)
                        continue
                    fault = _STRAY_ESCAPE if escape in text else _STRAY_QUOTE
                    yield Row(number, (), raw, offset, fault, self._unclosed(text))
                    continue
            else:
                cells = text.rstrip("\r\n").split(delimiter, MOST_COLUMNS)
            if len(cells) > MOST_COLUMNS:
                lines.push_back(taken[1:])
                expected = "fewer" if written is None else written
                fault = FaultKind.WRONG_WIDTH.reason(found=f"more than {MOST_COLUMNS:,}", expected=expected)
                yield Row(number, (), raw, offset, fault)
                continue
            if not any(map(str.strip, cells)) and self._is_blank(text):
                self.passed_over["blank"] += len(taken)
                continue
            if width is not None:
                if self._lead and len(cells) == written and not cells[0].strip():
                    cells = [*cells[1:], ""]
                if (
                    len(cells) != written
                    or (written != width and any(cells[width:]))
                    or (len(taken) > 1 and self._swallows(taken, codec, written))
                ):
                    lines.push_back(taken[1:])
                    if mender and (mended := mender.mend(text)):
                        self.mended.append(number)
                        yield Row(number, mended, raw, offset)
                        continue
                    if not self._as_written and _RULE.fullmatch(text):
                        self.passed_over["rules"] += 1
                        continue
                    if taken[1:]:
                        yield Row(number, (), raw, offset, _STRAY_QUOTE, self._unclosed(text))
                        continue
                    fault = FaultKind.WRONG_WIDTH.reason(found=len(cells), expected=written)
                    yield Row(number, (), raw, offset, fault, Lack.CELLS if len(cells) < written else None)
                    continue
                if written != width:
                    del cells[width:]
                if header is not None and cells == header:
                    self.passed_over["headers"] += 1
                    continue
            if len(taken) > 1:
                raw = b"".join(line.raw for line in taken)
            yield Row(number, cells, raw, offset)

    def _swallows(self, taken: Sequence[Line], codec: str, written: int) -> bool:
        """Whether a record of several lines contains rows, joined because a quote was lost.

        That is so if a line in between is a row by itself, or if the last line begins like the first, and has
        at least as many delimiters before the closing quote as the first has before the opening one.
        """
        delimiter, quote = self._dialect.delimiter, self._dialect.quote
        if not quote:
            return False
        first, *between, last = (line.raw.decode(codec).rstrip("\r\n") for line in taken)
        if any(len(line.split(delimiter)) == written for line in between):
            return True
        before, tail = first.rpartition(quote)[0].split(delimiter), last.partition(quote)[0].split(delimiter)
        kind = kind_of(before[0])
        return kind != "text" and kind == kind_of(tail[0]) and len(tail) >= len(before) > 1

    def _leaves_quotes_open(self) -> bool:
        lines = Lines(self._file, self._dialect.encoding)
        texts = [line.raw.decode(lines.codec, "replace") for line in islice(lines, HEAD_ROWS)]
        return leave_quotes_open(texts, self._dialect)

    def _unclosed(self, line: str) -> Lack | None:
        quote = self._dialect.quote
        return Lack.QUOTE if quote and line.count(quote) % 2 else None

    def _is_blank(self, text: str) -> bool:
        """Whether a record without values is not a row."""
        return not self._as_written or (text.isspace() and self._dialect.delimiter not in text)


def _following(lines: LineSource, taken: list[Line], dialect: Dialect) -> Iterator[str]:
    """The texts of the lines in which a record may continue; each one that is read is added to `taken`."""
    if not dialect.escape and not lines.may_hold(dialect.quote, LONGEST_RECORD_LINES - 1):
        # Nothing within reach closes the quote.
        return
    size = len(taken[0].raw)
    for line in islice(lines, LONGEST_RECORD_LINES - 1):
        taken.append(line)
        size += len(line.raw)
        if size > LONGEST_LINE:
            return
        try:
            text = line.raw.decode(lines.codec)
        except UnicodeError:
            return
        if "\0" in text:
            return
        yield text


def _head(records: Iterator[Row]) -> Iterator[Row]:
    """The first rows: as many as are searched for a header, and as memory holds."""
    size = 0
    for row in islice(records, HEAD_ROWS):
        yield row
        size += len(row.raw or b"")
        if size > LONGEST_LINE:
            return


def _without_empty_edge(head: list[Row]) -> list[Row]:
    edge = _edge(row.cells for row in head)
    if not edge:
        return head
    guess = guess_header(head)
    if guess is None:
        return [row._replace(cells=row.cells[:edge]) for row in head]
    named = _edge([head[guess].cells])
    # A single value after the last name is a fault of its row, not a column.
    strays = sum(any(row.cells[named:]) for row in head)
    if len(head) > _FEW and strays <= max(len(head) * (1 - _NEARLY_ALL), 1):
        edge = named
    # A line above the names may be wider than the table.
    return [*head[:guess], *(row._replace(cells=row.cells[:edge]) for row in head[guess:])]


def _has_empty_lead(head: list[Row]) -> bool:
    """Whether nearly all rows begin with a delimiter, the header among them."""
    if len(head) <= _FEW or not any(row.cells and not row.cells[0].strip() for row in head):
        return False
    guess = guess_header(head)
    if guess is None:
        return False
    wide = [row.cells for row in head if len(row.cells) == len(head[guess].cells) > _FEW - 1]
    led = sum(not cells[0].strip() for cells in wide)
    return bool(wide) and not head[guess].cells[0].strip() and led >= _NEARLY_ALL * len(wide)


def _edge(rows: Iterable[Sequence[str]]) -> int:
    """The number of cells up to the last one that is filled in any of the rows."""
    return max((at for cells in rows for at, cell in enumerate(cells, 1) if cell), default=0)
