"""Turns any text table into plain CSV, without a contract: nothing is trimmed, converted or lost.

The output is for programs and holds each cell exactly as the file has it; so a cell that a spreadsheet would
take for a formula stays as it is.
"""

from __future__ import annotations

import base64
import csv
import gzip
import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from ingestion.arrival.formats import GZIP_SIGNATURE
from ingestion.arrival.unpacking import damage_reported
from ingestion.findings.reasons import HoldKind
from ingestion.findings.remarks import Remark, RemarkKind, counted
from ingestion.readers.text.csv_text import CsvTable
from ingestion.readers.text.dialects import Dialect, dialect_of, guess_header, kind_of
from ingestion.readers.text.encoding_remarks import encoding_remarks
from ingestion.readers.text.encodings import is_misnamed, line_codec
from ingestion.readers.text.headers import first_header, header_rows
from ingestion.readers.text.mending import Mender
from ingestion.tabular.table import HEAD_ROWS, Row, Unreadable

_ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class ParsedTable:
    """A text table while it is read.

    `above` are the rows before the header, `header` its rows (none, one or several), `rows` all others, each
    of `width` cells or with a fault; they can be read once. `names`, where they were given, take the place of
    the header's. `passed_over` counts the blank lines as `blank`; it is complete once all rows were read, and
    so are `remarks`.
    """

    dialect: Dialect
    above: Sequence[Row]
    header: Sequence[Row]
    width: int
    rows: Iterator[Row]
    passed_over: Counter[str]
    remarks: list[Remark]
    names: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ParseResult:
    """What became of a file: its rows that were written and refused, without the header.

    `above` counts the rows before the header, `blank` the blank lines; both are left out of the output.
    `header_line` is the line of the header's first row from 1, None where there is no header.
    """

    rows: int
    rejected: int
    above: int
    blank: int
    dialect: Dialect
    header_line: int | None
    remarks: tuple[Remark, ...] = ()

    @property
    def encoding(self) -> str:
        return self.dialect.encoding


@contextmanager
def parse(
    path: Path,
    *,
    delimiter: str | None = None,
    quote: str | None = None,
    escape: str | None = None,
    encoding: str | None = None,
    header_lines: int | None = None,
    preamble_lines: int | None = None,
    column_names: Sequence[str] = (),
) -> Iterator[ParsedTable]:
    """Open a text table, also a gzipped one. What is given is believed, and the rest is found out.

    An encoding is not believed where most lines that hold more than ASCII cannot be in it: a remark says so.
    Lines of delimiters alone are blank: spreadsheets put them between and below tables. The rows are as wide
    as the header. Where there is no header, or no row of the head has its width, the most frequent width
    counts. Rows that cannot be taken apart are mended where one reading of them
    fits the table, and only one (`readers.text.mending`).

    Args:
        delimiter, quote, escape, encoding: as in `Dialect`.
        header_lines: rows of header at the start of the table, at most `HEAD_ROWS`; 0 for none. By default
            the rows that look like a header, if any do. Rows before the table are passed over.
        preamble_lines: lines of the file before the header, or before the rows where there is none, at most
            `HEAD_ROWS`. By default they are found out.
        column_names: written in place of the header's names, also where there is no header.

    Raises:
        Unreadable: the file is not text, or broken as a whole; also while the rows are read.
        ValueError: a table cannot be written in the form that is given.
        OSError: the file cannot be opened.
    """
    for count, what in ((header_lines, "header"), (preamble_lines, "preamble")):
        if count is not None and not 0 <= count <= HEAD_ROWS:
            raise ValueError(f"{count} {what} lines are not between 0 and {HEAD_ROWS}")
    with _opened(path) as file:
        if file is None:
            remark = Remark(RemarkKind.EMPTY, "the file is empty")
            yield ParsedTable(Dialect(), [], [], 0, iter(()), Counter(), [remark], column_names)
            return
        table, dialect = _table(file, encoding, delimiter=delimiter, quote=quote, escape=escape)
        head, guess = _header_mended(table, dialect)
        start, end = _header_place(head, guess, header_lines, preamble_lines)
        above, header, below = head[:start], head[start:end], head[end:]
        width = _width(header, below, column_names)
        table.remarks += _unmet(header, width, header_lines, column_names)
        mender = Mender(dialect, width, [row.cells for row in below if not row.fault])
        rows = table.rows(end, width, mender)
        yield ParsedTable(
            dialect,
            above,
            header,
            width,
            _remarking(rows, table, dialect),
            table.passed_over,
            table.remarks,
            column_names,
        )


def _table(file: BinaryIO, encoding: str | None, **signs: str | None) -> tuple[CsvTable, Dialect]:
    """The table with its dialect; in another encoding than the one given where it cannot be in that."""
    named = Dialect(encoding=encoding).encoding if encoding else None
    is_wrong = named is not None and is_misnamed(file, named)
    dialect = dialect_of(file, encoding=None if is_wrong else named, **signs)
    table = CsvTable(file, dialect, as_written=True)
    if is_wrong:
        text = f"the file is not in {named}, the encoding that was given: it was read as {dialect.encoding}"
        table.remarks.append(Remark(RemarkKind.ENCODING, text))
    if not named or is_wrong:
        table.remarks += encoding_remarks(file, dialect.encoding)
    return table, dialect


