"""Whatever a file contains, bulk loading leaves the same in the warehouse as the row reader."""

from __future__ import annotations

import errno
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ingestion.contract.model import (
    Append,
    Column,
    ColumnType,
    Contract,
    DatePart,
    DateRepeat,
    Limit,
    NumberFormat,
    Period,
    Relation,
    Repeats,
    Restate,
    ScopePart,
    Sum,
    TextForm,
    Total,
    TotalPlace,
    Upsert,
)
from ingestion.ledger.write import Acceptance
from ingestion.loading import table as table_load
from ingestion.loading.bulk import copying, prepare
from ingestion.loading.candidate import Candidate
from ingestion.loading.loader import Loader

examples = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)

#: What must be the same after both ways; rows by the line that they came from.
STATE = {
    "quarantine": "select line, byte_offset, column_name, value, kind, reason, reasons, raw"
    " from ops.rejected_rows order by line",
    "scopes": "select scope, rows from ops.load_scopes order by scope",
    "loads": "select state, hold_kind, rows_read, rows_loaded, rows_rejected, data_from, data_to,"
    " passed_over, remarks, regexp_replace(message, 'rejected [0-9]+|accept [0-9]+', '…')"
    " from ops.loads",
}
#: Tables and sequences of loads that are not attached to anything.
LEFT_OVER = (
    "select relname from pg_class where relnamespace = 'staging'::regnamespace and relname ~ '__[0-9]'"
    " and relkind <> 'i' and not exists (select from pg_inherits where inhrelid = pg_class.oid)"
)


def column(name: str, sql_type: str, **options: Any) -> Column:
    kind, _, digits = sql_type.partition("(")
    if digits:
        options["precision"], options["scale"] = map(int, digits.rstrip(")").split(","))
    return Column(name, name, ColumnType(kind), sql_type, "x", "public", **options)


def contract(table: str, columns: Sequence[Column], relation: Relation, **options: Any) -> Contract:
    defaults = {"sums": (), "number_format": NumberFormat(), "max_rejected_share": 1.0}
    return Contract("proof", table, "1", "x", tuple(columns), relation=relation, **defaults | options)


DAYS = ("dd/MM/yyyy", "yyyy-MM-dd")

CONTRACTS = (
    contract(
        "types",
        [
            column("note", "text", required=False),
            column("place", "text"),
            column("amount", "numeric(12,2)"),
            column("number", "integer", required=False),
            column("code", "bigint"),
            column("is_new", "boolean"),
            column("day", "date", date_formats=DAYS),
            column("moment", "timestamp", required=False, date_formats=("yyyy-MM-dd HH:mm:ss",)),
        ],
        Restate((ScopePart("place"), ScopePart("day", Period.MONTH))),
    ),
    contract(
        "words",
        [
            column("mark", "text", required=False, allowed=("A", "b c", "Käse", "7", " padded ")),
            column("word", "text", reserved=("unknown", "Straße", "kiss")),
            column("shape", "text", required=False, pattern=r"[A-Za-z]{2,4}[0-9_ ]*"),
            column("short", "text", max_length=5),
            column("padded", "text", zero_pad=4, required=False),
            column("padded_code", "text", zero_pad=2, allowed=("01", "22", "AB", "1", "x")),
        ],
        Append(),
        empty_words=("n/a", "-", "ß", "0007", "x"),
    ),
    contract(
        "figures",
        [
            column("total", "numeric(10,2)", lowest=Decimal("-50.005"), highest=Decimal("1E+4")),
            column("part", "numeric(10,3)"),
            column("rest", "integer", required=False, lowest=Decimal("-3")),
            column("most", "bigint", highest=Decimal("1E+17")),
            column("day", "date", date_formats=DAYS, lowest=date(1990, 1, 1), highest=date(2049, 12, 31)),
            column("month", "integer", required=False, repeats=DateRepeat("day", DatePart.MONTH)),
            column("year", "integer", repeats=DateRepeat("day", DatePart.YEAR)),
            column("month_name", "text", required=False, repeats=DateRepeat("day", DatePart.MONTH_NAME)),
        ],
        Restate((ScopePart("day", Period.YEAR), ScopePart("year"))),
        sums=(Sum("total", ("part",), ("rest",), Decimal("0.0105")),),
        limits=(Limit("rest", "most"),),
        empty_words=("0", "2000-01-01", "9.00"),
    ),
    contract(
        "totals",
        [
            column("first", "text", required=False),
            column("second", "integer", required=False),
            column("third", "text", required=False),
            column("day", "date", required=False, date_formats=("MM/dd/yyyy", "yyyy-MM-dd")),
            column("fourth", "text"),
        ],
        Upsert(("fourth",), repeats=Repeats.LAST),
        totals=(
            Total("Total"),
            Total("Insgesamt", TotalPlace.BEGINS),
            Total("Σ", TotalPlace.BEGINS),
            Total("Total", TotalPlace.ENDS),
            Total("Total 2014"),
        ),
    ),
    contract(
        "narrow",
        [
            column("share", "numeric(2,2)"),
            column("wide", "numeric(38,10)", required=False),
            column("whole", "numeric(5,0)", required=False),
            column("code", "integer", allowed=("1", "-2", "30"), required=False),
            column("first_day", "date", date_formats=("dd/MM/yyyy", "yyyy-dd-MM", "yyyy-MM-dd")),
            column("stock", "bigint"),
        ],
        Restate((ScopePart("first_day"), ScopePart("stock"))),
    ),
    contract(
        "broad",
        [column(f"column_{i}", "integer", required=i == 110) for i in range(120)],
        Append(),
    ),
    contract(
        "name_that_leaves_no_room_for_anything_beside_it",
        [column("name", "text"), column("count", "integer", required=False)],
        Append(),
    ),
    contract(
        "bare",
        [column("name", "text"), column("count", "integer", required=False), column("is_new", "boolean")],
        Restate(()),
        text_form=TextForm(has_header=False),
        file_names=("*.csv",),
    ),
)

