"""The CSV reader gives every row or its refusal, and nothing of a broken row spills over."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.readers.csv_text import LONGEST_RECORD_LINES, CsvTable
from ingestion.readers.table import Row, Unreadable

STRAY = "a quote is opened or closed where none belongs"


def read(content: bytes) -> tuple[list[str], list[Row]]:
    table = CsvTable(io.BytesIO(content))
    return list(table.header), list(table.rows())


def outcome(content: bytes) -> list[tuple[int, object]]:
    """Line and cells, or line and fault, of every row."""
    return [(row.line, row.fault or list(row.cells)) for row in read(content)[1]]


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("last", [b"", b"end"])
def test_plain_files(newline: bytes, bom: bytes, last: bytes) -> None:
    content = bom + newline.join([b"a,b", b"1,2", b'"x, ""y""", z ', b""]) + (last and b"3,4")
    header, rows = read(content)
    assert header == ["a", "b"]
    expected = [["1", "2"], ['x, "y"', " z "]] + ([["3", "4"]] if last else [])
    assert [row.cells for row in rows] == expected
    assert all(content[row.offset :].startswith(row.raw) for row in rows)
    assert [row.line for row in rows] == [2, 3, 4][: len(expected)]


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (b"1", "1 cells, 2 expected"),
        (b"1,2,3", "3 cells, 2 expected"),
        (b'"1,2', STRAY),
        (b'1,"2', STRAY),
        (b'1",2', STRAY),
        (b'"1"x,2', STRAY),
        (b'"1,2" 3,"4', STRAY),
        (b"1,\xe9", "byte 3 of the line is not UTF-8"),
        (b'"\xe9,2', "byte 2 of the line is not UTF-8"),
    ],
)
def test_broken_line_is_refused_alone(broken: bytes, fault: str) -> None:
    assert outcome(b"a,b\ngood,1\n" + broken + b'\n"good",2\ngood,"3"\n') == [
        (2, ["good", "1"]),
        (3, fault),
        (4, ["good", "2"]),
        (5, ["good", "3"]),
    ]


def test_broken_last_line() -> None:
    assert outcome(b'a,b\n1,2\n3,"4') == [(2, ["1", "2"]), (3, STRAY)]


def test_two_broken_quotes_in_a_row() -> None:
    assert outcome(b'a,b\n1,"2\n3,"4\n5,6\n') == [(2, STRAY), (3, STRAY), (4, ["5", "6"])]


def test_line_breaks_inside_quotes() -> None:
    content = b'a,b\n"one\r\n\ntwo",1\n3,4\n'
    assert outcome(content) == [(2, ["one\r\n\ntwo", "1"]), (5, ["3", "4"])]
    assert read(content)[1][0].raw == b'"one\r\n\ntwo",1\n'


def test_one_quote_does_not_swallow_the_file() -> None:
    lines = [b"x,%d" % i for i in range(3 * LONGEST_RECORD_LINES)]
    lines[10] = b'"x,10'
    rows = outcome(b"a,b\n" + b"\n".join(lines))
    assert [line for line, got in rows if got == STRAY] == [12]
    assert len(rows) == len(lines)


def test_lines_without_values_are_no_rows() -> None:
    content = b'\n\na,b\n\n1,2\n , \n,\n,,,\n"",""\n   \n3,4\n\n'
    assert outcome(content) == [(5, ["1", "2"]), (11, ["3", "4"])]


def test_long_cell() -> None:
    assert len(read(b"a,b\n" + b"x" * 10_000_000 + b",1\n")[1][0].cells[0]) == 10_000_000


@pytest.mark.parametrize("content", [b"\n \n", b"\xff\xfea\x00,\x00", b'"a,b\n1,2\n'])
def test_no_header(content: bytes) -> None:
    with pytest.raises(Unreadable):
        CsvTable(io.BytesIO(content))


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=8)
tables = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), max_size=8).map(
        lambda rows: (width, rows)
    )
)


def written(width: int, rows: list[list[str]], newline: str, quoting: int) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=newline, quoting=quoting)
    writer.writerow([f"column {i}" for i in range(width)])
    writer.writerows(rows)
    return text.getvalue().encode()


def holds_something(row: list[str]) -> bool:
    return any(cell.strip() for cell in row)


@given(tables, st.sampled_from(["\n", "\r\n"]), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_any_table_comes_back(table, newline: str, quoting: int) -> None:
    width, rows = table
    _, read_rows = read(written(width, rows, newline, quoting))
    assert all(row.fault is None for row in read_rows)
    assert [row.cells for row in read_rows] == list(filter(holds_something, rows))


@given(tables, st.data())
def test_damage_stays_in_its_line(table, data) -> None:
    """Bytes thrown at one line change what becomes of that line, and of no other."""
    width, rows = table
    lines = written(width, rows, "\n", csv.QUOTE_MINIMAL).splitlines(keepends=True)
    if len(lines) < 2:
        return
    target = data.draw(st.integers(1, len(lines) - 1))
    damage = data.draw(st.binary(min_size=1, max_size=3).filter(lambda b: not set(b) & set(b"\r\n")))
    place = data.draw(st.integers(0, len(lines[target]) - 1))
    lines[target] = lines[target][:place] + damage + lines[target][place:]

    found = {row.line: row for row in read(b"".join(lines))[1]}

    expected = {number: row for number, row in enumerate(rows, 2) if holds_something(row)}
    expected.pop(target + 1, None)
    assert {line: row.cells for line, row in found.items() if line != target + 1} == expected
    assert all(row.raw == lines[line - 1] for line, row in found.items())
