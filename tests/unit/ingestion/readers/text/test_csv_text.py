"""The reader of text tables returns every row or its refusal, and a broken row does not affect others."""

from __future__ import annotations

import io

import pytest

from ingestion.readers.text.csv_text import LONGEST_RECORD_LINES, CsvTable
from ingestion.readers.text.dialects import Dialect
from ingestion.readers.text.lines import Lines
from ingestion.tabular.table import HEAD_ROWS, Row, Unreadable

CSV = Dialect()
STRAY = "a quote is opened or closed where none belongs"
NUL = "the line holds a NUL character, which no text does"


def table_of(content: bytes, dialect: Dialect = CSV, **options: bool) -> CsvTable:
    return CsvTable(io.BytesIO(content), dialect, **options)


def read(content: bytes, dialect: Dialect = CSV, **options: bool) -> list[Row]:
    """The rows below the first, which determines their width."""
    table = table_of(content, dialect, **options)
    return list(table.rows(1, len(table.head[0].cells)))


def outcome(content: bytes, dialect: Dialect = CSV, **options: bool) -> list[tuple[int, object]]:
    """Line and cells, or line and fault, of every row."""
    return [
        (row.line, row.fault.text if row.fault else list(row.cells))
        for row in read(content, dialect, **options)
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-be", "utf-32", "cp500"]
)
@pytest.mark.parametrize("delimiter", [",", "\t", "||"])
@pytest.mark.parametrize("last", ["", "end"])
def test_plain_files(newline: str, encoding: str, delimiter: str, last: str) -> None:
    lines = [["é", "b"], ["1", "2"], [f'"x{delimiter}""y"""', " z "], *([["3", "4"]] if last else [])]
    text = newline.join(delimiter.join(line) for line in lines) + ("" if last else newline)
    content = text.encode(encoding)

    table = table_of(content, Dialect(delimiter, encoding=encoding))
    rows = list(table.rows(1, 2))

    assert [row.cells for row in table.head[:2]] == [["é", "b"], ["1", "2"]]
    expected = [["1", "2"], [f'x{delimiter}"y"', " z "]] + ([["3", "4"]] if last else [])
    assert [row.cells for row in rows] == expected
    assert all(content[row.offset :].startswith(row.raw) for row in rows)
    assert [row.line for row in rows] == [2, 3, 4][: len(expected)]
    assert content.endswith(table.head[0].raw + b"".join(row.raw for row in rows))


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (b"1", "1 cells, 2 expected"),
        (b"1,2,3", "3 cells, 2 expected"),
        (b"1,2,,3", "4 cells, 2 expected"),
        (b'"1,2', STRAY),
        (b'1,"2', STRAY),
        (b'1",2', STRAY),
        (b'"1"x,2', STRAY),
        (b'"1" ,2', STRAY),
        (b'"1,2" 3,"4', STRAY),
        (b"1,\xe9", "byte 3 of the line is not UTF-8"),
        (b'"\xe9,2', "byte 2 of the line is not UTF-8"),
        (b"1,\0", NUL),
        (b'"\0,2', NUL),
    ],
)
@pytest.mark.parametrize("escape", ["", "\\"])
def test_only_the_broken_line_is_refused(broken: bytes, fault: str, escape: str) -> None:
    found = outcome(b"a,b\ngood,1\n" + broken + b'\n"good",2\ngood,"3"\n', Dialect(escape=escape))
    assert found == [(2, ["good", "1"]), (3, fault), (4, ["good", "2"]), (5, ["good", "3"])]


def test_broken_line_between_long_delimiters() -> None:
    found = outcome(b'a||b\n1||"2\n3||4\n5||"6||7"\n8|9\n', Dialect("||"))
    assert found == [(2, STRAY), (3, ["3", "4"]), (4, ["5", "6||7"]), (5, "1 cells, 2 expected")]


@pytest.mark.parametrize("content", [b'a,b\n1,2\n3,"4', b'a,b\n1,2\n3,"4\n'])
def test_file_cut_off_inside_a_quote(content: bytes) -> None:
    assert outcome(content) == [(2, ["1", "2"]), (3, STRAY)]


def test_two_broken_quotes_in_a_row() -> None:
    assert outcome(b'a,b\n1,"2\n3,"4\n5,6\n') == [(2, STRAY), (3, STRAY), (4, ["5", "6"])]