def _unmet(header: Sequence[Row], width: int, lines: int | None, names: Sequence[str]) -> Iterator[Remark]:
    """Remarks on what was given about the header but does not fit the table."""
    if lines is not None and len(header) < lines:
        given = "1 header line was" if lines == 1 else f"{lines} header lines were"
        text = f"{given} given, {len(header)} could be found: no other line holds names"
        yield Remark(RemarkKind.HEADER_ROWS, text)
    if names and len(names) != width:
        given = "1 column name was" if len(names) == 1 else f"{len(names)} column names were"
        text = f"{given} given, the table has {width} column{'' if width == 1 else 's'}"
        yield Remark(RemarkKind.HEADER_ROWS, text)


def _remarking(rows: Iterator[Row], table: CsvTable, dialect: Dialect) -> Iterator[Row]:
    """The rows; after the last one the table has remarks on those that were mended or passed over."""
    codec, _ = line_codec(dialect.encoding, b"")
    for row in rows:
        if not any(map(str.strip, row.cells)) and _is_blank(row, dialect.delimiter, codec):
            table.passed_over["blank"] += 1
        else:
            yield row
    if lines := table.mended:
        verb = "was" if len(lines) == 1 else "were"
        text = (
            f"{counted(len(lines))} {verb} mended, as one reading alone fits the table; the first is line"
            f" {lines[0]}"
        )
        table.remarks.append(Remark(RemarkKind.MENDED, text))
    if count := table.passed_over["headers"]:
        verbs = "repeats the header and is" if count == 1 else "repeat the header and are"
        table.remarks.append(Remark(RemarkKind.HEADERS, f"{counted(count)} {verbs} left out"))


def _is_blank(row: Row, delimiter: str, codec: str) -> bool:
    """Whether a line holds delimiters and spaces alone; empty quotes are values."""
    text = (row.raw or b"").decode(codec, "replace")
    return not text.replace(delimiter, "").strip()


def _header_mended(table: CsvTable, dialect: Dialect) -> tuple[Sequence[Row], int | None]:
    """The head and the place of its header, which is mended where it is the first line, and broken."""
    head, guess = table.head, table.guess
    first, *others = head
    width = _width([], others)
    is_wide = guess == 0 and len(first.cells) > width
    if not width or not (is_wide or guess is None):
        return head, guess
    codec, _ = line_codec(dialect.encoding, b"")
    mender = Mender(dialect, width, [row.cells for row in others if not row.fault])
    if names := mender.mend_header((first.raw or b"").decode(codec, "replace")):
        table.mended.append(first.line)
        return [first._replace(cells=names, fault=None), *others], 0
    return head, guess


def _header_place(
    head: Sequence[Row], guess: int | None, lines: int | None, preamble: int | None
) -> tuple[int, int]:
    """Where the header begins in the head, and where the rows behind it do."""
    if preamble is not None:
        return _after_preamble(head, preamble, lines)
    if lines == 0 or (lines is None and guess is None):
        return 0, 0
    place = first_header(head, guess) if guess is not None else _first_full(head)
    if lines is None:
        return header_rows(head, place)
    width = _width([], head)
    start, end, left = place, place + 1, lines - 1
    # Upper rows of a header may be sparse where they stand above several columns; a title is sparser.
    while left > 0 and start and _may_name(head[start - 1], width):
        start, left = start - 1, left - 1
    while left > 0 and end < len(head) and all(kind_of(cell) == "text" for cell in head[end].cells if cell):
        end, left = end + 1, left - 1
    # A person has said that more rows are there: titles as wide as the table.
    while left > 0 and start and len(head[start - 1].cells) == width:
        start, left = start - 1, left - 1
    return start, end


def _after_preamble(head: Sequence[Row], preamble: int, lines: int | None) -> tuple[int, int]:
    """The same, where a person has counted the lines above the header."""
    first = next((i for i, row in enumerate(head) if row.line > preamble), len(head))
    if lines is not None:
        return first, min(first + lines, len(head))
    guess = guess_header(head[first:])
    if guess is None:
        return first, first
    start, end = header_rows(head[first:], guess)
    return first + start, first + end


def _first_full(head: Sequence[Row]) -> int:
    """The first row that is not a title: it holds something in half of the columns or more."""
    width = _width([], head)
    return next((i for i, row in enumerate(head) if 2 * _filled(row) >= width), 0)


def _may_name(row: Row, width: int) -> bool:
    """Whether a row above the names may hold names too."""
    filled = _filled(row)
    return 4 * filled > max(len(row.cells), width) and (filled > 1 or len(row.cells) == width)


def _filled(row: Row) -> int:
    return sum(bool(cell.strip()) for cell in row.cells)


