"""Damage in a text file is refused, or the file is held: no value is loaded in place of another."""

from __future__ import annotations

import gzip
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from ingestion.contract.model import (
    Append,
    Column,
    ColumnType,
    Contract,
    NumberFormat,
    TextForm,
    Total,
    TotalPlace,
)
from ingestion.ledger.write import Acceptance
from ingestion.loading.bulk import prepare
from ingestion.loading.candidate import Candidate
from ingestion.loading.load import load
from ingestion.loading.loader import Loader
from ingestion.loading.result import LoadResult

HEADER = "no,day,name,place"
ROWS = [f"{i},2014-01-{i % 28 + 1:02},Name {i},Chur" for i in range(30)]


def column(name: str, kind: ColumnType, **options: object) -> Column:
    return Column(name, name, kind, kind.value, "x", "public", **options)


def contract(**options: object) -> Contract:
    columns = (
        column("no", ColumnType.INTEGER),
        column("day", ColumnType.DATE, required=False, date_formats=("yyyy-MM-dd",)),
        column("name", ColumnType.TEXT, required=False),
        column("place", ColumnType.TEXT, required=False),
    )
    defaults = {
        "table": "damaged",
        "columns": columns,
        "sums": (),
        "number_format": NumberFormat(),
        "relation": Append(),
        "max_rejected_share": 0.5,
    }
    return Contract("proof", version="1", description="x", **defaults | options)