WORDS = (
    "Anna",
    "São Paulo",
    "O'Hara",
    "e\u0301te\u0301",
    "😀 smile",
    "null",
    "unknown2",
    "A",
    "b c",
    "Käse",
    "AB12",
    "abcd_ 1",
    "x",
    "01",
    "Totally",
    "Tot",
    "January",
    "ab",
)
ODD_WORDS = (
    *("", " ", "\u00a0", "\u2003x", "x\u3000", "\ufeffx", '""', '"', '"a""b"', '"a', 'a"b', 'a"b"c'),
    *('" a"', "'a'", "\\N", "\\.", "a\\b", "\\", "\0", "a\tb", "a\x0bb", "a\x85b", "a\u2028b", "\x02"),
    *("n/a", "-", "N/A", "unknown", "UNKNOWN", "un\u212anown", "un\u212aNOWN", "\u017ftra\u017f\u017fe"),
    *("STRASSE", "Straße", "ki\u00df", "ki\u017fs", "\u0130", "ß", "\u1e9e", "Käse", "KÄSE", "Ka\u0308se"),
    *(" A ", "A ", " padded ", "Total", "TOTAL:", "* total *", "- Total", "Totals", "\u0131nsgesamt"),
    *("\u0130nsgesamt", "In\u017fgesamt", "Σ", "ς 3", "\uffff", "7", "07", "0007", "12345", "00012", "1"),
    *("Ab1", "abcdef", "aß1", 70 * "a", '"two\nlines"', '"two\r\nlines"', '"\n"', "January", "january"),
    *("Mai", '"one,two;three|four\tfive"'),
)
ODD_FIGURES = (
    *("", " ", "1e3", "+5", ".5", "5.", "1_000", "NaN", "Infinity", "0x10", "1.005", "1.0", "00012", "-0"),
    *("-00.0", "--5", "- 5", " 5", "5 ", "1,000", '"1,000"', '"5"', '"5 "', '""', 10 * "9", 18 * "9"),
    *(19 * "9", 45 * "9", "2147483647", "2147483648", "-2147483649", "9223372036854775807", "\u0663"),
    *("\uff15", "\u22125", "5%", "(5)", "$5", "0", "0.99", "0.999", "-0.5", "1.50", "9.00", "9", "-50.01"),
    *("-50.00", "10000.00", "10000.01", "100000000000000001", "12345678901234567890123456789012345678"),
    *("1234567890123456789012345678.0123456789", "\\N", "nan", "inf", "-", "01", "-2", "30", "007", "99999"),
    *("100000", "2000-01-01"),
)
ODD_DAYS = (
    *("", "30/02/2014", "2014-02-30", "0000-01-01", "01/01/0000", "0001-01-01", "10000-01-01", "9999-12-31"),
    *("31/12/9999", "1/2/2014", "01.02.2014", "2014/01/02", "2014-01-02 00:00:00", " 2014-01-02"),
    *('"2014-01-02"', "2014-1-2", "20140102", "today", "infinity", "epoch", "1989-12-31", "2050-01-01"),
    *("2049-12-31", "29/02/2000", "29/02/1900", "2014-13-01", "2014-01-13", "12/31/2014", "13/01/2014"),
    *("2000-01-01", "0099-01-01"),
)
ODD_MOMENTS = (
    *("2014-01-02 24:00:00", "2014-01-02 23:59:60", "2014-01-02 23:60:00", "2014-01-02T10:00:00"),
    *("2014-01-02", "2014-01-02 10:00:00.5", "2014-01-02 10:00:00Z", "2014-01-02 10:00", "now", ""),
    *("2014-02-30 10:00:00", "0000-01-01 10:00:00", '"2014-01-02 10:00:00"'),
)
ODD_TRUTHS = ("", "TRUE", "tRue", "ja", "2", "on", "off", "01", '"true"', " t", "T", "fal\u017fe", "ye\u017f")