def parse_file(
    path: Path,
    out: Path | TextIO,
    rejects: Path | TextIO | None = None,
    **form: Any,
) -> ParseResult:
    """Write a text table as CSV in UTF-8 (comma, `"` doubled and only where needed, LF), the header first.

    Refused rows are written as one JSON object per line: `line` from 1, `byte_offset` from 0, `reason`, `raw`
    (the row as text; null where its bytes are not text) and `raw_base64`. Files appear when they are
    complete; after an error the earlier ones are untouched.

    Args:
        rejects: None counts the refused rows only.
        form: how the file is written, as for `parse`.

    Raises:
        Unreadable, ValueError, OSError: as `parse`; ValueError too where an output would replace the input or
            the other output.
    """
    paths = [path, *(each for each in (out, rejects) if isinstance(each, Path))]
    if len({each.resolve() for each in paths}) < len(paths):
        raise ValueError("the file, the output and the rejects must be different files")
    with ExitStack() as files:
        table = files.enter_context(parse(path, **form))
        table_file = files.enter_context(_replaced(out))
        rejects_file = files.enter_context(_replaced(rejects)) if rejects is not None else None
        return _write(table, table_file, rejects_file)


def written_header(table: ParsedTable) -> list[list[str]]:
    """The header as it is written: one row, if there is one; names of several lines are joined by spaces."""
    if table.names:
        return [list(table.names)]
    rows = [row.cells for row in table.header if not row.fault]
    if len(rows) < 2:
        return [list(row) for row in rows]
    return [[" ".join(filter(None, names)) for names in zip_longest(*_spread(rows), fillvalue="")]]


def _spread(header: Sequence[Sequence[str]]) -> Iterator[Sequence[str]]:
    """The rows of a header, each name in all the columns that it stands above, as merged cells are exported.

    A name ends where a row above has another one, and where no row below has any. A row with a single name is
    a title.
    """
    for place, row in enumerate(header):
        filled = list(row)
        if sum(map(bool, row)) > 1:
            for at in range(1, len(row)):
                above, below = header[:place], header[place + 1 :]
                if not _any_at(at, [row, *above]) and _any_at(at, below):
                    filled[at] = filled[at - 1]
        yield filled


def _any_at(at: int, rows: Sequence[Sequence[str]]) -> bool:
    return any(at < len(row) and row[at] for row in rows)


def _write(table: ParsedTable, out: TextIO, rejects: TextIO | None) -> ParseResult:
    write = csv.writer(_LineFeeds(out)).writerow
    codec, _ = line_codec(table.dialect.encoding, b"")
    written = rejected = 0
    for row in [*table.above, *table.header]:
        if row.fault:
            rejected += 1
            _reject(row, codec, rejects)
    header = [row for row in table.header if not row.fault]
    for names in written_header(table):
        write(names)
    for row in table.rows:
        if row.fault:
            rejected += 1
            _reject(row, codec, rejects)
        else:
            written += 1
            write(row.cells)
    return ParseResult(
        rows=written,
        rejected=rejected,
        above=sum(not row.fault for row in table.above),
        blank=table.passed_over["blank"],
        dialect=table.dialect,
        header_line=header[0].line if header else None,
        remarks=tuple(table.remarks),
    )


def _reject(row: Row, codec: str, rejects: TextIO | None) -> None:
    if rejects is None:
        return
    try:
        text = row.raw.decode(codec)
    except UnicodeError:
        text = None
    record = {
        "line": row.line,
        "byte_offset": row.offset,
        "reason": str(row.fault),
        "raw": text,
        "raw_base64": base64.b64encode(row.raw).decode(),
    }
    rejects.write(json.dumps(record, ensure_ascii=False) + "\n")


class _LineFeeds:
    """Ends lines with LF for a csv writer that ends them with CRLF: so it quotes each CR and LF in cells."""

    def __init__(self, file: TextIO) -> None:
        self._write = file.write

    def write(self, line: str) -> None:
        self._write(line.removesuffix("\r\n") + "\n")


def _width(header: Sequence[Row], below: Sequence[Row], names: Sequence[str] = ()) -> int:
    widths = Counter(len(row.cells) for row in below if not row.fault)
    named = [len(names)] if names else [len(row.cells) for row in header if not row.fault]
    if named and (named[-1] in widths or not widths):
        return named[-1]
    return max(widths, key=widths.__getitem__, default=0)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO | None]:
    """The file, unpacked if it is gzipped; None if it is empty."""
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(0)
        if not start:
            yield None
            return
        if start == _ZIP:
            raise Unreadable(
                HoldKind.UNKNOWN_FORMAT,
                "it is a workbook or an archive, not text: unpack it, or save it as .csv",
            )
        if not start.startswith(GZIP_SIGNATURE):
            yield file
            return
        with damage_reported(), gzip.open(file) as unpacked:
            yield unpacked


@contextmanager
def _replaced(target: Path | TextIO) -> Iterator[TextIO]:
    """A file to write to, which takes the place of `target` when all went well."""
    if not isinstance(target, Path):
        yield target
    elif target.exists() and not target.is_file():
        # A pipe or a device is written to, not replaced.
        with target.open("w", encoding="utf-8", newline="") as file:
            yield file
    else:
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            with part.open("w", encoding="utf-8", newline="") as file:
                yield file
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
