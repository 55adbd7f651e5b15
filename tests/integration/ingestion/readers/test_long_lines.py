"""A line without an end costs the run a moment, not minutes, and only itself."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ingestion.arrival.archives import Member
from ingestion.contract.files import find_contracts
from ingestion.contract.model import Column, ColumnType, Contract, NumberFormat, Upsert
from ingestion.loading.bulk import filtering, scan
from ingestion.loading.load import load
from ingestion.matching.tables import find_tables
from ingestion.readers import json_lines
from ingestion.readers.text import csv_text, lines
from ingestion.tabular import table
from ingestion.tabular.table import MOST_COLUMNS, Unreadable

#: The longest line here, and the size of one that is too long: files of the real size take seconds to write.
LONGEST, SIZE = 2**18, 2**20

TOO_LONG = "line 1: the line is longer than 262,144 bytes: write one row or object per line"

NOTES = Contract(
    "long",
    "notes",
    "1",
    "Of a test.",
    tuple(Column(name, name, ColumnType("text"), "text", "Of a test.", "public") for name in ("key", "note")),
    relation=Upsert(("key",)),
    sums=(),
    number_format=NumberFormat(),
    max_rejected_share=0.1,
)


@pytest.fixture(autouse=True)
def shorter_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (lines, csv_text, json_lines, filtering):
        monkeypatch.setattr(module, "LONGEST_LINE", LONGEST)
    # Also shorter than lines may be, as it is.
    monkeypatch.setattr(scan, "_LONGEST_LINE", LONGEST // 8)


def repeated(cell: bytes, size: int = SIZE) -> bytes:
    return cell * (size // len(cell))


#: Files of one line.
FILES: dict[str, Callable[[], bytes]] = {
    "letters.csv": lambda: b"a" * SIZE,
    "empty_cells.csv": lambda: b"," * SIZE,
    "cells.csv": lambda: repeated(b"abc,12,"),
    "open_quote.csv": lambda: b'"' + repeated(b"abc,12,"),
    "quoted.csv": lambda: repeated(b'"abc","12",'),
    "single_quotes.csv": lambda: repeated(b"'it''s';"),
    "long_delimiter.csv": lambda: repeated(b"abc||12||"),
    "utf16.csv": lambda: repeated(b"a,b,").decode().encode("utf-16"),
    # Half of these characters have the byte of a line feed.
    "false_ends.csv": lambda: ("\u010a\u0a05\u0100," * (SIZE // 8)).encode("utf-16"),
    "packed.gz": lambda: gzip.compress(repeated(b"abc,12,"), 1),
    "object.jsonl": lambda: b'{"a": "' + b"x" * SIZE + b'"}',
    "utf16.jsonl": lambda: ('{"a": "' + "x" * SIZE + '"}').encode("utf-16"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_one_endless_line_is_held(name: str, tmp_path: Path, empty_warehouse: str, query) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name]())

    (result,) = load([path], url=empty_warehouse)

    assert (result.outcome, result.path) == ("held", path)
    assert TOO_LONG in result.message
    assert query("select hold_kind, rows_loaded from ops.loads") == [("no_table", 0)]


def test_the_limit_as_it_is(tmp_path: Path, empty_warehouse: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    path = tmp_path / "notes.csv"
    # "-4," and the line feed are four bytes, too.
    rows = [b"%d,%s\n" % (n, b"x" * (table.LONGEST_LINE + n)) for n in (-4, -3)]
    path.write_bytes(b"".join([b"key,note\n", *rows]))

    (result,) = load([path], url=empty_warehouse, contracts=[replace(NOTES, max_rejected_share=0.5)])

    assert (result.rows_loaded, result.rows_rejected) == (1, 1)


def test_a_member_of_an_archive(tmp_path: Path, empty_warehouse: str) -> None:
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("endless.csv", repeated(b"abc,12,"))
        archive.writestr("notes.csv", "key,note\n1,one\n")

    endless, notes = load([path], url=empty_warehouse, contracts=[NOTES])

    assert (endless.outcome, notes.outcome) == ("held", "loaded")
    assert TOO_LONG in endless.message


@pytest.mark.parametrize("name", ["letters.csv", "cells.csv", "open_quote.csv", "utf16.csv"])
def test_only_as_much_is_read_as_a_line_may_have(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the line is: this file is sparse, and 300 GB long."""
    path = tmp_path / name
    path.write_bytes(FILES[name]())
    with path.open("r+b") as file:
        file.truncate(300 * 2**30)

    with (
        pytest.raises(Unreadable, match="longer than"),
        find_tables(member(path), find_contracts().contracts),
    ):
        pass