ODD_CELLS = {
    ColumnType.TEXT: ODD_WORDS,
    ColumnType.NUMERIC: ODD_FIGURES,
    ColumnType.INTEGER: ODD_FIGURES,
    ColumnType.BIGINT: ODD_FIGURES,
    ColumnType.BOOLEAN: ODD_TRUTHS,
    ColumnType.DATE: ODD_DAYS,
    ColumnType.TIMESTAMP: ODD_MOMENTS,
}

#: Whole lines that are not rows of any table, without their end.
ODD_LINES = (
    *(b"", b" ", b"\t", b"\0", b"\xff", b"\xed\xa0\x80", b"\xc0\x80,1", b"\xf4\x90\x80\x80", b'"', b'""'),
    *(b'"a', b",", b",,,,,,,", b";;;;;;;", b"|||||||", b"\\.", b"\\N", b"\xc2\xa0", b'"\n",', b'" \n"', b"#"),
    *(b"Total,1,2,3", b"Total", b"\xef\xbb\xbf", 300 * b"x", b'"a\n\nb",c'),
)


@dataclass(frozen=True)
class File:
    """A file and its contract, which a failing example shows in short form."""

    contract: Contract
    content: bytes
    accepted: bool = False
    name: str = "file.csv"

    def __repr__(self) -> str:
        return f"{self.contract.table}, {self.contract.text_form}, accepted={self.accepted}: {self.content!r}"


def sound_cell(column: Column, chance: random.Random, day: date) -> str:
    """A cell in plain form, which may still break a rule of its contract now and then."""
    if not column.required and chance.random() < 0.2:
        return ""
    if column.allowed:
        return chance.choice(column.allowed[:3])
    match column.type:
        case ColumnType.TEXT if column.zero_pad:
            return f"{chance.randrange(3000):0{column.zero_pad}}"
        case ColumnType.TEXT if column.pattern:
            return chance.choice(["AB12", "abcd_ 1", "ab"])
        case ColumnType.TEXT if column.max_length:
            return chance.choice(["null", "Tot", "e\u0301te\u0301", "b c"])
        case ColumnType.TEXT:
            return chance.choice(WORDS)
        case ColumnType.BOOLEAN:
            return chance.choice(["true", "f", "yes", "0"])
        case ColumnType.DATE:
            is_day_first = "dd/MM/yyyy" in column.date_formats
            return day.strftime(chance.choice(["%Y-%m-%d", "%d/%m/%Y" if is_day_first else "%m/%d/%Y"]))
        case ColumnType.TIMESTAMP:
            return f"{day} {chance.randrange(24):02}:{chance.randrange(60):02}:07"
        case _ if column.repeats:
            return str(day.month if column.repeats.part is DatePart.MONTH else day.year)
        case _:
            return f"{chance.randint(-3, 20) / 10**column.scale:.{chance.randint(0, column.scale)}f}"


