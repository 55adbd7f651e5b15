"""Any text table becomes plain CSV, and each line that cannot is reported with its reason."""

from __future__ import annotations

import argparse
import base64
import csv
import gzip
import io
import json
from pathlib import Path

import pytest

from ingestion.commands.parse import add_parse
from ingestion.explore.parse import ParseResult, parse, parse_file
from ingestion.tabular.table import Unreadable

GOOD = [f"{i},name {i},{i}.5" for i in range(1, 31)]
HEADER = "id,name,amount"


def parsed(folder: Path, content: bytes, **form: object) -> tuple[str, list[dict], ParseResult]:
    """The output, the rejects and the result."""
    path, out, rejects = folder / "in.csv", folder / "out.csv", folder / "out.jsonl"
    path.write_bytes(content)
    result = parse_file(path, out, rejects, **form)
    records = [json.loads(line) for line in rejects.read_text().splitlines()]
    for record in records:
        raw = base64.b64decode(record["raw_base64"])
        assert content[record["byte_offset"] :].startswith(raw)
    assert result.rejected == len(records)
    return out.read_bytes().decode(), records, result


def with_line(line: bytes, at: int = 10) -> bytes:
    """A good file with one line inserted before the row `at`, which is line `at` + 1."""
    lines = [line.encode() for line in [HEADER, *GOOD]]
    return b"\n".join([*lines[:at], line, *lines[at:]]) + b"\n"


CLEAN = "\n".join([HEADER, *GOOD]) + "\n"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"10,short", "2 cells, 3 expected"),
        (b"10,too,long,5", "4 cells, 3 expected"),
        (b'10,"open,"1', "a quote is opened or closed where none belongs"),
        (b"10,,too,long,", "5 cells, 3 expected"),
        ("é,é,é\n".encode() + b"10,Caf\xe9,1", "byte 7 of the line is not UTF-8"),
        (b"10,\0,1", "the line holds a NUL character, which no text does"),
    ],
)
def test_broken_line_is_refused_and_all_others_are_there(tmp_path: Path, line: bytes, reason: str) -> None:
    out, rejects, _ = parsed(tmp_path, with_line(line))
    assert out.replace("é,é,é\n", "") == CLEAN
    assert [record["reason"] for record in rejects] == [reason]
    assert rejects[0]["line"] == 11 + line.count(b"\n")


def test_bad_byte_in_declared_utf8(tmp_path: Path) -> None:
    out, rejects, _ = parsed(tmp_path, with_line(b"10,Caf\xe9,1"), encoding="utf-8")
    assert out == CLEAN
    assert rejects[0]["raw"] is None
    assert base64.b64decode(rejects[0]["raw_base64"]) == b"10,Caf\xe9,1\n"


@pytest.mark.parametrize("wrong", ["utf-8", "ascii", "latin1", "cp949"])
def test_a_wrong_encoding_of_the_file_is_detected(tmp_path: Path, wrong: str) -> None:
    text = "id,name\n1,Ann\u2019s pipe\n2,the firm\u2019s hose \u2013 new\n3,\u201cring\u201d\n"
    out, rejects, result = parsed(tmp_path, text.encode("cp1252"), encoding=wrong)
    assert (out, rejects) == (text, [])
    assert (
        result.remarks[0].text
        == f"the file is not in {wrong}, the encoding that was given: it was read as cp1252"
    )


def test_a_wrong_encoding_of_the_header_is_detected(tmp_path: Path) -> None:
    out, rejects, _ = parsed(tmp_path, "Costs,\nid,cost (£)\n1,2\n3,4\n".encode("cp1252"), encoding="utf-8")
    assert (out, rejects) == ("id,cost (£)\n1,2\n3,4\n", [])


def test_bad_byte_without_a_declared_encoding_means_a_single_byte_encoding(tmp_path: Path) -> None:
    out, rejects, result = parsed(tmp_path, with_line(b"10,Caf\xe9,1"))
    assert "10,Café,1\n" in out
    assert (rejects, result.encoding) == ([], "cp1252")


