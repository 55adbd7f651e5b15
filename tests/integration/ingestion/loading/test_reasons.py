"""Every kind of reason, with a file that causes it: the ledger keeps it, whichever way the file is loaded."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from ingestion.contract.files import ContractError, Contracts
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
    Upsert,
)
from ingestion.database.connection import connect
from ingestion.findings.reasons import FaultKind, HoldKind
from ingestion.ledger.read import rejected_reasons
from ingestion.loading.account import Account
from ingestion.loading.load import load
from ingestion.loading.replay import replay
from ingestion.loading.result import LoadResult
from ingestion.loading.withdraw import withdraw
from tests.unit.ingestion.builders import DATE_STYLE, replace_part, write_workbook


def column(name: str, sql_type: str, **options: object) -> Column:
    kind, _, digits = sql_type.partition("(")
    if digits:
        options["precision"], options["scale"] = map(int, digits.rstrip(")").split(","))
    return Column(name, name, ColumnType(kind), sql_type, "Of a test.", "public", **options)


def contract(table: str, columns: Iterable[Column], relation: Relation, **options: object) -> Contract:
    defaults = {"sums": (), "number_format": NumberFormat(exponent=True), "max_rejected_share": 0.1}
    return Contract(
        "reasons", table, "1", "Of a test.", tuple(columns), relation=relation, **defaults | options
    )


# rows

ROWS = contract(
    "rows",
    [
        column("name", "text", max_length=20),
        column("country", "text", allowed=("Canada", "France")),
        column("product", "text", reserved=("unknown",)),
        column("code", "text", pattern="[A-Z]{2}"),
        column("active", "boolean"),
        column("amount", "numeric(6,2)", lowest=Decimal(0), highest=Decimal(1000)),
        column("discount", "numeric(6,2)"),
        column("net", "numeric(6,2)"),
        column("units", "integer"),
        column(
            "day",
            "date",
            date_formats=("yyyy-MM-dd",),
            lowest=date(2000, 1, 1),
            highest=date(2049, 12, 31),
        ),
        column("month_number", "integer", repeats=DateRepeat("day", DatePart.MONTH)),
        column("at", "timestamp", date_formats=("yyyy-MM-dd HH:mm:ss",)),
    ],
    Upsert(("name",), repeats=Repeats.REFUSE),
    sums=(Sum("net", ("amount",), ("discount",), Decimal(0)),),
    limits=(Limit("discount", "amount"),),
)
SOUND = {
    "name": "odd",
    "country": "Canada",
    "product": "Velo",
    "code": "AB",
    "active": "true",
    "amount": "100.00",
    "discount": "10.00",
    "net": "90.00",
    "units": "5",
    "day": "2024-03-01",
    "month_number": "3",
    "at": "2024-03-01 10:00:00",
}

#: What is odd about a line of text.
CELLS = {
    FaultKind.VALUE_MISSING: {"units": ""},
    FaultKind.UNKNOWN_VALUE: {"country": "Atlantis"},
    FaultKind.RESERVED_WORD: {"product": "Unknown"},
    FaultKind.WRONG_FORM: {"code": "A1"},
    FaultKind.TOO_LONG: {"name": "A name of some length"},
    FaultKind.NOT_A_BOOLEAN: {"active": "perhaps"},
    FaultKind.NOT_A_NUMBER: {"amount": "much"},
    FaultKind.NOT_WHOLE: {"units": "1.5"},
    FaultKind.DIGITS_LOST: {"units": "1.23457E+11"},
    FaultKind.TOO_MANY_DECIMALS: {"amount": "1.234"},
    FaultKind.TOO_LARGE: {"amount": "12345.00"},
    FaultKind.WHOLE_TOO_LARGE: {"units": "3000000000"},
    FaultKind.BEYOND_COLUMNS: {"amount": "1E999"},
    FaultKind.TOO_LOW: {"amount": "-1.00"},
    FaultKind.TOO_HIGH: {"amount": "1000.01"},
    FaultKind.NOT_A_DATE: {"day": "1 March"},
    FaultKind.NO_SUCH_DAY: {"day": "2024-02-31"},
    FaultKind.NOT_A_TIMESTAMP: {"at": "noon"},
    FaultKind.NO_SUCH_MOMENT: {"at": "2024-03-01 25:00:00"},
    FaultKind.TOO_EARLY: {"day": "1999-03-01"},
    FaultKind.TOO_LATE: {"day": "2050-03-01"},
    FaultKind.CONTRADICTS_DATE: {"month_number": "4"},
    FaultKind.NOT_THE_SUM: {"net": "91.00"},
    FaultKind.ABOVE_ITS_LIMIT: {"discount": "200.00", "net": "-100.00"},
    FaultKind.KEY_REPEATED: {"name": "7", "units": "6"},
    FaultKind.WRONG_WIDTH: {"at": "2024-03-01 10:00:00,more"},
    FaultKind.STRAY_QUOTE: {"name": '"odd'},
    FaultKind.NUL_IN_LINE: {"name": "o\0d"},
}
#: The same, and how the contract describes such a file.
FORMS = {
    FaultKind.STRAY_ESCAPE: ({"name": '"odd\\"'}, TextForm(delimiter=",", quote='"', escape="\\")),
    FaultKind.WRONG_BYTE: ({"name": "\udcff"}, TextForm(encoding="utf-8")),
    FaultKind.UTF8_LINE: ({"name": "é"}, TextForm(encoding="cp1252")),
}

#: A line of JSON, or what is odd about an object.
OBJECTS: dict[FaultKind, str | dict[str, object]] = {
    FaultKind.WRONG_TYPE: {"amount": True},
    FaultKind.NOT_IN_JSON: {"amount": float("inf")},
    FaultKind.NUL_IN_VALUE: {"name": "o\0d"},
    FaultKind.HALF_A_CHARACTER: {"name": "\ud800"},
    FaultKind.UNEXPECTED_KEY: {"more": 1},
    FaultKind.NO_DIGITS: {"product": 1e100},
    FaultKind.BEYOND_FIGURES: '{"amount": 1e99999}',
    FaultKind.BROKEN_JSON: '{"name": ',
    FaultKind.NOT_AN_OBJECT: "[1]",
    FaultKind.KEY_TWICE: '{"name": "a", "name": "b"}',
    FaultKind.TOO_DEEP: '{"name": ' + "[" * 100_000,
    FaultKind.LINE_TOO_LONG: json.dumps({"name": "a" * (16 << 20)}),
}

#: What DuckDB writes into a column of a Parquet file, with the odd value where `is_odd`.
TYPED = {
    FaultKind.NOT_FIRST_OF_MONTH: "date '2024-03-01' + is_odd::int as day",
    FaultKind.TIME_IN_DATE: "timestamp '2024-03-01 00:00:00' + to_hours(is_odd::int) as day",
    FaultKind.INSTANT_IN_DATE: "timestamptz '2024-03-01 00:00:00+00' + to_hours(is_odd::int) as day",
    FaultKind.BYTES_NOT_TEXT: "case when is_odd then '\\xFF'::blob else 'Velo'::blob end as product",
}


#: Positions of the odd rows: after those from which columns are detected, and not at the end.
ODD = 55


def among_sound(odd: Iterable[dict[str, object]], count: int = 500) -> list[dict[str, object]]:
    rows = [SOUND | {"name": str(i)} for i in range(count)]
    rows[ODD:ODD] = odd
    return rows


def written(rows: Iterable[dict[str, str]]) -> str:
    return "".join(f"{','.join(row)}\n" for row in [SOUND, *(each.values() for each in rows)])


@pytest.fixture
def kinds(query) -> Callable[[], list[str]]:
    """The kinds of the rejected rows, in the order of their lines; each is stored twice."""

    def found() -> list[str]:
        rows = query("select kind, reasons -> 0 ->> 'kind' from ops.rejected_rows order by line")
        assert all(kind == again for kind, again in rows)
        return [kind for kind, _ in rows]

    return found


def test_rows_of_text_are_refused(way: str, tmp_path: Path, empty_warehouse: str, kinds, query) -> None:
    odd = [SOUND | {"name": f"odd {i}"} | cells for i, cells in enumerate(CELLS.values())]
    path = tmp_path / "rows.csv"
    path.write_text(written(among_sound(odd)))

    (result,) = load([path], url=empty_warehouse, contracts=[ROWS])

    assert result.outcome == "loaded", result.message
    # The first is the row whose key is repeated.
    assert kinds() == ["key_repeated", *(kind.code for kind in CELLS)]
    assert query("select way from ops.loads") == [(way,)]


@pytest.mark.parametrize("kind", FORMS)
def test_a_row_in_another_form_is_refused(
    kind: FaultKind, way: str, tmp_path: Path, empty_warehouse: str, kinds
) -> None:
    odd, form = FORMS[kind]
    path = tmp_path / "rows.csv"
    path.write_bytes(written(among_sound([SOUND | odd])).encode(errors="surrogateescape"))

    (result,) = load([path], url=empty_warehouse, contracts=[replace(ROWS, text_form=form)])

    assert result.outcome == "loaded", result.message
    assert kinds() == [kind.code]


def test_lines_of_json_are_refused(tmp_path: Path, empty_warehouse: str, kinds) -> None:
    lines = list(map(json.dumps, among_sound([])))
    lines[ODD:ODD] = [odd if isinstance(odd, str) else json.dumps(SOUND | odd) for odd in OBJECTS.values()]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(f"{line}\n" for line in lines))

    (result,) = load([path], url=empty_warehouse, contracts=[ROWS])

    assert result.outcome == "loaded", result.message
    assert kinds() == [kind.code for kind in OBJECTS]


@pytest.mark.parametrize("kind", TYPED)
def test_a_typed_row_is_refused(kind: FaultKind, tmp_path: Path, empty_warehouse: str, kinds) -> None:
    path = tmp_path / "rows.parquet"
    texts = ", ".join(f"'{value}' as {name}" for name, value in SOUND.items() if name != "name")
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(
            f"copy (select * exclude is_odd replace ({TYPED[kind]}) from ("
            f"select i::varchar as name, {texts}, i = 60 as is_odd from range(61) as made (i)))"
            f" to '{path}' (format parquet)"
        )

    # Days that are months, for one of the kinds.
    known = [
        replace(each, date_formats=("yyyy-MM",))
        if each.name == "day" and kind is FaultKind.NOT_FIRST_OF_MONTH
        else each
        for each in ROWS.columns
    ]

    (result,) = load([path], url=empty_warehouse, contracts=[replace(ROWS, columns=tuple(known))])

    assert (result.outcome, result.rows_read) == ("loaded", 61), result.message
    assert kinds() == [kind.code]


def test_every_kind_of_fault_occurs() -> None:
    assert {*CELLS, *FORMS, *OBJECTS, *TYPED} == set(FaultKind)


def test_rules_between_columns_are_distinguished_by_their_columns(
    way: str, tmp_path: Path, empty_warehouse: str
) -> None:
    """Two limits of one column are two reasons; different values of one limit are not."""
    known = replace(
        ROWS,
        limits=(Limit("discount", "amount"), Limit("discount", "units")),
        sums=(),
        max_rejected_share=0.5,
    )
    odd = [
        {"discount": "200.00", "units": "999"},
        {"discount": "300.00", "units": "999"},
        {"discount": "6.00"},
    ]
    rows = [row | {"units": "50"} for row in among_sound([], 20)]
    rows += [SOUND | {"name": f"odd {i}"} | each for i, each in enumerate(odd)]
    path = tmp_path / "rows.csv"
    path.write_text(written(rows))

    load([path], url=empty_warehouse, contracts=[known])

    with connect(empty_warehouse) as connection:
        found = rejected_reasons(connection)
    assert [(each["kind"], each["column_name"], each["reason"], each["rows"]) for each in found] == [
        ("above_its_limit", "discount", "discount 200.00 is more than amount 100.00", 2),
        ("above_its_limit", "discount", "discount 6.00 is more than units 5", 1),
    ]


def test_rows_without_kinds_are_distinguished_by_their_sentence(
    tmp_path: Path, empty_warehouse: str, query
) -> None:
    rows = [*among_sound([], 20), SOUND | {"name": "a", "units": "x"}, SOUND | {"name": "b", "units": "x"}]
    path = tmp_path / "rows.csv"
    path.write_text(written(rows))
    load([path], url=empty_warehouse, contracts=[ROWS])
    query("update ops.rejected_rows set kind = null, reasons = reasons #- '{0,kind}' returning 1")

    with connect(empty_warehouse) as connection:
        (found,) = rejected_reasons(connection)

    assert (found["kind"], found["reason"], found["rows"]) == (None, "… is not a number", 2)


# files

FILES = contract(
    "files",
    [
        column("segment", "text"),
        column("country", "text"),
        column("day", "date", date_formats=("dd/MM/yyyy",)),
        column("amount", "numeric(8,2)"),
    ],
    Restate((ScopePart("country"), ScopePart("day", Period.MONTH)), 0.5),
)
HEADER = [each.header for each in FILES.columns]


class Desk:
    """A folder of delivered files, under one or several contracts."""

    def __init__(self, folder: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.url = url
        self.monkeypatch = monkeypatch

    def text(self, name: str, rows: Iterable[Iterable[str]], end: str = "\n") -> Path:
        path = self.folder / name
        path.write_text("\n".join(map(",".join, [HEADER, *rows])) + end)
        return path

    def file(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def packed(self, members: dict[str, bytes], name: str = "packed.zip") -> Path:
        with zipfile.ZipFile(self.folder / name, "w") as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        return self.folder / name

    def workbook(self, name: str, sheets: dict[str, Iterable[Iterable[str]]]) -> Path:
        numbered = {sheet: dict(enumerate([HEADER, *rows], 1)) for sheet, rows in sheets.items()}
        return write_workbook(self.folder / name, numbered)

    def bring(self, *paths: Path, contracts: Iterable[Contract] | None = (FILES,)) -> list[LoadResult]:
        return load(paths, url=self.url, contracts=contracts and list(contracts))


def days(numbers: Iterable[int], segment: str = "Retail") -> list[list[str]]:
    return [[segment, "France", f"{number:02}/01/2024", f"{number}.00"] for number in numbers]


def no_contract(desk: Desk) -> None:
    desk.bring(desk.file("a.csv", b"height,weight\n1,2\n"))


def several_contracts(desk: Desk) -> None:
    desk.bring(desk.text("a.csv", days([1])), contracts=[FILES, replace(FILES, table="others")])


def wrong_header(desk: Desk) -> None:
    desk.bring(desk.file("a.csv", b"segment,country,date,amount\nRetail,France,01/01/2024,1\n"))


def breach(desk: Desk) -> None:
    columns = [replace(each, required=each.name != "amount") for each in FILES.columns]
    path = desk.file("a.csv", b"segment,country,day\nRetail,France,01/01/2024\n")
    desk.bring(path, contracts=[replace(FILES, columns=tuple(columns), table="wide")])


def incomplete_name(desk: Desk) -> None:
    desk.bring(desk.text("a.csv", days([1])), contracts=[replace(FILES, version_pattern=r"_v(\d)")])


def broken_contract(desk: Desk) -> None:
    faults = (ContractError(Path("broken.yaml"), "id", "is missing"),)
    found = Contracts((replace(FILES, file_names=("sales_*",)),), faults)
    desk.monkeypatch.setattr("ingestion.loading.session.find_contracts", lambda: found)
    desk.bring(desk.text("a.csv", days([1])), contracts=None)


def raw_table(desk: Desk) -> None:
    changing = replace(FILES, table="changing")
    desk.bring(desk.text("a.csv", days([1])), contracts=[changing])
    changed = replace(changing, columns=(replace(FILES.columns[0], name="branch"), *FILES.columns[1:]))
    desk.bring(desk.text("b.csv", days([1, 2])), contracts=[changed])


def no_rows(desk: Desk) -> None:
    desk.bring(desk.text("a.csv", []))


def no_bytes(desk: Desk) -> None:
    desk.bring(desk.file("a.csv", b""))


def same_fault(desk: Desk) -> None:
    desk.bring(desk.text("a.csv", [[*row[:3], "much"] for row in days(range(1, 21))]))


def too_many_broken(desk: Desk) -> None:
    broken = [[*row[:3], "much"] for row in days(range(1, 5))]
    desk.bring(desk.text("a.csv", [*broken, *days(range(5, 21))]))


def cut_off(desk: Desk) -> None:
    desk.bring(desk.text("a.csv", [*days(range(1, 21)), ["Retail", "Fra"]], end=""))


def key_repeated(desk: Desk) -> None:
    by_key = replace(FILES, table="keyed", relation=Upsert(("country",)))
    desk.bring(desk.text("a.csv", days([1, 2])), contracts=[by_key])


def swapped_dates(desk: Desk) -> None:
    first = 45292  # the first of January 2024 as a spreadsheet counts days
    rows = [["Retail", "France", (first + i, DATE_STYLE), 1.0] for i in range(3)]
    rows += [["Retail", "France", f"{day}/01/2024", 1.0] for day in (13, 14, 15)]
    desk.bring(desk.workbook("a.xlsx", {"Sheet": rows}))


def number_formats(desk: Desk) -> None:
    european = NumberFormat(decimal=",", grouping=".", groupings=("western",))
    either = NumberFormat(groupings=("western",), others=(european,))
    rows = [["Retail", "France", "01/01/2024", "1.234"]]
    desk.bring(desk.text("a.csv", rows), contracts=[replace(FILES, number_format=either)])


def mixed_formats(desk: Desk) -> None:
    european = NumberFormat(decimal=",", grouping=".", groupings=("western",))
    either = NumberFormat(groupings=("western",), others=(european,))
    rows = [["Retail", "France", "01/01/2024", amount] for amount in ("1.50", '"1,50"')]
    mixed = replace(FILES, number_format=either, max_rejected_share=1)
    desk.bring(desk.text("a.csv", rows), contracts=[mixed])


def shrunk(desk: Desk) -> None:
    desk.bring(desk.text("a.csv", days(range(1, 21))))
    desk.bring(desk.text("b.csv", days(range(1, 6))))


def other_days(desk: Desk) -> None:
    desk.bring(desk.text("a.csv", days(range(1, 11))))
    desk.bring(desk.text("b.csv", days(range(11, 21))))


def beside_another(desk: Desk) -> None:
    paths = [desk.text(f"{name}.csv", days(range(1, 21), name)) for name in ("Retail", "Wholesale")]
    desk.bring(*paths)


def same_rows(desk: Desk) -> None:
    appended = replace(FILES, table="appended", relation=Append())
    paths = [desk.text("a.csv", days([1, 2])), desk.text("b.csv", days([2, 1]))]
    desk.bring(*paths, contracts=[appended])


def same_sheet(desk: Desk) -> None:
    desk.bring(desk.workbook("a.xlsx", {"Data": days([1, 2]), "Copy": days([2, 1])}))


def corrected_since(desk: Desk) -> None:
    path = desk.workbook("a.xlsx", {name: days([1, 2, 3], name) for name in ("Retail", "Wholesale")})
    _, second = desk.bring(path)
    corrected = desk.workbook("b.xlsx", {"Sheet": days([1, 2], "Wholesale")})
    replay(second.load_id, corrected, url=desk.url, contracts=[FILES])
    desk.bring(path)


def withdrawn(desk: Desk) -> None:
    path = desk.text("a.csv", days([1, 2]))
    (first,) = desk.bring(path)
    withdraw([first.load_id], "sent by mistake", url=desk.url)
    desk.bring(path)


def no_access(desk: Desk) -> None:
    os.mkfifo(path := desk.folder / "a.csv")
    desk.bring(path)


def unknown_format(desk: Desk) -> None:
    desk.bring(desk.file("a.csv", b"%PDF-1.7"))


def no_table(desk: Desk) -> None:
    desk.bring(desk.file("a.jsonl", b'{"segment": \n'))


def damaged(desk: Desk) -> None:
    desk.bring(desk.file("a.xlsx", b"PK\x03\x04 and no workbook"))


def protected(desk: Desk) -> None:
    desk.bring(desk.file("a.parquet", b"PARE"))


def nested(desk: Desk) -> None:
    inner = desk.packed({"a.csv": b"a,b\n1,2\n"}, "inner.zip").read_bytes()
    desk.bring(desk.packed({"inner.zip": inner}))


def too_large(desk: Desk) -> None:
    desk.bring(desk.packed({f"{i}.csv": b"" for i in range(1_001)}))


def harmful(desk: Desk) -> None:
    desk.bring(desk.packed({"../a.csv": b"a,b\n1,2\n"}))


def hidden_values(desk: Desk) -> None:
    path = write_workbook(
        desk.folder / "a.xlsx", {"Sheet": {1: HEADER, 2: ["Retail", "France", "01/01/2024", 7.0]}}
    )
    sheet = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(path) as workbook:
        content = workbook.read(sheet).decode()
    desk.bring(replace_part(path, sheet, content.replace("<v>7.0</v>", "<f>3+4</f>")))


def refused_by_postgres(desk: Desk) -> None:
    """Somebody has changed the raw table by hand."""
    narrow = replace(FILES, table="narrow")
    desk.bring(desk.text("a.csv", days([1])), contracts=[narrow])
    with connect(desk.url) as connection:
        connection.execute("alter table staging.raw_reasons_narrow alter column amount type numeric(3,2)")
    desk.bring(desk.text("b.csv", days([1, 12])), contracts=[narrow])


def unexpected(desk: Desk) -> None:
    def fail(*arguments: object) -> None:
        raise RuntimeError

    desk.monkeypatch.setattr(Account, "counts", fail)
    desk.bring(desk.text("a.csv", days([1])))


#: How text files are held after their rows were read, which can happen in both ways.
READ = {
    HoldKind.NO_ROWS: no_rows,
    HoldKind.SAME_FAULT: same_fault,
    HoldKind.TOO_MANY_BROKEN: too_many_broken,
    HoldKind.CUT_OFF: cut_off,
    HoldKind.KEY_REPEATED: key_repeated,
    HoldKind.SHRUNK: shrunk,
    HoldKind.OTHER_DAYS: other_days,
    HoldKind.BESIDE_ANOTHER: beside_another,
    HoldKind.SAME_ROWS: same_rows,
    HoldKind.REFUSED_BY_POSTGRES: refused_by_postgres,
    HoldKind.UNEXPECTED: unexpected,
}
OTHERS = [
    (HoldKind.NO_CONTRACT, no_contract),
    (HoldKind.SEVERAL_CONTRACTS, several_contracts),
    (HoldKind.WRONG_HEADER, wrong_header),
    (HoldKind.WRONG_HEADER, breach),
    (HoldKind.INCOMPLETE_NAME, incomplete_name),
    (HoldKind.BROKEN_CONTRACT, broken_contract),
    (HoldKind.RAW_TABLE, raw_table),
    (HoldKind.NO_ROWS, no_bytes),
    (HoldKind.SWAPPED_DATES, swapped_dates),
    (HoldKind.NUMBER_FORMATS, number_formats),
    (HoldKind.NUMBER_FORMATS, mixed_formats),
    (HoldKind.SAME_ROWS, same_sheet),
    (HoldKind.CORRECTED_SINCE, corrected_since),
    (HoldKind.WITHDRAWN, withdrawn),
    (HoldKind.NO_ACCESS, no_access),
    (HoldKind.UNKNOWN_FORMAT, unknown_format),
    (HoldKind.NO_TABLE, no_table),
    (HoldKind.DAMAGED, damaged),
    (HoldKind.PROTECTED, protected),
    (HoldKind.NESTED, nested),
    (HoldKind.TOO_LARGE, too_large),
    (HoldKind.HARMFUL, harmful),
    (HoldKind.HIDDEN_VALUES, hidden_values),
]


@pytest.fixture
def desk(tmp_path: Path, empty_warehouse: str, monkeypatch: pytest.MonkeyPatch) -> Desk:
    with connect(empty_warehouse) as connection:
        connection.execute("drop table if exists staging.raw_reasons_changing, staging.raw_reasons_narrow")
    return Desk(tmp_path, empty_warehouse, monkeypatch)


HELD = "select distinct hold_kind from ops.loads where state = 'held'"


@pytest.mark.parametrize("kind", READ)
def test_a_file_whose_rows_were_read_is_held(kind: HoldKind, way: str, desk: Desk, query) -> None:
    READ[kind](desk)
    assert query(HELD) == [(kind.code,)]


@pytest.mark.parametrize(("kind", "make"), OTHERS)
def test_a_file_is_held(kind: HoldKind, make: Callable[[Desk], None], desk: Desk, query) -> None:
    make(desk)
    assert query(HELD) == [(kind.code,)]


def test_every_kind_of_hold_occurs() -> None:
    assert {*READ, *(kind for kind, _ in OTHERS)} == set(HoldKind)


def test_a_hold_is_kept_when_the_file_is_loaded_after_all(desk: Desk, query) -> None:
    (held,) = desk.bring(desk.text("a.csv", [[*row[:3], "much"] for row in days([1])]))
    desk.text("a.csv", days([1]))
    replay(held.load_id, url=desk.url, contracts=[FILES])
    assert query("select state, hold_kind from ops.loads order by load_id") == [
        ("resolved", "same_fault"),
        ("loaded", None),
    ]