def sound_row(contract: Contract, columns: Sequence[Column], chance: random.Random) -> list[str]:
    day = date(chance.choice([2013, 2014]), chance.randint(1, 12), chance.randint(1, 28))
    cells = {each.name: sound_cell(each, chance, day) for each in columns}
    if contract.table == "figures" and chance.random() < 0.9:
        cells |= {"total": "7.25", "part": "9.25", "rest": "2", "month_name": f"{day:%B}"}
    return [cells[each.name] for each in columns]


@st.composite
def files(draw: st.DrawFn) -> File:
    """Mostly rows in plain form, and a few lines of every kind that is not."""
    chance = random.Random(draw(st.integers(0, 1 << 30)))
    delimiter = draw(st.sampled_from(",;|\t^"))
    drawn = draw(st.sampled_from([each for each in CONTRACTS if each.table != "broad"]))
    quote, escape = draw(st.sampled_from([('"', ""), ('"', ""), ('"', ""), (None, None)]))
    form = replace(drawn.text_form, delimiter=delimiter, quote=quote, escape=escape)
    drawn = replace(drawn, text_form=form, max_rejected_share=draw(st.sampled_from([1.0, 1.0, 0.1])))
    columns = list(drawn.columns)
    accepted = form.has_header and draw(st.integers(0, 9)) == 0
    if form.has_header:
        columns = draw(st.permutations(columns))
        if accepted:
            columns.remove(next(each for each in columns if not each.required))
    rows = [sound_row(drawn, columns, chance) for _ in range(draw(st.integers(2, 50)))]
    for row in chance.sample(rows, len(rows) // 8):
        place = chance.randrange(len(row))
        row[place] = f'"{row[place]}"' if draw(st.booleans()) else row[place]
    lines = [delimiter.join(row).encode() for row in rows]
    for _ in range(draw(st.integers(0, 12))):
        at = draw(st.integers(0, len(lines)))
        lines.insert(at, draw(odd_lines(drawn, columns, delimiter, chance)))
    if form.has_header:
        names = [each.header for each in columns]
        names[0] = draw(st.sampled_from([names[0], names[0], f'"{names[0]}"', f'"{names[0]}\n"']))
        above = draw(st.lists(st.sampled_from([b"Report", b"", b"by,us", b'"a\nb"']), max_size=2))
        lines = [*above, delimiter.join(names).encode(), *lines]
    end = draw(st.sampled_from([b"\n", b"\r\n"]))
    content = end.join(lines)
    if end == b"\r\n" and draw(st.integers(0, 9)):
        content = content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    content += draw(st.sampled_from([end, end, b"", 2 * end]))
    return File(drawn, draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf"])) + content, accepted)


@st.composite
def odd_lines(
    draw: st.DrawFn, contract: Contract, columns: Sequence[Column], delimiter: str, chance: random.Random
) -> bytes:
    if draw(st.integers(0, 4)) == 0:
        return draw(st.sampled_from(ODD_LINES))
    row = sound_row(contract, columns, chance)
    for _ in range(draw(st.integers(1, 2))):
        place = draw(st.integers(0, len(row) - 1))
        row[place] = draw(st.sampled_from(ODD_CELLS[columns[place].type]))
    match draw(st.integers(0, 14)):
        case 0:
            row.append("one more")
        case 1:
            row += ["", ""]
        case 2:
            row.pop()
        case 3:
            row = [""] * len(row)
        case 4:
            row = [f'"{cell}"' for cell in row]
    line = delimiter.join(row).encode()
    if draw(st.integers(0, 14)) == 0:
        at = draw(st.integers(0, len(line)))
        line = line[:at] + draw(st.sampled_from([b"\xff", b"\0", b"\xc3", b'"', b" ", b"\n"])) + line[at:]
    return line


PREPARE = prepare.prepare


@dataclass
class Ways:
    """Loads files in bulk and row by row, over one connection.

    `compared` counts the files, `checked` those that were checked as a whole to the end.
    """

    loader: Loader
    query: psycopg.Connection
    folder: Path
    compared: int = 0
    checked: int = 0

    def load(self, file: File, bulk_from: int) -> tuple[str | None, dict[str, Any]]:
        """Load the file into the empty warehouse; returns the way, and everything that it left there."""
        path = self.folder / file.name
        path.write_bytes(file.content)
        self.forget()
        self.loader.contracts = [file.contract]
        acceptance = Acceptance("me", "a test") if file.accepted else None

        def counted(*arguments: Any) -> copying.Bulk:
            bulk = PREPARE(*arguments)
            self.checked += 1
            return bulk

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(table_load, "BULK_FROM", bulk_from)
            patch.setattr(prepare, "_MOST_SUSPICIOUS", 1.0)
            patch.setattr(prepare, "prepare", counted)
            self.loader.load(Candidate(path, False, acceptance=acceptance))
        left = {name: self.query.execute(sql).fetchall() for name, sql in STATE.items()}
        raw = self.query.execute(f"select * from staging.{file.contract.raw_table} order by _line")
        left["rows"] = [row for _, *row in raw.fetchall()]
        return self.query.execute("select way from ops.loads").fetchone()[0], left

    def compare(self, file: File) -> str | None:
        """Load the file both ways, which must leave the same; returns the way of the first."""
        way, in_bulk = self.load(file, 0)
        assert self.query.execute(LEFT_OVER).fetchall() == []
        by_rows_way, by_rows = self.load(file, 1 << 62)
        assert by_rows_way != "bulk"
        assert in_bulk == by_rows
        self.compared += 1
        return way

    def forget(self) -> None:
        for (name,) in self.query.execute("select inhrelid::regclass::text from pg_inherits").fetchall():
            self.query.execute(f"drop table {name}")
        raws = ", ".join(f"staging.{each.raw_table}" for each in CONTRACTS)
        entries = "ops.loads, ops.rejected_rows, ops.load_scopes, ops.withdrawals"
        self.query.execute(f"truncate {raws}, {entries} restart identity")


@pytest.fixture(scope="module")
def ways(warehouse, tmp_path_factory) -> Iterator[Ways]:
    url = warehouse.url("loader")
    with (
        Loader(url, CONTRACTS) as loader,
        psycopg.connect(url, autocommit=True) as query,
    ):
        yield Ways(loader, query, tmp_path_factory.mktemp("files"))


def test_any_file_is_loaded_alike_in_both_ways(ways: Ways) -> None:
    ways.compared = ways.checked = 0

    @examples
    @given(files())
    def alike(file: File) -> None:
        ways.compare(file)

    alike()
    assert ways.checked > 0.5 * ways.compared


def test_one_byte_of_a_plain_file_is_changed(ways: Ways) -> None:
    chance = random.Random(1)
    types = by_name("types")
    plain = lines_of(types, *(",".join(sound_row(types, types.columns, chance)) for _ in range(300))).content
    ways.compared = ways.checked = 0

    @settings(examples, max_examples=50)
    @given(
        st.integers(len(lines_of(types).content), len(plain) - 1),
        st.sampled_from([b",", b'"', b"\n", b"\r", b"\\", b"\0", b" ", b"-", b"0", b"\xc3", b"\xa0", b""]),
        st.integers(0, 1),
    )
    def alike(place: int, new: bytes, replaced: int) -> None:
        ways.compare(File(types, plain[:place] + new + plain[place + replaced :]))

    alike()
    assert ways.checked > 0.5 * ways.compared


def by_name(table: str, **form: str) -> Contract:
    found = next(each for each in CONTRACTS if each.table == table)
    return replace(
        found, text_form=replace(found.text_form, **{"delimiter": ",", "quote": '"', "escape": ""} | form)
    )


def lines_of(contract: Contract, *lines: str) -> File:
    header = [",".join(contract.headers)] if contract.text_form.has_header else []
    return File(contract, "".join(f"{line}\n" for line in [*header, *lines]).encode())


TYPES = "x,place,1.50,7,8,t,2014-01-02,2014-01-02 10:00:00"
WORD = "A,{},AB12,b c,0042,AB"
FIGURES = "{},9.25,2,5,2014-01-02,1,2014,January"
TOTALS = "{},{},{},2014-01-02,x"
NARROW = "0.5,,,,{},{}"


#: Tables and their lines.
DIFFERENT = {
    "blank lines between rows": ("types", [TYPES, "", "", TYPES.replace("place", " place "), "", TYPES]),
    "nothing but blank lines at the end": ("types", [TYPES, "", "", ""]),
    "delimiters alone": ("types", [TYPES, ",,,,,,,", TYPES]),
    "a record of two lines without a value": ("types", [TYPES, '" ', '",,,,,,,', TYPES, '"a', TYPES]),
    "a record that continues over plain lines": ("types", [TYPES, f'"a{TYPES}', TYPES, f'"{TYPES}', TYPES]),
    "24 o'clock": ("types", [TYPES, TYPES.replace("10:00:00", "24:00:00"), TYPES]),
    "a year before the first": ("types", [TYPES, TYPES.replace("2014-01-02,", "0000-01-01,")]),
    "a bad byte, twice per line": ("types", [TYPES, TYPES.replace("x,", "\x02\x02\x02,"), TYPES]),
    "a line longer than DuckDB takes": (
        "types",
        [TYPES, TYPES.replace("x,", 3_000_000 * "x" + ","), TYPES],
    ),
    "reserved words in other case": (
        "words",
        [WORD.format(word) for word in ("Kiss", "un\u212anown", "ki\u017fs", "ki\u00df", "STRASSE", "good")],
    ),
    "allowed values that trimming or padding changes": (
        "words",
        [
            WORD.format("a").replace("A,", " padded ,"),
            WORD.format("a").replace("AB", "1"),
            WORD.format("a"),
        ],
    ),
    "an empty word among figures": ("figures", [FIGURES.format("7.25"), FIGURES.format("9.00")]),
    "bounds and tolerances finer than the figures": (
        "figures",
        [FIGURES.format(total) for total in ("7.25", "7.26", "7.27", "7.24", "-50.01", "10000.01")],
    ),
    "a bound that no double can hold": (
        "figures",
        [FIGURES.format("7.25"), FIGURES.format("7.25").replace(",5,", ",100000000000000001,")],
    ),
    "totals below an empty cell, and behind signs": (
        "totals",
        [
            TOTALS.format(*cells)
            for cells in (
                *(("", "", "Total 2014"), ("", "1", "Total"), ("** TOTAL", "", ""), ("Totals", "", "")),
                *(("North Total", "", ""), ("Total Wine", "", ""), ("total:", "", ""), ("Subtotal", "", "")),
                *(
                    ("\u0131nsgesamt", "", ""),
                    ("In\u017fgesamt", "", ""),
                    ("x", "", "Total"),
                    ("ς", "", ""),
                ),
            )
        ],
    ),
    "one text that fits two formats": (
        "narrow",
        [NARROW.format(day, 7) for day in ("2014-03-04", "2014-13-04", "2014-03-14", "04/03/2014")],
    ),
    "figures that determine scopes": (
        "narrow",
        [NARROW.format("01/02/2014", code) for code in ("7", "007", "-0")],
    ),
    "numbers that a spreadsheet has shortened": (
        "types",
        [TYPES, *(TYPES.replace("place", text) for text in ("1.5E+11", '"9E+21"', "E+", "1.5E+11", "E+5x"))],
    ),
    "a hundred columns and more": (
        "broad",
        [",".join(map(str, range(120))), "," * 119, "1" * 9 + "," * 119],
    ),
    "a long name": ("name_that_leaves_no_room_for_anything_beside_it", ["a,1", "b,", " c,3", "d,4"]),
}


@pytest.mark.parametrize(("table", "lines"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_values_that_other_programs_read_differently(ways: Ways, table: str, lines: list[str]) -> None:
    assert ways.compare(lines_of(by_name(table), *lines)) is not None


@pytest.mark.parametrize(
    "above", [b"", b"\n\n", b"Report\n\nby us\n", b'"two\nlines"\n', b"\xef\xbb\xbf", b"bad \xff byte\n"]
)
@pytest.mark.parametrize("first", ["note", '"note"', '"note\n"', ' " note', "NOTE "])
def test_lines_above_the_rows(ways: Ways, above: bytes, first: str) -> None:
    plain = lines_of(by_name("types"), TYPES, "", TYPES.replace("place", " place"), TYPES)
    content = above + plain.content.replace(b"note", first.encode(), 1)
    ways.compare(replace(plain, content=content))


@pytest.mark.parametrize("content", [b"name,count", b"name,count\n", b"name,count\r\n\r\n"])
def test_a_file_with_only_a_header_is_held(ways: Ways, content: bytes) -> None:
    assert ways.compare(File(by_name("name_that_leaves_no_room_for_anything_beside_it"), content)) is None


def test_other_quotes_than_those_given_to_duckdb(ways: Ways) -> None:
    file = lines_of(by_name("types", quote="'"), TYPES, TYPES.replace("place", "'place'"), TYPES)
    assert ways.compare(file) == "rows"


def test_a_name_that_looks_like_a_pattern_to_duckdb(ways: Ways) -> None:
    file = lines_of(by_name("types"), TYPES, TYPES.replace("t,", "?,"), TYPES)
    (ways.folder / "sales1.csv").write_bytes(lines_of(by_name("types"), TYPES, TYPES, TYPES).content)
    assert ways.compare(replace(file, name="sales[1].csv")) == "bulk"


def test_without_room_for_a_second_copy_the_file_is_read_row_by_row(ways: Ways, monkeypatch) -> None:
    def fill(_: Path | None) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(prepare, "unlinked_file", fill)
    assert ways.compare(lines_of(by_name("types"), TYPES, TYPES.replace("place", " x"), TYPES)) == "rows"


def fail_in(part: str, error: psycopg.Error, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the copying of one half fail when the other half may have ended."""
    copy_part = copying._copy_part

    def failing(connection: psycopg.Connection, bulk: copying.Bulk, name: str, *others: Any) -> int:
        rows = copy_part(connection, bulk, name, *others)
        if name.endswith(part):
            raise error
        return rows

    monkeypatch.setattr(copying, "_copy_part", failing)


@pytest.mark.parametrize("part", ["_1", "_2"])
def test_if_postgres_refuses_one_half_the_file_is_read_row_by_row(ways: Ways, part: str, monkeypatch) -> None:
    fail_in(part, psycopg.errors.InvalidTextRepresentation("no figure"), monkeypatch)
    assert ways.compare(lines_of(by_name("types"), *[TYPES] * 9)) == "rows"


@pytest.mark.parametrize("part", ["_1", "_2"])
def test_when_the_server_is_lost_nothing_is_left(ways: Ways, part: str, monkeypatch) -> None:
    file = lines_of(by_name("types"), *[TYPES] * 9)
    with monkeypatch.context() as patch, pytest.raises(psycopg.OperationalError):
        fail_in(part, psycopg.OperationalError("gone"), patch)
        ways.load(file, 0)
    assert ways.query.execute(LEFT_OVER).fetchall() == []
    assert ways.query.execute("select count(*) from ops.loads").fetchone() == (0,)
    assert ways.compare(file) == "bulk"


def test_tables_of_a_killed_loader_are_gone_after_the_next_load(ways: Ways) -> None:
    lost, contracted = "staging.raw_proof_types__77_1", "staging.raw_proof_types__78_2"
    for name in (lost, contracted):
        ways.query.execute(f"create table {name} (like staging.raw_proof_types)")
    ways.query.execute(f"comment on table {contracted} is 'Raw table of another contract.'")
    try:
        ways.load(lines_of(by_name("types"), TYPES), 0)
        assert ways.query.execute(LEFT_OVER).fetchall() == [("raw_proof_types__78_2",)]
    finally:
        ways.query.execute(f"drop table if exists {lost}, {contracted}")