def member(path: Path) -> Member:
    return Member(path.name, path, path.stat().st_size)


@pytest.mark.parametrize("cell", [b",", b"abc,12,", b'"abc","12",', "é;ü;".encode(), b"'it''s';"])
def test_a_header_of_more_cells_than_any_table_has(cell: bytes, tmp_path: Path, empty_warehouse: str) -> None:
    path = tmp_path / "wide.csv"
    path.write_bytes(repeated(cell, LONGEST - 1) + b"\n")

    (result,) = load([path], url=empty_warehouse)

    assert result.outcome == "held"
    assert "line 1: more than 16,384 cells, fewer expected" in result.message


def test_a_json_object_of_more_keys_than_any_table_has(tmp_path: Path, empty_warehouse: str) -> None:
    path = tmp_path / "wide.jsonl"
    path.write_text(json.dumps({f"k{i}": 1 for i in range(MOST_COLUMNS + 1)}))

    (result,) = load([path], url=empty_warehouse)

    assert result.outcome == "held"
    assert "line 1: more than 16,384 cells, fewer expected" in result.message


def test_json_objects_of_many_different_keys(tmp_path: Path, empty_warehouse: str) -> None:
    path = tmp_path / "wide.jsonl"
    path.write_text("".join(json.dumps({f"k{i}_{k}": 1 for k in range(1_000)}) + "\n" for i in range(20)))

    (result,) = load([path], url=empty_warehouse)

    assert result.outcome == "held"
    assert "the first lines have 20,000 different keys" in result.message


@pytest.mark.parametrize("odd", [b"odd,", b'"odd', b'odd,"', b"o,d,d,"], ids=repr)
def test_an_endless_line_among_rows_costs_only_itself(
    odd: bytes, way: str, tmp_path: Path, empty_warehouse: str, query
) -> None:
    rows = [b"%d,sound\n" % number for number in range(2, 300)]
    long = odd + b"x" * SIZE + b"\n"
    rows.insert(100, long)
    path = tmp_path / "notes.csv"
    path.write_bytes(b"".join([b"key,note\n", *rows]))

    (result,) = load([path], url=empty_warehouse, contracts=[NOTES])

    assert (result.outcome, result.rows_read, result.rows_rejected) == ("loaded", 299, 1), result.message
    assert query("select kind, line, byte_offset, raw from ops.rejected_rows") == [
        ("line_too_long", 102, sum(map(len, [b"key,note\n", *rows[:100]])), long[: LONGEST + 1])
    ]
    assert query("select count(*), max(_line) from staging.raw_long_notes") == [(298, 300)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "cp1252"])
def test_in_other_encodings(encoding: str, tmp_path: Path, empty_warehouse: str, query) -> None:
    rows = [f"{number},é\r\n" for number in range(2, 300)]
    rows.insert(100, "x" * SIZE + "\r\n")
    path = tmp_path / "notes.csv"
    path.write_bytes("".join(["key,note\r\n", *rows]).encode(encoding))

    (result,) = load([path], url=empty_warehouse, contracts=[NOTES])

    assert (result.outcome, result.rows_read, result.rows_rejected) == ("loaded", 299, 1), result.message
    assert query("select kind, line, length(raw) from ops.rejected_rows") == [
        ("line_too_long", 102, LONGEST + 1)
    ]


def test_a_header_that_is_too_long_above_sound_rows(tmp_path: Path, empty_warehouse: str) -> None:
    path = tmp_path / "notes.csv"
    path.write_bytes(b"x" * SIZE + b"\n" + b"1,one\n2,two\n" * 10)

    (result,) = load([path], url=empty_warehouse, contracts=[NOTES])

    assert result.outcome == "held"
    assert TOO_LONG in result.message


def test_a_record_of_many_lines_is_not_longer_than_a_line(
    tmp_path: Path, empty_warehouse: str, query
) -> None:
    """Otherwise each open quote had the reader hold, and read again, the 200 lines after it."""
    part = b"x" * (LONGEST // 4)
    record = b'odd,"' + b"\n".join([part] * 5) + b'"\n'
    sound = [b"%d,sound\n" % number for number in range(300)]
    path = tmp_path / "notes.csv"
    path.write_bytes(b"".join([b"key,note\n", *sound[:100], record, *sound[100:]]))

    (result,) = load([path], url=empty_warehouse, contracts=[NOTES])

    assert (result.outcome, result.rows_read, result.rows_rejected) == ("loaded", 305, 5), result.message
    assert query("select kind from ops.rejected_rows order by line limit 1") == [("stray_quote",)]
