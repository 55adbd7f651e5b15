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
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from ingestion.readers.csv_text import CsvTable
from ingestion.readers.dialects import Dialect, dialect_of
from ingestion.readers.encodings import line_codec
from ingestion.readers.formats import GZIP_SIGNATURE
from ingestion.readers.table import HEAD_ROWS, Row, Unreadable
from ingestion.readers.unpacking import damage_told
from ingestion.remarks import Remark

_ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class ParsedTable:
    """A text table while it is read.

    `above` are the rows before the header, `header` its rows (none, one or several), `rows` all others, each
    of `width` cells or with a fault; they can be read once. `passed_over` counts the blank lines as `blank`,
    and is complete once all rows were read; so are `remarks`.
    """

    dialect: Dialect
    above: Sequence[Row]
    header: Sequence[Row]
    width: int
    rows: Iterator[Row]
    passed_over: Counter[str]
    remarks: list[Remark]


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
) -> Iterator[ParsedTable]:
    """Open a text table, also a gzipped one. What is given is believed, the rest is found out.

    Lines of delimiters alone are rows here. The rows' width is that of the header; where no row below it, as
    far as the head goes, has that width, or there is no header, it is the commonest width.

    Args:
        delimiter, quote, escape, encoding: as in `Dialect`.
        header_lines: rows of header at the start of the table, at most `HEAD_ROWS`; 0 for none. By default
            one row, if there is one that looks like a header. Rows before the table are passed over.

    Raises:
        Unreadable: the file is empty, no text or broken as a whole; also while the rows are read.
        ValueError: no table can be written as it is given.
        OSError: the file cannot be opened.
    """
    if header_lines is not None and not 0 <= header_lines <= HEAD_ROWS:
        raise ValueError(f"{header_lines} header lines are not between 0 and {HEAD_ROWS}")
    with _opened(path) as file:
        dialect = dialect_of(file, delimiter=delimiter, quote=quote, escape=escape, encoding=encoding)
        table = CsvTable(file, dialect, keeps_empty_rows=True)
        if header_lines is not None:
            start = _header_start(table.head, table.guess or 0, header_lines)
            end = min(start + header_lines, len(table.head))
        elif table.guess is not None:
            start, end = table.guess, table.guess + 1
        else:
            start, end = 0, 0
        above, header, below = table.head[:start], table.head[start:end], table.head[end:]
        width = _width(header, below)
        yield ParsedTable(
            dialect, above, header, width, table.rows(end, width), table.passed_over, table.remarks
        )


def _header_start(head: Sequence[Row], guess: int, header_lines: int) -> int:
    """Where a header of so many rows begins: rows right above the guessed one, and as wide, belong to it."""
    start = guess
    while start > max(0, guess - header_lines + 1) and len(head[start - 1].cells) == len(head[guess].cells):
        start -= 1
    return start


def parse_file(
    path: Path,
    out: Path | TextIO,
    rejects: Path | TextIO | None = None,
    **form: Any,
) -> ParseResult:
    """Write a text table as CSV in UTF-8 (comma, `"` doubled and only where needed, LF), the header first.

    Refused rows are written as one JSON object a line: `line` from 1, `byte_offset` from 0, `reason`, `raw`
    (the row as text; null where its bytes are none) and `raw_base64`. Files appear when they are complete;
    after an error those of before are untouched.

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


def _write(table: ParsedTable, out: TextIO, rejects: TextIO | None) -> ParseResult:
    write = csv.writer(_LineFeeds(out)).writerow
    codec, _ = line_codec(table.dialect.encoding, b"")
    written = rejected = 0
    for row in [*table.above, *table.header]:
        if row.fault:
            rejected += 1
            _reject(row, codec, rejects)
    header = [row for row in table.header if not row.fault]
    for row in header:
        write(row.cells)
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
        "reason": row.fault,
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


def _width(header: Sequence[Row], below: Sequence[Row]) -> int:
    widths = Counter(len(row.cells) for row in below if not row.fault)
    named = [len(row.cells) for row in header if not row.fault]
    if named and (named[-1] in widths or not widths):
        return named[-1]
    return widths.most_common(1)[0][0]


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(0)
        if not start:
            raise Unreadable("the file is empty")
        if start == _ZIP:
            raise Unreadable("it is a workbook or an archive, and no text: unpack it, or save it as .csv")
        if not start.startswith(GZIP_SIGNATURE):
            yield file
            return
        with damage_told(), gzip.open(file) as unpacked:
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
