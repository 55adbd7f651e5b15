"""Whatever a text table contains and however it is written, nothing is lost."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ingestion.readers.text.csv_text import CsvTable
from ingestion.readers.text.dialects import Dialect, dialect_of
from ingestion.readers.text.encodings import is_utf8, line_codec
from ingestion.readers.text.lines import Lines
from ingestion.tabular.table import Row, Unreadable

thoroughly = settings(deadline=None, max_examples=500)

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "utf-32-le", "cp1252", "latin-1")
DELIMITERS = (",", ";", "\t", "|", " ", "||", ", ", "~|~", "é")
QUOTES = ('"', "'", "")
ESCAPES = ("", "\\")


@dataclass(frozen=True)
class Written:
    """A table, and how it is written."""

    rows: list[list[str]]
    dialect: Dialect
    newline: str
    quotes_all: bool
    ends_with_delimiter: bool

    def lines(self) -> list[bytes]:
        """The bytes of each record with its line end."""
        end = (self.dialect.delimiter if self.ends_with_delimiter else "") + self.newline
        texts = [self.dialect.delimiter.join(map(self._cell, row)) + end for row in self.rows]
        return [text.encode(self.dialect.encoding.removesuffix("-sig")) for text in texts]

    def content(self) -> bytes:
        return (b"\xef\xbb\xbf" if self.dialect.encoding == "utf-8-sig" else b"") + b"".join(self.lines())

    def _cell(self, cell: str) -> str:
        delimiter, quote, escape = self.dialect.delimiter, self.dialect.quote, self.dialect.escape
        special = {*delimiter, *"\r\n", quote, escape} - {""}
        if escape:
            cell = cell.replace(escape, 2 * escape)
        if not quote:
            return cell.replace(delimiter, escape + delimiter)
        if not self.quotes_all and cell.strip() and not special & set(cell):
            return cell
        return quote + cell.replace(quote, (escape or quote) + quote) + quote


@st.composite
def tables(draw: st.DrawFn, *, breaks: bool = True) -> Written:
    quote = draw(st.sampled_from(QUOTES))
    dialect = Dialect(
        draw(st.sampled_from(DELIMITERS)),
        quote,
        draw(st.sampled_from(ESCAPES)),
        draw(st.sampled_from(ENCODINGS)),
    )
    codec = dialect.encoding.removesuffix("-sig")
    banned = "\0\ufeff" + ("" if breaks and quote else "\r\n")
    if not quote:
        # Without quotes such cells cannot be written.
        banned += dialect.delimiter if not dialect.escape else dialect.delimiter[1:]
    signs = st.sampled_from("".join(set("\"'\\,;| \t~=é\r\n") - set(banned)))
    others = st.characters(codec=codec, exclude_categories=["Cs"], exclude_characters=banned)
    cells = st.text(signs | others, max_size=6)
    width = draw(st.integers(2, 4))
    named = st.text(st.characters(codec=codec, categories=["L"]), min_size=1, max_size=4)
    rows = draw(st.lists(st.lists(cells, min_size=width, max_size=width), max_size=6))
    header = [name.replace("é", "e") for name in draw(st.lists(named, min_size=width, max_size=width))]
    newline, quotes_all, ends = draw(
        st.tuples(st.sampled_from(["\n", "\r\n", "\r"]), st.booleans(), st.booleans())
    )
    written = Written([header, *rows], dialect, newline, quotes_all, ends)
    # A line inside a cell that looks like a row is taken for a row swallowed because of lost quotes.
    delimiter, cut = dialect.delimiter, width + ends
    inner = [re.split(r"\r\n?|\n", record.decode(codec))[1:-2] for record in written.lines()]
    assume(not any(len(line.split(delimiter)) == cut for lines in inner for line in lines))
    # A line that happens to be UTF-8 is refused in a file of another encoding.
    lines = b"".join(written.lines()).splitlines()
    assume(codec.startswith("utf") or all(line.isascii() or not is_utf8(line) for line in lines))
    return written


def read(content: bytes, dialect: Dialect) -> tuple[CsvTable, list[Row]]:
    table = CsvTable(io.BytesIO(content), dialect, as_written=True)
    return table, list(table.rows(1, len(table.head[0].cells)))


def assert_accounted_for(content: bytes, dialect: Dialect, table: CsvTable, rows: list[Row]) -> None:
    """Every line belongs to the header or a row, or is blank, and the rows' bytes are those of the file."""
    lines = {line.offset: line for line in Lines(io.BytesIO(content), dialect.encoding)}
    codec, _ = line_codec(dialect.encoding, content)
    blank = others = 0
    at = min(lines, default=0)
    for row in [table.head[0], *rows, None]:
        while at != (row.offset if row else len(content)):
            is_blank = not lines[at].raw.decode(codec).strip()
            blank += is_blank
            others += not is_blank
            at += len(lines[at].raw)
        if row:
            assert lines[at].number == row.line
            assert content[at:].startswith(row.raw)
            at += len(row.raw)
    assert blank == table.passed_over["blank"]
    # A header may have several lines each time that it is repeated.
    headers = table.passed_over["headers"]
    assert others >= headers if headers else others == 0


