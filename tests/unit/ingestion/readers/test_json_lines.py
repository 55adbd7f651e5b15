"""JSON lines give exact values, and a broken line does not affect its neighbours."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest

from ingestion.readers import json_lines
from ingestion.readers.json_lines import JsonLinesTable
from ingestion.tabular.table import Row, Unreadable


def rows(content: str | bytes) -> list[Row]:
    table = JsonLinesTable(io.BytesIO(content.encode() if isinstance(content, str) else content))
    return list(table.rows(1, len(table.head[0].cells)))


def test_names_are_all_keys_of_the_first_objects() -> None:
    content = b'{"a": 1}\n\n{"b": "x", "a": 2}\n{"c": null}\n{"c": true}\n'
    table = JsonLinesTable(io.BytesIO(content))
    assert (table.name, table.guess, table.head) == ("", 0, [Row(1, ["a", "b", "c"])])
    assert list(table.rows(1, 3)) == [
        Row(1, [1, None, None], b'{"a": 1}\n', 0),
        Row(3, [2, "x", None], b'{"b": "x", "a": 2}\n', 10),
        Row(5, [None, None, True], b'{"c": true}\n', 41),
    ]
    assert table.passed_over == {"blank": 2}


def test_values_are_exact() -> None:
    text = '{"a": 0.1000, "b": 12345678901234567890123, "c": 1e2, "d": {"x": [1.10, null]}, "e": "\\u00e9"}'
    (row,) = rows(text)
    assert row.cells == [
        Decimal("0.1000"),
        12345678901234567890123,
        Decimal("1E+2"),
        '{"x": [1.10, null]}',
        "é",
    ]
    assert [type(cell) for cell in row.cells[:3]] == [Decimal, int, Decimal]


def test_byte_order_mark_and_line_ends() -> None:
    content = b'\xef\xbb\xbf{"a": 1}\r\n{"a": 2}'
    assert rows(content) == [Row(1, [1], b'{"a": 1}\r\n', 3), Row(2, [2], b'{"a": 2}', 13)]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b'{"a": 1,}', "not valid JSON at character"),
        (b'{"a": 1} {"a": 2}', "not valid JSON at character 10: Extra data"),
        (b"{'a': 1}", "not valid JSON"),
        (b'{"a": "\xe9"}', "byte 8 of the line is not UTF-8"),
        (b'{"a": 1, "a": 2}', "the key 'a' occurs twice"),
        (b'{"a": {"b": 1, "b": 2}}', "the key 'b' occurs twice"),
        (b'{"a": Infinity}', "Infinity is not a number in JSON: write null"),
        (b'{"a": -Infinity}', "-Infinity is not a number in JSON: write null"),
        (b'{"a": 1e999999999}', "out of the range of figures"),
        (b'{"a": 1e99999999999999999999}', "out of the range of figures"),
        (b'{"a": ' + b"9" * 5000 + b"}", "out of the range of figures"),
        (b'{"a": "\\ud800"}', "one half of a surrogate pair"),
        (b"[1]", "not a JSON object: write one object per line"),
        (b"7", "not a JSON object: write one object per line"),
        (b'{"a": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"a": ' + b"[" * 900 + b"]" * 900 + b"}", "nested too deeply"),
    ],
)
def test_broken_lines(line: bytes, fault: str) -> None:
    before, after = b'{"a": 1}\n', b'{"a": 2}\n'
    first, broken, last = rows(before + line + b"\n" + after)
    assert (first.cells, last.cells) == ([1], [2])
    assert (broken.line, broken.cells, broken.raw, broken.offset) == (2, (), line + b"\n", len(before))
    assert fault in broken.fault.text
    assert last.offset == len(before) + len(line) + 1


def test_overlong_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "LONGEST_LINE", 10)
    content = b'{"a": 1}\n' + b'{"a": "' + b"x" * 50 + b'"}\n' + b'{"a": 2}\n'
    first, broken, last = rows(content)
    assert (first.cells, last) == ([1], Row(3, [2], b'{"a": 2}\n', 69))
    assert "longer than 10 bytes: write one row or object per line" in broken.fault.text
    assert (broken.raw, broken.offset) == (b'{"a": "xxxx', 9)


def test_late_keys_are_reported() -> None:
    *good, late = rows('{"a": 1}\n' * 50 + '{"a": 1, "b": 2}\n')
    assert len(good) == 50
    assert late.fault.text == (
        "the key 'b' is in none of the first 50 objects, and is not an expected column: write every key"
        " in every object, null where it has no value"
    )


def test_expected_keys_may_come_late() -> None:
    content = '{"a": 1}\n' * 50 + '{"a": 1, "B ": 2}\n{"B ": 1, "b": 2}\n{"c": 1}\n{"b": 3, "a": 4}\n'
    late = JsonLinesTable(io.BytesIO(content.encode()))
    late.expect(["B", "D"], lambda name: name.strip().casefold())
    *good, first, twice, unknown, last = late.rows(1, 3)
    assert {tuple(row.cells) for row in good} == {(1, None, None)}
    assert (first.cells, last.cells) == ([1, 2, None], [4, 3, None])
    assert "'b' occurs twice" in twice.fault.text and "'c' is in none of the first 50" in unknown.fault.text


def test_nan_is_a_missing_value() -> None:
    assert [row.cells for row in rows(b'{"a": NaN, "b": 1}\n')] == [[None, 1]]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-32"])
def test_other_encodings_of_unicode(encoding: str) -> None:
    content = '{"a": "Zoë", "n": 1}\r\n\n{"a": "x", "n": 2}\n{"a"\n'.encode(encoding)
    first, second, broken = rows(content)
    assert (first.line, first.cells, second.line, second.cells) == (1, ["Zoë", 1], 3, ["x", 2])
    assert content[first.offset :].startswith(first.raw) and content.endswith(broken.raw)
    assert "not valid JSON" in broken.fault.text


@pytest.mark.parametrize("content", ["[\n1,\n2\n]\n", "{}\n", '{\n"a": 1\n}\n', "\n\n"])
def test_no_objects(content: str) -> None:
    with pytest.raises(
        Unreadable, match=r"none of the first lines is a JSON object .* write one object per line"
    ):
        rows(content)