@pytest.mark.parametrize(
    "content",
    [
        CLEAN.encode("utf-8-sig"),
        CLEAN.encode("utf-16"),
        CLEAN.encode("utf-32"),
        CLEAN.replace("\n", "\r\n").encode(),
        CLEAN.replace("\n", "\r").encode(),
        CLEAN.replace("\n", "\r\n", 7).replace("5\n", "5\r", 3).encode("utf-8-sig"),
        CLEAN.replace(",", ";").encode(),
        CLEAN.replace(",", "\t").encode(),
        CLEAN.replace(",", "||").encode(),
        CLEAN.replace("\n", "\n\n").encode(),
        CLEAN.rstrip("\n").encode(),
        ("Sales\n\n" + CLEAN).encode(),
        gzip.compress(CLEAN.encode()),
        "\n".join(",".join(f"'{cell}'" for cell in line.split(",")) for line in CLEAN.splitlines()).encode(),
    ],
)
def test_format_of_the_file_does_not_matter(tmp_path: Path, content: bytes) -> None:
    path, out = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_bytes(content)
    result = parse_file(path, out)
    assert out.read_text() == CLEAN
    assert (result.rows, result.rejected) == (30, 0)


def test_cells_are_exactly_those_of_the_file(tmp_path: Path) -> None:
    rows = [
        ["a", "a"],
        [" x ", "=1+1"],
        ['say "hi"', "one\r\ntwo\rthree"],
        ["", "\u2028 \U0001f600"],
        ["", ""],
    ]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL).writerows(rows)
    out, _, _ = parsed(tmp_path, text.getvalue().encode())
    assert list(csv.reader(io.StringIO(out, newline=""))) == rows
    assert out.startswith("a,a\n x ,=1+1\n")


def test_cut_off_end_inside_a_quote(tmp_path: Path) -> None:
    out, rejects, _ = parsed(tmp_path, CLEAN.encode() + b'31,"cut')
    assert out == CLEAN
    assert [(record["line"], record["raw"]) for record in rejects] == [(32, '31,"cut')]


def test_line_of_ten_megabytes(tmp_path: Path) -> None:
    out, rejects, _ = parsed(tmp_path, with_line(b'10,"' + b"x" * 10_000_000 + b'",1'))
    assert len(out) > 10_000_000
    assert rejects == []


@pytest.mark.parametrize(
    ("content", "form", "output", "header_line"),
    [
        (b"Report\nid,n\n1,2\n3,4\n", {}, "id,n\n1,2\n3,4\n", 2),
        (b"1,2\n3,4\n", {}, "1,2\n3,4\n", None),
        (b"id,n\n", {}, "id,n\n", 1),
        (b"a,b\nc,d\n", {"header_lines": 0}, "a,b\nc,d\n", None),
        (b"1,2\n3,4\n", {"header_lines": 1}, "1,2\n3,4\n", 1),
        (b"x,\nid,n\n1,2\n", {"header_lines": 2}, "x id,n\n1,2\n", 1),
        (b"Report,,\n,,\nid,n,m\n1,2,3\n4,5,6\n", {"header_lines": 1}, "id,n,m\n1,2,3\n4,5,6\n", 3),
        (b"id\n1,2\n3,4\n", {"header_lines": 1}, "id\n1,2\n3,4\n", 1),
        (
            b"id,Costs,,,Staff,,note\n,gas,,oil,all,,\n,net,gross,net,f,m,\n1,2,3,4,5,6,7\n",
            {"header_lines": 3},
            "id,Costs gas net,Costs gas gross,Costs oil net,Staff all f,Staff all m,note\n1,2,3,4,5,6,7\n",
            1,
        ),
        (
            b"id,Costs,,\nx,net,gross,\n1,2,3,\n",
            {"header_lines": 2},
            "id x,Costs net,Costs gross,\n1,2,3,\n",
            1,
        ),
        (b"Report,,\nBy,Ann,\n,,\nid,name,n\n1,x,2\n2,y,3\n", {}, "id,name,n\n1,x,2\n2,y,3\n", 4),
        (b"By,Ann,\n\nid,name,n\n1,x,2\n2,y,3\n", {}, "id,name,n\n1,x,2\n2,y,3\n", 3),
        (b"made,by\nid,n\n1,2\n", {"header_lines": 1, "preamble_lines": 1}, "id,n\n1,2\n", 2),
        (b"made\n\nid,n\n1,2\n", {"preamble_lines": 2}, "id,n\n1,2\n", 3),
        (b"made,by\n1,2\n3,4\n", {"preamble_lines": 1}, "1,2\n3,4\n", None),
        (b"1,2\n3,4\n", {"header_lines": 0, "column_names": ["a", "b, c"]}, 'a,"b, c"\n1,2\n3,4\n', None),
        (b"id,n\n1,2\n3,4\n", {"column_names": ["a", "b"]}, "a,b\n1,2\n3,4\n", 1),
        (
            b"Report,,,\ngas,,oil,\nx,y,x,y\n1,2,3,4\n5,6,7,8\n",
            {},
            "gas x,gas y,oil x,oil y\n1,2,3,4\n5,6,7,8\n",
            2,
        ),
        (
            b"id,2023,,2024,\n,f,m,f,m\na,1,2,3,4\nb,5,6,7,8\n",
            {},
            "id,2023 f,2023 m,2024 f,2024 m\na,1,2,3,4\nb,5,6,7,8\n",
            1,
        ),
        (
            b"name,Cost,,sum\n,,,\n,gas,oil,\nAnn,1,2,3\nBob,4,5,9\n",
            {},
            "name,Cost gas,Cost oil,sum\nAnn,1,2,3\nBob,4,5,9\n",
            1,
        ),
        (b"by,Ann,,\nid,x,y,x\n1,2,3,4\n5,6,7,8\n", {}, "id,x,y,x\n1,2,3,4\n5,6,7,8\n", 2),
        (
            b"name,,city\nAnn,x,\nBob,y,Rome\nCem,,Bern\n",
            {},
            "name,,city\nAnn,x,\nBob,y,Rome\nCem,,Bern\n",
            1,
        ),
        (b",a,b\n1990,,\n1991,5,6\n1992,6,7\n", {}, ",a,b\n1990,,\n1991,5,6\n1992,6,7\n", 1),
        (b"name,,n,m\nAnn,x,,\nBob,1,2,3\nCem,3,4,5\n", {}, "name,,n,m\nAnn,x,,\nBob,1,2,3\nCem,3,4,5\n", 1),
        (b"id,a,b\nx,y,z\n1,2,3\n4,5,6\n", {}, "id,a,b\nx,y,z\n1,2,3\n4,5,6\n", 1),
        (b"made by=x\nid;n;m\n1;2;3\n4;5;6\n", {"header_lines": 2}, "id,n,m\n1,2,3\n4,5,6\n", 2),
        (b"Water,,\nid,n,m\n1,2,3\n", {"header_lines": 2}, "Water id,n,m\n1,2,3\n", 1),
        (b"id,n,m\n,,\na,b,c\n1,2,3\n", {"header_lines": 3}, "id a,n b,m c\n1,2,3\n", 1),
    ],
)
def test_header(tmp_path: Path, content: bytes, form: dict, output: str, header_line: int | None) -> None:
    out, rejects, result = parsed(tmp_path, content, **form)
    assert (out, rejects, result.header_line) == (output, [], header_line)