@pytest.fixture
def way(way: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of loading, however many lines are odd."""
    monkeypatch.setattr(prepare, "_MOST_SUSPICIOUS", 1.0)
    return way


def loaded(folder: Path, url: str, content: str | bytes, **options: object) -> LoadResult:
    path = folder / "damaged.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    (result,) = load([path], url=url, contracts=[contract(**options)])
    return result


def counts(result: LoadResult) -> tuple[int, int, int]:
    return result.rows_read, result.rows_loaded, result.rows_rejected


SHIFTED = {
    "in the middle": "3,,Cleo,Chur,",
    "in front": ",3,2014-01-02,Cleo,",
    "twice": "3,,,Cleo,Chur,,",
    "at the end": "3,2014-01-02,Cleo,Chur,",
    "of empty cells": "3,,,,",
    "quoted": '3,,"Cleo","Chur",""',
}


@pytest.mark.parametrize("row", SHIFTED.values(), ids=SHIFTED.keys())
@pytest.mark.parametrize("at", [0, 15, 30])
def test_a_row_with_a_cell_too_many_is_refused(
    way: str, tmp_path: Path, empty_warehouse: str, query, row: str, at: int
) -> None:
    lines = [HEADER, *ROWS[:at], row, *ROWS[at:]]
    result = loaded(tmp_path, empty_warehouse, "\n".join(lines) + "\n")
    assert counts(result) == (31, 30, 1)
    assert query("select line, reason from ops.rejected_rows") == [
        (at + 2, f"{row.count(',') + 1} cells, 4 expected")
    ]


def test_a_file_of_one_shifted_row_is_held(way: str, tmp_path: Path, empty_warehouse: str) -> None:
    result = loaded(tmp_path, empty_warehouse, f"{HEADER}\n3,,Cleo,Chur,\n")
    assert result.outcome == "held"
    assert "5 cells, 4 expected" in result.message


@pytest.mark.parametrize("row", ["3,,Cleo,Chur,,", "3,2014-01-01,Cleo,Chur", "3,2014,,Chur"])
def test_lines_that_end_in_delimiters_do_so_with_the_header(
    way: str, tmp_path: Path, empty_warehouse: str, row: str
) -> None:
    lines = [f"{HEADER},", *(f"{each}," for each in ROWS), row]
    result = loaded(tmp_path, empty_warehouse, "\n".join(lines) + "\n")
    assert counts(result) == (31, 30, 1)


@pytest.mark.parametrize("row", ["3,,Cleo,Chur,", "3,2014-01-01,Cleo"])
def test_without_a_header_the_contract_determines_the_width(
    way: str, tmp_path: Path, empty_warehouse: str, row: str
) -> None:
    options = {"text_form": TextForm(has_header=False), "file_names": ("*.csv",)}
    result = loaded(tmp_path, empty_warehouse, "\n".join([*ROWS, row]) + "\n", **options)
    assert counts(result) == (31, 30, 1)
    alone = loaded(tmp_path, empty_warehouse, f"{row}\n", **options)
    assert alone.outcome == "held"


def test_without_a_header_every_line_may_end_in_a_delimiter(
    way: str, tmp_path: Path, empty_warehouse: str
) -> None:
    content = "".join(f"{row.replace(',', '|')}|\n" for row in ROWS) + "3||Cleo|Chur||\n"
    options = {"text_form": TextForm(delimiter="|", has_header=False), "file_names": ("*.csv",)}
    assert counts(loaded(tmp_path, empty_warehouse, content, **options)) == (31, 30, 1)


CUT = {
    "in a row": ROWS[-1][:9],
    "in a first cell": "3",
    "inside a quote": '30,2014-01-01,"Na',
    "inside a quote, with enough delimiters": '30,2014-01-01,Name,"Chu',
    "in a cell of two lines": '30,2014-01-01,"two\nli',
    "at the end of a line in a cell": '30,2014-01-01,"two\n',
    "inside a character": "29,2014-01-01,Jürg,Zürich\n30,2014-01-01,Name 3,Zürich".encode()[:-5],
    "where the disk holds nothing": b"30,2014-01-01,Na\0\0\0\0",
}


@pytest.mark.parametrize("last", CUT.values(), ids=CUT.keys())
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_that_ends_inside_a_row_is_held(
    way: str, tmp_path: Path, empty_warehouse: str, query, last: str | bytes, end: str
) -> None:
    last = last.encode() if isinstance(last, str) else last
    result = loaded(
        tmp_path, empty_warehouse, "".join(f"{row}{end}" for row in [HEADER, *ROWS]).encode() + last
    )
    assert result.outcome == "held"
    assert result.message.startswith("nothing taken: it ends inside a row, line 3")
    assert query("select count(*) from staging.raw_proof_damaged") == [(0,)]


def test_a_file_whose_last_date_is_cut_is_held(way: str, tmp_path: Path, empty_warehouse: str) -> None:
    rows = [f"{i},Name,Chur,2014-01-0{i % 9 + 1}" for i in range(30)]
    content = "\n".join(["no,name,place,day", *rows, "30,Name,Chur,2014-0"])
    assert loaded(tmp_path, empty_warehouse, content).outcome == "held"


def test_a_file_that_ends_inside_a_row_can_be_accepted(
    way: str, tmp_path: Path, empty_warehouse: str
) -> None:
    path = tmp_path / "cut.csv"
    path.write_text("\n".join([HEADER, *ROWS, "30,2014"]))
    with Loader(empty_warehouse, [contract()]) as loader:
        done = loader.load(Candidate(path, False, acceptance=Acceptance("me", "the last row is known")))
    assert counts(done.results[0]) == (31, 30, 1)


WHOLE = {
    "no line end": "30,2014-01-01,Name,Chur",
    "a broken row before the last": '30,2014-01-01,"Na\n31,2014-01-01,Name,Chur',
    "a short row with its line end": "30,2014\n",
    "a long row without its line end": "30,2014-01-01,Name,Chur,",
    "blank lines": "\n\n  ",
}


@pytest.mark.parametrize("last", WHOLE.values(), ids=WHOLE.keys())
def test_a_whole_file_is_loaded(way: str, tmp_path: Path, empty_warehouse: str, last: str) -> None:
    result = loaded(tmp_path, empty_warehouse, "".join(f"{row}\n" for row in [HEADER, *ROWS]) + last)
    assert result.outcome == "loaded"


@pytest.mark.parametrize("packing", ["gzip", "zip"])
@pytest.mark.parametrize("packs_cut_file", [True, False])
def test_a_packed_file_that_is_cut_is_held(
    way: str, tmp_path: Path, empty_warehouse: str, packing: str, packs_cut_file: bool
) -> None:
    """Whether the file was cut before or after it was packed."""
    content = "\n".join([HEADER, *ROWS]).encode()
    content = content[: -len("Chur") - 3] if packs_cut_file else content
    path = tmp_path / f"packed.csv.{packing}"
    if packing == "gzip":
        path.write_bytes(gzip.compress(content))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("table.csv", content)
    if not packs_cut_file:
        path.write_bytes(path.read_bytes()[:-20])
    (result,) = load([path], url=empty_warehouse, contracts=[contract()])
    assert result.outcome == "held"


def test_json_lines_that_end_inside_an_object_are_held(tmp_path: Path, empty_warehouse: str) -> None:
    path = tmp_path / "cut.jsonl"
    row = '{"no": 1, "day": "2014-01-01", "name": "x", "place": "Chur"}\n'
    path.write_text(row * 20 + row[:30])
    (result,) = load([path], url=empty_warehouse, contracts=[contract()])
    assert result.outcome == "held"
    assert result.message.startswith("nothing taken: it ends inside a row, line 21 (")


ALIKE = {
    "a zero-width space": "Na\u200bme",
    "a byte-order mark": "\ufeffName",
    "a soft hyphen": "Na\u00adme",
    "a word joiner": "Name\u2060",
    "direction marks": "\u200eName\u202c",
    "a joiner between letters that do not join": "Na\u200dme",
    "a control": "Na\x07me",
}


@pytest.mark.parametrize("name", ALIKE.values(), ids=ALIKE.keys())
def test_invisible_characters_do_not_distinguish_names(
    way: str, tmp_path: Path, empty_warehouse: str, query, name: str
) -> None:
    lines = ["no,day,na\u200bme,place", *ROWS, f"30,,{name},Chur"]
    result = loaded(tmp_path, empty_warehouse, "\n".join(lines) + "\n")
    assert counts(result) == (31, 31, 0)
    assert query("select name from staging.raw_proof_damaged where no = 30") == [("Name",)]
    (remark,) = result.remarks
    assert (remark.kind, "line 32" in remark.text) == ("rewritten", True)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Zu\u0308rich", "Zürich"),
        ("\u212bngstro\u0308m", "Ångström"),
        ("New\u00a0York", "New York"),
        ("New\u2009York\u3000City", "New York City"),
        ("\u200b Chur \u200b", "Chur"),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
        ("\U0001f469\u200d\U0001f4bb", "\U0001f469\u200d\U0001f4bb"),
        ("\u2764\ufe0f", "\u2764\ufe0f"),
        ("one\ttwo", "one\ttwo"),
        ("Tiếng Việt", "Tiếng Việt"),
        ("\u0e19\u0e49\u0e33", "\u0e19\u0e49\u0e33"),
    ],
)
def test_texts_are_stored_in_one_form(
    way: str, tmp_path: Path, empty_warehouse: str, query, written: str, read: str
) -> None:
    lines = [HEADER, *ROWS, f"30,,Name,{written}"]
    assert counts(loaded(tmp_path, empty_warehouse, "\n".join(lines) + "\n")) == (31, 31, 0)
    assert query("select place from staging.raw_proof_damaged where no = 30") == [(read,)]


def test_texts_may_stay_as_written(way: str, tmp_path: Path, empty_warehouse: str, query) -> None:
    columns = [replace(each, as_written=each.name == "place") for each in contract().columns]
    content = "\n".join([HEADER, *ROWS, "30,,Na\u200bme,Zu\u0308\u00a0\u200brich"]) + "\n"
    loaded(tmp_path, empty_warehouse, content, columns=tuple(columns))
    assert query("select name, place from staging.raw_proof_damaged where no = 30") == [
        ("Name", "Zu\u0308\u00a0\u200brich")
    ]


@pytest.mark.parametrize("second", ["30,,Name,Chur", '"30",,Name,Chur'])
def test_a_byte_order_mark_inside_a_file_is_not_part_of_a_cell(
    way: str, tmp_path: Path, empty_warehouse: str, query, second: str
) -> None:
    content = "\ufeff" + "\n".join([HEADER, *ROWS, f"\ufeff{second}"]) + "\n"
    assert counts(loaded(tmp_path, empty_warehouse, content)) == (31, 31, 0)


def test_invisible_words_that_mean_no_value(way: str, tmp_path: Path, empty_warehouse: str, query) -> None:
    content = "\n".join([HEADER, *ROWS, "30,,n\u200b/a,\u200b"]) + "\n"
    loaded(tmp_path, empty_warehouse, content, empty_words=("n/a",))
    assert query("select name, place from staging.raw_proof_damaged where no = 30") == [(None, None)]


NAMES = (
    *("Total", "total:", "* TOTAL *", "Total Wine", "North Total", "Totally", "Subtotal"),
    "*",
    "**",
    "x * y",
)


@pytest.mark.parametrize(
    ("totals", "passed_over"),
    [
        ((Total("Total"),), {"Total", "total:", "* TOTAL *"}),
        ((Total("Total", TotalPlace.BEGINS),), {"Total", "total:", "* TOTAL *", "Total Wine"}),
        ((Total("Total", TotalPlace.ENDS),), {"Total", "total:", "* TOTAL *", "North Total"}),
        ((Total("*"),), {"*"}),
        ((Total("*", TotalPlace.BEGINS),), {"*", "**", "* TOTAL *"}),
        ((Total("North Total"), Total("Total Wine")), {"North Total", "Total Wine"}),
    ],
)
def test_totals_match_whole_cells_or_their_beginning_or_end(
    way: str, tmp_path: Path, empty_warehouse: str, query, totals: tuple[Total, ...], passed_over: set[str]
) -> None:
    columns = tuple(replace(each, required=each.name == "place") for each in contract().columns)
    lines = ["name,no,day,place", *(f"{name},1,,Chur" for name in NAMES)]
    result = loaded(tmp_path, empty_warehouse, "\n".join(lines) + "\n", totals=totals, columns=columns)
    left = [name for name in NAMES if name not in passed_over]
    assert query("select name from staging.raw_proof_damaged order by _line") == [(name,) for name in left]
    assert query("select passed_over ->> 'totals' from ops.loads") == [(str(len(passed_over)),)]
    (remark,) = result.remarks
    assert remark.kind == "totals"
    first = next(name for name in NAMES if name in passed_over)
    assert f"'{first}' in line {NAMES.index(first) + 2}" in remark.text


def test_a_printed_list(way: str, tmp_path: Path, empty_warehouse: str, query) -> None:
    """As SAP saves an unconverted list: titles, rules, surrounding delimiters, sums marked with a star."""
    rows = [f"|{i:10}|2024-04-{i + 1:02}|Kunde {i:<4}|Zürich    |" for i in range(12)]
    rule = "-" * 58
    lines = [
        "03.05.2024      Listenausgabe     1",
        "",
        rule,
        "|no        |day       |name      |place     |",
        rule,
    ]
    lines += [*rows, rule, "|*         |          |          |          |", rule]
    content = "\r\n".join([*lines, ""]).encode("cp1252")
    result = loaded(tmp_path, empty_warehouse, content, totals=(Total("*"),))
    assert (*counts(result), result.message) == (12, 12, 0, None)
    assert query("select passed_over from ops.loads") == [({"totals": 1, "rules": 3, "blank": 1},)]
    assert query("select name, place from staging.raw_proof_damaged where no = 3") == [("Kunde 3", "Zürich")]


@pytest.mark.parametrize(
    "row", ["x|3|2024-04-03|Kunde|Chur|", "|3||2024-04-03|Kunde|Chur|", "3|2024-04-03|K|Chur|"]
)
def test_a_shifted_row_of_a_printed_list(tmp_path: Path, empty_warehouse: str, row: str) -> None:
    rows = [f"|{i:10}|2024-04-{i + 1:02}|Kunde {i:<4}|Zürich    |" for i in range(12)]
    content = "\n".join(["|no|day|name|place|", *rows, row, ""])
    assert counts(loaded(tmp_path, empty_warehouse, content)) == (13, 12, 1)


def test_the_header_of_a_second_file_is_not_a_row(
    way: str, tmp_path: Path, empty_warehouse: str, query
) -> None:
    texts = tuple(replace(each, type=ColumnType.TEXT, sql_type="text") for each in contract().columns)
    texts = tuple(replace(each, date_formats=()) for each in texts)
    content = "\n".join([HEADER, *ROWS, f"\ufeff{HEADER}", *ROWS, HEADER]) + "\n"
    result = loaded(tmp_path, empty_warehouse, content, columns=texts, table="texts")
    assert counts(result) == (60, 60, 0)
    assert query("select passed_over from ops.loads") == [({"headers": 2},)]


@pytest.mark.parametrize("content", [",,,\n" * 5, "\n\n\n", ";;;\n,,,\n"])
def test_a_file_of_delimiters_is_held(tmp_path: Path, empty_warehouse: str, content: str) -> None:
    assert loaded(tmp_path, empty_warehouse, content).outcome == "held"


def test_a_row_with_nuls_is_refused(way: str, tmp_path: Path, empty_warehouse: str) -> None:
    content = "\n".join([HEADER, *ROWS[:9], "9,2014-01-01,Na\0me,Chur", *ROWS[10:]]) + "\n"
    assert counts(loaded(tmp_path, empty_warehouse, content)) == (30, 29, 1)


@pytest.mark.parametrize("row", ["9,2014-01-01,Zürich,Chur", "9,2014-01-01,São,Chur"])
def test_a_row_in_another_encoding_is_refused(
    way: str, tmp_path: Path, empty_warehouse: str, row: str
) -> None:
    """A Windows line in a UTF-8 file, and vice versa."""
    rows = [each.replace("Name", "Größe") for each in ROWS]
    lines = [HEADER, *rows]
    for encoding, other in (("utf-8", "cp1252"), ("cp1252", "utf-8")):
        written = [*(line.encode(encoding) for line in lines), row.encode(other)]
        form = TextForm(encoding=encoding)
        result = loaded(
            tmp_path, empty_warehouse, b"\n".join(written) + b"\n", text_form=form, table=f"in_{encoding[:2]}"
        )
        assert counts(result) == (31, 30, 1)


def test_two_possible_encodings_are_reported(tmp_path: Path, empty_warehouse: str) -> None:
    content = "\n".join([HEADER, *ROWS]).encode() + b"\n30,2014-01-01,Logitech\xcaGaming,Chur\n"
    result = loaded(tmp_path, empty_warehouse, content)
    assert [remark.kind for remark in result.remarks] == ["encoding", "rewritten"]
    result = loaded(
        tmp_path, empty_warehouse, content, text_form=TextForm(encoding="mac_roman"), table="told"
    )
    assert [remark.kind for remark in result.remarks] == ["rewritten"]


def test_two_lost_quotes_do_not_make_the_rows_between_a_cell(
    way: str, tmp_path: Path, empty_warehouse: str, query
) -> None:
    broken = ['30,2014-01-01,"Na,Chur', "31,2014-01-02,Bob,Chur", '32,2014-01-03,Ann, too",Chur']
    content = "\n".join([HEADER, *ROWS, *broken, *broken[::2], "33,2014-01-04,Eve,Chur"]) + "\n"
    assert counts(loaded(tmp_path, empty_warehouse, content)) == (36, 32, 4)
    sound = '34,2014-01-04,"two, or\nthree lines",Chur\n'
    assert counts(loaded(tmp_path, empty_warehouse, content + sound, table="sound")) == (37, 33, 4)