@pytest.mark.parametrize("tail", [b"\xff,6\n", b"\0,6\n"])
def test_broken_quote_before_another_broken_line(tail: bytes) -> None:
    found = outcome(b'a,b\n1,"2\n' + tail + b'7,"8\n9"\n')
    assert found[0] == (2, STRAY)
    assert found[2:] == [(4, ["7", "8\n9"])]


def test_line_breaks_inside_quotes() -> None:
    content = b'a,b\n"one\r\n\ntwo",1\n3,4\n'
    assert outcome(content) == [(2, ["one\r\n\ntwo", "1"]), (5, ["3", "4"])]
    assert read(content)[0].raw == b'"one\r\n\ntwo",1\n'


@pytest.mark.parametrize("dialect", [CSV, Dialect("||"), Dialect(escape="\\")])
def test_one_quote_does_not_swallow_the_file(dialect: Dialect) -> None:
    lines = [f"x,{i}" for i in range(3 * LONGEST_RECORD_LINES)]
    lines[10] = '"x,10'
    rows = outcome("\n".join(["a,b", *lines]).replace(",", dialect.delimiter).encode(), dialect)
    assert [line for line, got in rows if got == STRAY] == [12]
    assert len(rows) == len(lines)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (r'"say \"hi\""', 'say "hi"'),
        (r'"say ""hi"""', 'say "hi"'),
        (r'"both ""\" "', 'both "" '),
        (r"C:\new", r"C:\new"),
        (r'"C:\new"', r"C:\new"),
        (r"C:\\", "C:\\"),
        (r"one\,two", "one,two"),
        ('"one\\\r\ntwo"', "one\r\ntwo"),
        ("one\\\r\ntwo", "one\r\ntwo"),
        (r"5\" pipe", '5" pipe'),
    ],
)
def test_escapes(cell: str, value: str) -> None:
    found = read(f"a,b\r\n{cell},1\r\n".encode(), Dialect(escape="\\"))
    assert [row.cells for row in found] == [[value, "1"]]


def test_escapes_without_quotes() -> None:
    found = outcome(b'a|b\none\\|two|"3\nfour\\\nfive|6\nend\\', Dialect("|", quote="", escape="\\"))
    assert found[:2] == [(2, ["one|two", '"3']), (3, ["four\nfive", "6"])]
    assert found[2] == (5, "a quote or an escape sign stands where none belongs")


def test_pairs_of_quotes_inside_an_unquoted_cell_are_text() -> None:
    assert outcome(b'a,b\nthe "big" one,2\n') == [(2, ['the "big" one', "2"])]


def test_quotes_are_text_if_nothing_is_quoted() -> None:
    assert outcome(b'a,b\n5" pipe,"2\n', Dialect(quote="")) == [(2, ['5" pipe', '"2'])]


def test_mixed_line_ends() -> None:
    assert outcome(b"a,b\n1,2\r\n3,4\r5,6\n\r7,8") == [
        (2, ["1", "2"]),
        (3, ["3", "4"]),
        (4, ["5", "6"]),
        (6, ["7", "8"]),
    ]


def test_trailing_delimiters_do_not_make_a_column() -> None:
    table = table_of(b"a,b,,\n1,2,,\n3,4,\n5,6\n7,8,,9\n".replace(b",,9", b""))
    assert [row.cells for row in table.head] == [["a", "b"], ["1", "2"], ["3", "4"], ["5", "6"], ["7", "8"]]
    assert outcome(b"a,b,\n1,2,\n3,4\n5,6,,\n") == [
        (2, ["1", "2"]),
        (3, "2 cells, 3 expected"),
        (4, "4 cells, 3 expected"),
    ]


def test_trailing_delimiters_that_the_header_lacks_may_be_a_shift() -> None:
    assert outcome(b"a,b\n1,2,\n,3,\n5,6\n") == [
        (2, "3 cells, 2 expected"),
        (3, "3 cells, 2 expected"),
        (4, ["5", "6"]),
    ]


def test_column_without_a_name_stays_if_it_has_values() -> None:
    assert table_of(b"a,b,\n1,2,3\n").head[0].cells == ["a", "b", ""]