def test_lines_are_all_accounted_for(tmp_path: Path) -> None:
    _, rejects, result = parsed(tmp_path, "Réport\n\nid,n\n1,2\n,\n \n3\n".encode() + b"\xff,4\n")
    assert (result.above, result.blank, result.rows, len(rejects), result.header_line) == (1, 3, 1, 2, 3)


def test_lines_of_only_delimiters_are_blank_but_empty_quotes_are_values(tmp_path: Path) -> None:
    out, rejects, result = parsed(tmp_path, b'id,n\n1,2\n,\n"",""\n , \n3,4\n,,,\n,\n')
    assert (out, rejects, result.blank) == ("id,n\n1,2\n,\n3,4\n", [], 4)


def test_rows_are_streamed(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(CLEAN)
    with parse(path, delimiter=",") as table:
        assert (table.width, table.header[0].cells) == (3, ["id", "name", "amount"])
        assert next(table.rows).cells == ["1", "name 1", "1.5"]


@pytest.mark.parametrize(
    "content", [b"\n\n", b"PK\x03\x04", gzip.compress(CLEAN.encode())[:-9], b"\x1f\x8b broken"]
)
def test_unreadable_files_leave_earlier_output_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "in.csv").write_bytes(content)
    (tmp_path / "out.csv").write_text("before")
    with pytest.raises(Unreadable):
        parse_file(tmp_path / "in.csv", tmp_path / "out.csv", tmp_path / "out.jsonl")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]
    assert (tmp_path / "out.csv").read_text() == "before"