@thoroughly
@given(tables())
def test_any_table_is_read_back(written: Written) -> None:
    content = written.content()
    table, rows = read(content, written.dialect)
    assert [row.fault for row in rows] == [None] * len(rows)
    end = [""] * written.ends_with_delimiter
    assert [list(row.cells) for row in rows] == [
        row + end for row in written.rows[1:] if row != written.rows[0]
    ]
    assert table.passed_over["headers"] == written.rows[1:].count(written.rows[0])
    assert_accounted_for(content, written.dialect, table, rows)


@thoroughly
@given(tables(breaks=False), st.data())
def test_damage_stays_in_its_line(written: Written, data: st.DataObject) -> None:
    """Random bytes in one line affect only what happens to that line."""
    lines = written.lines()
    if len(lines) < 2 or written.dialect.encoding.startswith(("utf-16", "utf-32")):
        return
    target = data.draw(st.integers(1, len(lines) - 1))
    damage = data.draw(st.binary(min_size=1, max_size=3).filter(lambda b: not set(b) & set(b"\r\n")))
    place = data.draw(st.integers(0, len(lines[target]) - len(written.newline)))
    lines[target] = lines[target][:place] + damage + lines[target][place:]

    table = CsvTable(io.BytesIO(b"".join(lines)), written.dialect, as_written=True)
    found = {row.line: row for row in table.rows(1, len(written.rows[0]) + written.ends_with_delimiter)}

    kept = {line: list(row.cells) for line, row in found.items() if line != target + 1}
    end = [""] * written.ends_with_delimiter
    rows = {line: row + end for line, row in enumerate(written.rows, 1) if row != written.rows[0]}
    rows.pop(target + 1, None)
    assert kept == rows


pieces = st.sampled_from(
    [b"a", b"1", b",", b";", b'"', b"'", b"\\", b"\n", b"\r", b"\0", b"\xff", b"\xc3\xa9", b" "]
)


@thoroughly
@given(st.lists(pieces, max_size=60).map(b"".join) | st.binary(max_size=60), st.data())
def test_any_bytes_are_accounted_for(content: bytes, data: st.DataObject) -> None:
    dialect = Dialect(
        data.draw(st.sampled_from(DELIMITERS)),
        data.draw(st.sampled_from(QUOTES)),
        data.draw(st.sampled_from(ESCAPES)),
        data.draw(st.sampled_from([*ENCODINGS, "utf-16", "cp500", "shift_jis"])),
    )
    try:
        table, rows = read(content, dialect)
    except Unreadable:
        return
    assert_accounted_for(content, dialect, table, rows)
    width = len(table.head[0].cells)
    assert all(len(row.cells) == (0 if row.fault else width) for row in rows)


@thoroughly
@given(
    st.lists(pieces, max_size=60).map(b"".join) | st.binary(max_size=60),
    st.fixed_dictionaries(
        {},
        optional={
            "delimiter": st.sampled_from([*DELIMITERS, '"', "\\"]),
            "quote": st.sampled_from([*QUOTES, "|"]),
            "escape": st.sampled_from([*ESCAPES, '"', ","]),
        },
    ),
)
def test_any_bytes_have_a_dialect(content: bytes, given_form: dict[str, str]) -> None:
    try:
        # A character that is both delimiter and quote is refused at once.
        Dialect(**{"delimiter": "\x1f", "quote": "", "escape": ""} | given_form)
    except ValueError:
        return
    found = dialect_of(io.BytesIO(content), **given_form)
    assert {name: getattr(found, name) for name in given_form if name != "escape"} == {
        name: sign for name, sign in given_form.items() if name != "escape"
    }
