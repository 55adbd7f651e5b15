"""Checks a large text file as a whole, until only its bytes are left to be copied."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from ingestion.arrival.byte_profile import ByteProfile
from ingestion.arrival.unpacking import refuse_full_disk, unlinked_file
from ingestion.contract.model import Column
from ingestion.loading.bulk import scan
from ingestion.loading.bulk.canonical import Canonical, canonical
from ingestion.loading.bulk.copying import Bulk
from ingestion.loading.bulk.filtering import Body, FindSuspects, Judged, LineFilter, suspects_at, suspects_of
from ingestion.loading.bulk.not_bulk import NotBulk
from ingestion.loading.by_row import RowWriter
from ingestion.matching.match import Match
from ingestion.readers.text.dialects import Dialect
from ingestion.readers.text.lines import LineSource
from ingestion.tabular.table import Unreadable

#: Above this share of suspicious lines the row reader is at least as fast.
_MOST_SUSPICIOUS = 0.1

_BOM = b"\xef\xbb\xbf"
_SAMPLE = 1 << 20
_NONE = np.empty(0, np.int64)


class TextFile(NamedTuple):
    """A text file as its reader found it; `header_lines` counts the lines up to the end of the header."""

    path: Path
    dialect: Dialect
    header_lines: int
    profile: ByteProfile


class Ahead(NamedTuple):
    """Lines that were found before all bytes were profiled; `quoted` says whether quotes were expected."""

    quoted: bool
    lines: scan.Lines


def look_ahead(path: Path, dialect: Dialect, match: Match) -> Ahead | None:
    """Find the canonical lines while the file is still being hashed; None if that is not possible."""
    try:
        with path.open("rb") as file:
            quoted = b'"' in file.read(_SAMPLE)
            form = canonical(match.contract, _columns(match), dialect.delimiter, quoted)
            return Ahead(quoted, scan.find_lines(_nameless(file), form, _unused_sign(dialect)))
    except (NotBulk, OSError):
        return None


#: Starts to copy; a second call starts again, and what was copied before is dropped.
Start = Callable[[Bulk], None]


def prepare(
    file: TextFile,
    match: Match,
    writer: RowWriter,
    load_id: int,
    stack: ExitStack,
    ahead: Ahead | None,
    start: Start,
) -> int:
    """Let the row reader judge what is not canonical, account for the rest, and return its number of rows.

    Copying starts as soon as malformed lines are sorted out, while values are added up: most likely none
    breaks a rule. A filtered copy of the file, if one is needed, exists until `stack` is closed.

    Raises:
        NotBulk: as the class says.
    """
    try:
        path = _nameless(stack.enter_context(file.path.open("rb")))
        return _Preparation(file._replace(path=path), match, writer, load_id, stack, start).run(ahead)
    except (OSError, Unreadable) as error:
        # Such as a full disk: the row reader needs no copy.
        raise NotBulk(str(error)) from error


class _Preparation:
    def __init__(
        self, file: TextFile, match: Match, writer: RowWriter, load_id: int, stack: ExitStack, start: Start
    ) -> None:
        self.start_copying = start
        self.file = file
        self.match = match
        self.writer = writer
        self.load_id = load_id
        self.stack = stack
        self.columns = _columns(match)
        self.start = _start(file.path)
        self.delimiter = file.dialect.delimiter
        self.quoted = file.profile.has_quotes
        self.form: Canonical = canonical(
            match.contract,
            self.columns,
            self.delimiter,
            self.quoted,
            file.profile.has_exponents,
            match.table.header(match.after),
        )
        self.present = next((i for i, column in enumerate(self.columns) if column.required), None)
        has_surplus = match.table.written_width(match.after, match.width) != match.width
        if not _is_suited(file) or self.present is None or has_surplus:
            raise NotBulk

    def run(self, ahead: Ahead | None) -> int:
        profile = self.file.profile
        if ahead and ahead.quoted == self.quoted:
            lines = ahead.lines
        else:
            lines = scan.find_lines(self.file.path, self.form, _unused_sign(self.file.dialect))
        if lines.ordinals + len(lines.refused) != profile.lines:
            raise NotBulk("DuckDB found other lines than there are")
        self._count_above()
        header = self.file.header_lines
        is_clean = (
            header <= 1 and not len(lines.refused) and not len(lines.suspicious[lines.suspicious >= header])
        )
        odd = len(lines.refused) + len(lines.suspicious)
        if odd - header > _MOST_SUSPICIOUS * profile.lines:
            raise NotBulk
        if is_clean:
            body, excluded = self._whole(), _NONE
        else:
            body, excluded = self._filter(suspects_of(lines), _NONE)
        self.start_copying(self._bulk(body, len(excluded), attempt=0))
        groups, wrong = self._add_up(body, len(excluded))
        if wrong:
            at = scan.find_violations(self._rows(body), self.form) + header
            body, excluded = self._filter(suspects_at(at), excluded)
            groups, wrong = self._add_up(body, len(excluded))
            if wrong:
                raise NotBulk("rows break a rule still")
            self.start_copying(self._bulk(body, len(excluded), attempt=1))
        self.writer.account.passed_over += self.match.table.passed_over
        for group in groups:
            self.writer.account.add(group.scope, group.rows, group.first, group.last)
        return sum(group.rows for group in groups)

    def _bulk(self, body: Body, excluded: int, attempt: int) -> Bulk:
        return Bulk(
            contract=self.match.contract,
            load_id=self.load_id,
            columns=self.columns,
            body=body,
            delimiter=self.delimiter,
            # The text format is cheaper for Postgres, if nothing in the file has a special meaning in it.
            is_csv=self.quoted or self.file.profile.has_backslashes,
            date_order=self.form.date_order,
            present=self.columns[self.present].name if excluded else None,
            attempt=attempt,
        )

    def _count_above(self) -> None:
        """Count the blank lines above the header again: the head was read beyond it."""
        table = self.match.table
        head = sum(len(row.raw.splitlines()) for row in table.head[: self.match.after])
        table.passed_over.clear()
        table.passed_over["blank"] = self.file.header_lines - head

    def _whole(self) -> Body:
        profile, header = self.file.profile, self.file.header_lines
        start = self.start
        if header:
            with self.file.path.open("rb") as file:
                file.seek(self.start)
                start += len(file.readline())
        return Body(
            path=self.file.path,
            start=start,
            middle=max(profile.middle, start),
            end=profile.size,
            first_line=header + 1,
            middle_line=max(profile.lines_before_middle, header) + 1,
            skip=header,
        )

    def _filter(self, suspects: FindSuspects, decided: np.ndarray) -> tuple[Body, np.ndarray]:
        """Judge the suspicious lines; returns the body without them and the lines `decided` before."""
        target, path = self.stack.enter_context(unlinked_file(None))
        refuse_full_disk(target, self.file.profile.size)
        line_end = b"\r\n" if self.file.profile.is_crlf else b"\n"
        line_filter = LineFilter(
            self.file.path,
            start=self.start,
            header_lines=self.file.header_lines,
            placeholder=self.delimiter.encode() * (len(self.columns) - 1) + line_end,
            target=target,
        )
        self.writer.write(line_filter.rows(suspects, self._read_row, decided))
        return self._filtered(path, target.tell()), line_filter.excluded

    def _read_row(self, lines: LineSource) -> Judged:
        table = self.match.table
        before = table.passed_over.total()
        row = next(table.records(lines, len(self.columns), header=table.header(self.match.after)), None)
        return Judged(row, table.passed_over.total() > before)

    def _filtered(self, path: Path, size: int) -> Body:
        middle, lines = _line_after(path, size // 2)
        first = self.file.header_lines + 1
        return Body(path, 0, middle, size, first, first + lines, skip=0)

    def _add_up(self, body: Body, excluded: int) -> tuple[list[scan.Group], int]:
        groups, wrong = scan.add_up(self._rows(body), self.form)
        if sum(group.rows for group in groups) != self.file.profile.lines - self.file.header_lines - excluded:
            raise NotBulk("the rows that were added up are not the lines that were found")
        return groups, wrong

    def _rows(self, body: Body) -> scan.Rows:
        has_placeholders = body.path != self.file.path
        present = f"c{self.present} is not null" if has_placeholders else "true"
        return scan.Rows(body.path, self.delimiter, self.quoted, body.skip, present)


def _unused_sign(dialect: Dialect) -> str:
    """A character that no canonical line has, so that DuckDB reads each line as one cell."""
    return "\x02" if dialect.delimiter != "\x02" else "\x03"


def _nameless(file: BinaryIO) -> Path:
    """An open file by its descriptor: in names DuckDB sees wildcards, partitions and compression."""
    return Path(f"/proc/self/fd/{file.fileno()}")


def _is_suited(file: TextFile) -> bool:
    dialect, profile = file.dialect, file.profile
    return (
        dialect.encoding.lower() in ("utf-8", "utf-8-sig", "utf8")
        and dialect.escape == ""
        and (dialect.quote == '"' or not (dialect.quote or profile.has_quotes))
        and profile.is_crlf is profile.has_returns
    )


def _columns(match: Match) -> list[Column]:
    """The contract's columns in the order of the file's cells."""
    places = dict(zip(match.order, match.contract.columns, strict=True))
    places.pop(None, None)
    if sorted(places) != list(range(match.width)) or len(places) < 2:
        raise NotBulk
    return [places[i] for i in range(len(places))]


def _start(path: Path) -> int:
    with path.open("rb") as file:
        return len(_BOM) if file.read(len(_BOM)) == _BOM else 0


def _line_after(path: Path, offset: int) -> tuple[int, int]:
    """The offset of the first line that begins after `offset`, and the number of lines above it."""
    lines = place = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            if place + len(block) > offset and (at := block.find(b"\n", max(offset - place, 0))) >= 0:
                return place + at + 1, lines + block.count(b"\n", 0, at + 1)
            lines += block.count(b"\n")
            place += len(block)
    return place, lines