def test_output_never_replaces_the_input(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(CLEAN)
    with pytest.raises(ValueError, match="different files"):
        parse_file(path, path)
    with pytest.raises(ValueError, match="different files"):
        parse_file(path, tmp_path / "out", tmp_path / "out")


@pytest.mark.parametrize(
    ("form", "remark"),
    [
        ({"header_lines": 3}, "3 header lines were given, 1 could be found: no other line holds names"),
        ({"column_names": ["a", "b", "c"]}, "3 column names were given, the table has 2 columns"),
        ({"column_names": ["a"]}, "1 column name was given, the table has 2 columns"),
        ({"header_lines": 1, "column_names": ["a", "b"]}, None),
    ],
)
def test_given_header_options_that_do_not_fit_are_reported(
    tmp_path: Path, form: dict[str, object], remark: str | None
) -> None:
    _, _, result = parsed(tmp_path, b"id,n\n1,2\n3,4\n", **form)
    assert [each.text for each in result.remarks] == [remark] * bool(remark)


@pytest.mark.parametrize(
    "form", [{"header_lines": -1}, {"preamble_lines": 51}, {"header_lines": 51}, {"encoding": "utf-9"}]
)
def test_wrong_options(tmp_path: Path, form: dict) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parsed(tmp_path, b"a,b\n1,2\n", **form)


def command(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    add_parse(parser.add_subparsers(required=True))
    options = parser.parse_args(["parse", *map(str, arguments)])
    return options.run(options)


def test_command_for_one_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out, rejects = tmp_path / "in.txt", tmp_path / "out.csv", tmp_path / "out.jsonl"
    path.write_bytes(b'a\tb\n5"\t2\n3\n')
    form = ["--delimiter", r"\t", "--quotechar", "", "--escapechar", "", "--header-lines", 1]
    assert command(path, "-o", out, "--rejects", rejects, "--encoding", "ascii", *form) == 0
    assert out.read_text() == 'a,b\n"5""",2\n'
    assert json.loads(rejects.read_text())["line"] == 3
    heading, line = capsys.readouterr().out.splitlines()
    assert heading.split("\t")[:3] == ["File", "Rows", "Rejected"]
    assert line.split("\t")[1:3] == ["1", "1"]


def test_command_with_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "in.txt", tmp_path / "out.csv"
    path.write_bytes(b"x,y\n1,2\n3,4\n")
    form = ("--preamble-lines", 1, "--header-lines", 0, "--column-names", 'a,"b, c"')
    assert command(path, "-o", out, *form) == 0
    assert out.read_text() == 'a,"b, c"\n1,2\n3,4\n'


def test_command_for_many_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one.csv").write_text(CLEAN)
    (tmp_path / "two.csv.gz").write_bytes(gzip.compress(CLEAN.encode()))
    (tmp_path / "empty.csv").touch()
    files = [tmp_path / name for name in ("empty.csv", "one.csv", "two.csv.gz", "absent.csv")]
    assert command(*files, "--out-dir", tmp_path / "out" / "deep") == 1
    written = sorted(path.name for path in (tmp_path / "out" / "deep").iterdir())
    names = [f"{name}.{end}" for name in ("empty", "one", "two") for end in ("csv", "rejects.jsonl")]
    assert written == names
    shown = capsys.readouterr()
    assert "the file is empty" in shown.out
    assert "absent.csv" in shown.err


def test_files_with_the_same_name_do_not_overwrite_each_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.csv").write_text(CLEAN)
    with pytest.raises(SystemExit):
        command(tmp_path / "a" / "x.csv", tmp_path / "b" / "x.csv", "--out-dir", tmp_path / "out")
    assert "would be written to the same file" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("arguments", [["-o", "x.csv"], ["--out-dir", "x", "--rejects", "y"], []])
def test_nonsensical_command(tmp_path: Path, arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        command(tmp_path / "one.csv", tmp_path / "two.csv", *arguments)


def test_delimiters_at_the_ends_of_lines_are_kept(tmp_path: Path) -> None:
    content = CLEAN.replace("\n", ",\n")
    assert parsed(tmp_path, content.encode())[0] == content


def test_an_empty_file_is_reported(tmp_path: Path) -> None:
    out, rejects, result = parsed(tmp_path, b"")
    assert (out, rejects, result.rows, result.header_line) == ("", [], 0, None)
    assert [remark.kind for remark in result.remarks] == ["empty"]


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("10,name,,10.5", "10,name,10.5"),
        ("10,name,10.5,", "10,name,10.5"),
        (",10,name,10.5", "10,name,10.5"),
        ("10;name;10.5", "10,name,10.5"),
        ('10,"name,10.5', '10,"""name",10.5'),
        ('10,""name, too",10.5', '10,"""name, too",10.5'),
        ('10,"5" pipe",10.5', '10,"5"" pipe",10.5'),
        ("\ufeff10,name,10.5", "10,name,10.5"),
    ],
)
def test_a_row_with_only_one_reading_is_repaired(tmp_path: Path, line: str, row: str) -> None:
    out, rejects, result = parsed(tmp_path, with_line(line.encode()))
    assert out == with_line(row.encode()).decode()
    assert rejects == []
    assert [remark.kind for remark in result.remarks] == ([] if line.startswith("\ufeff") else ["mended"])


def test_quotes_that_every_line_leaves_open_end_with_it(tmp_path: Path) -> None:
    content = b'"n";"time"\n"a";"1";"0.5\n"b, c";"2";"0.7\n"d";NA;NA\n"e";"4";"0.9'
    out, rejects, result = parsed(tmp_path, content)
    assert (out, rejects) == ('n,time\na,1,0.5\n"b, c",2,0.7\nd,NA,NA\ne,4,0.9\n', [])
    assert [remark.text for remark in result.remarks] == [
        "3 rows were mended, as one reading alone fits the table; the first is line 2"
    ]


def test_a_wide_row_is_repaired(tmp_path: Path) -> None:
    rows = [",".join(f"{i}{at}" for at in range(700)) for i in range(1, 12)]
    names = ",".join(f"c{at}" for at in range(700))
    broken = rows[5].replace(",", ',"', 1)
    out, rejects, _ = parsed(tmp_path, "\n".join([names, *rows[:5], broken, *rows[6:]]).encode())
    assert rejects == []
    assert list(csv.reader(io.StringIO(out)))[6] == broken.split(",")


@pytest.mark.parametrize(
    "line",
    [
        "10,name10.5",
        "10name,10.5",
        ",10,name,10.5,x",
        "10,,,10.5",
        "10,name,10,5",
        '10,"name,"10.5',
        "x;name;10.5",
        "10 a name 10.5",
        '10,"a,"" b,"c",10.5',
    ],
)
def test_a_row_with_several_readings_is_refused(tmp_path: Path, line: str) -> None:
    out, rejects, _ = parsed(tmp_path, with_line(line.encode()))
    assert (out, len(rejects)) == (CLEAN, 1)


def test_optional_cells_make_a_shift_ambiguous(tmp_path: Path) -> None:
    lines = ["a,b,c,d", *(f"x,{'y' * (i % 2)},z,{'w' * (i % 3)}" for i in range(30)), "3,,Cleo,Chur,"]
    _, rejects, _ = parsed(tmp_path, "\n".join([*lines, ""]).encode())
    assert [record["line"] for record in rejects] == [32]


def test_the_header_of_the_first_of_several_tables_is_found(tmp_path: Path) -> None:
    meetings = ["Ann,Oct-14,Tea", *[f",,Club {i}" for i in range(38)]]
    travel = [
        "who,when,where,why,how,cost",
        "Ann,12 Oct,Rome,talks,train,32.71",
        "Bob,3 Nov,Bern,visit,bus,8.25",
    ]
    lines = ["Meetings,,", "who,when,with", *meetings]
    content = "\n".join([*(f"{line},,," for line in lines), ",,,,,", *travel, ""])
    out, rejects, result = parsed(tmp_path, content.encode())
    assert (rejects, result.header_line, result.rows) == ([], 2, 42)
    assert out.startswith("who,when,with,,,\nAnn,Oct-14,Tea,,,\n")


@pytest.mark.parametrize(
    "header", ['id,"name,amount', "id,,name,amount", "id name amount", "id;name;amount", ',id,name,"amount"']
)
def test_a_broken_header_is_repaired(tmp_path: Path, header: str) -> None:
    out, rejects, result = parsed(tmp_path, CLEAN.replace(HEADER, header).encode())
    assert out.replace('"""name"', "name") == CLEAN
    assert (rejects, result.header_line) == ([], 1)


def test_a_repeated_header_is_left_out(tmp_path: Path) -> None:
    out, rejects, result = parsed(tmp_path, with_line(HEADER.encode()))
    assert (out, rejects) == (CLEAN, [])
    assert [remark.kind for remark in result.remarks] == ["headers"]


@pytest.mark.parametrize("header", ["id,name,amount,more", "id,name"])
def test_a_second_table_of_another_width_is_refused(tmp_path: Path, header: str) -> None:
    width = header.count(",") + 1
    second = [",".join([*row.split(","), ""][:width]) for row in GOOD]
    out, rejects, _ = parsed(tmp_path, (CLEAN + "\n".join([header, *second]) + "\n").encode())
    assert (out, len(rejects)) == (CLEAN, 31)