def test_lines_without_values_are_counted_as_blank() -> None:
    table = table_of(b'\n\na,b\n\n1,2\n , \n,\n,,,\n"",""\n   \n"\n",\n3,4\n\n')
    assert [row.line for row in table.rows(1, 2)] == [5, 13]
    assert table.passed_over == {"blank": 11}


def test_rows_of_delimiters_can_be_kept() -> None:
    content = b'a,b\n,\n\n" ",\n   \n,\n'
    assert outcome(content, as_written=True) == [(2, ["", ""]), (4, [" ", ""]), (6, ["", ""])]


def test_head_is_the_first_lines_with_their_own_width() -> None:
    table = table_of(b"Report\n\na,b\n1,2\n3,\xff\n4,5\n")
    assert [(row.line, row.cells) for row in table.head] == [
        (1, ["Report"]),
        (3, ["a", "b"]),
        (4, ["1", "2"]),
        (5, ()),
        (6, ["4", "5"]),
    ]
    assert table.guess == 1
    assert [row.line for row in table.rows(2, 2)] == [4, 5, 6]
    assert [row.line for row in table.rows(0, 2)] == [1, 3, 4, 5, 6]


def test_head_is_not_the_whole_table() -> None:
    table = table_of(b"a\n" + b"x\n" * 200)
    assert len(table.head) == HEAD_ROWS
    assert len(list(table.rows(1, 1))) == 200


def test_broken_quote_in_the_head_costs_only_its_line() -> None:
    """Only their width shows that lines 3 and 4 are not one record."""
    assert outcome(b'a,b\n1,2\n"3,4\n5,6"\n7,8\n') == [
        (2, ["1", "2"]),
        (3, STRAY),
        (4, STRAY),
        (5, ["7", "8"]),
    ]


@pytest.mark.parametrize("dialect", [CSV, Dialect("||"), Dialect(escape="\\")])
@pytest.mark.parametrize("quote", ["", '"'])
def test_long_cell(dialect: Dialect, quote: str) -> None:
    content = f"a,b\n{quote}{'x' * 10_000_000}{quote},1\n".replace(",", dialect.delimiter)
    assert len(read(content.encode(), dialect)[0].cells[0]) == 10_000_000


@pytest.mark.parametrize("content", [b"\n \n", b"\xff\xfe\n\x80", b"\0\0\0\n\0", b'"a,b\n'])
def test_unreadable_as_a_whole(content: bytes) -> None:
    with pytest.raises(Unreadable):
        table_of(content)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "cp500"])
@pytest.mark.parametrize("block", [4, 8, 12])
def test_lines_do_not_depend_on_blocks(encoding: str, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.readers.text.lines._BLOCK", block)
    texts = ["a\r\n", "\r", "bcdefghijk\n", "\r\n", "\u0a0d\u0d0a\r" if "utf" in encoding else "x\r", "\n\n"]
    texts[-2:] = ["".join(texts[-2:])[:-1], "\n"]
    content = "".join(texts).encode(encoding)
    lines = list(Lines(io.BytesIO(content), encoding))
    assert [line.raw.decode(encoding) for line in lines] == texts
    assert [line.number for line in lines] == list(range(1, len(texts) + 1))
    assert all(content[line.offset :].startswith(line.raw) for line in lines)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-32-be"])
@pytest.mark.parametrize("block", [4, 8, 24])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_a_line_that_is_too_long_is_cut(
    encoding: str, block: int, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    longest = 40
    monkeypatch.setattr("ingestion.readers.text.lines._BLOCK", block)
    monkeypatch.setattr("ingestion.readers.text.lines.LONGEST_LINE", longest)
    for size in range(0, 150, 3):
        long = "\u0a0d" * (size // 2) + "x" * (size - size // 2) + end
        texts = [f"a{end}", long, end, f"b{end}", "c" * size]
        raws = [text.encode(encoding) for text in texts if text]
        lines = list(Lines(io.BytesIO(b"".join(raws)), encoding))
        assert [line.raw for line in lines] == [raw[: longest + 1] for raw in raws]
        assert [line.offset for line in lines] == [sum(map(len, raws[:i])) for i in range(len(raws))]
        assert [line.number for line in lines] == list(range(1, len(raws) + 1))
