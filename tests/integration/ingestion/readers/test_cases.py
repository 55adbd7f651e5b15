"""Small files modelled on public bug reports: each gives what the README beside them calls correct.

One function per case. A text file is loaded row by row and in bulk, and must give the same both ways.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ingestion.arrival.formats import Format, format_of
from ingestion.contract.model import Append, Column, ColumnType, Contract, NumberFormat, Total, TotalPlace
from ingestion.explore.draft.draft import draft
from ingestion.findings.remarks import RemarkKind
from ingestion.loading import table as table_load
from ingestion.loading.load import load
from ingestion.loading.result import LoadResult
from ingestion.tabular.table import Unreadable
from tests.unit.ingestion.builders import write_workbook


@dataclass(frozen=True)
class Taken:
    """What happened to a file: its results, and the rows of the raw table in the order of the file."""

    results: list[LoadResult]
    rows: list[tuple[Any, ...]]

    @property
    def result(self) -> LoadResult:
        (result,) = self.results
        return result

    @property
    def remarks(self) -> dict[RemarkKind, str]:
        """All remarks of a kind as one text."""
        found = [remark for result in self.results for remark in result.remarks]
        return {
            kind: "\n".join(each.text for each in found if each.kind is kind)
            for kind in dict.fromkeys(each.kind for each in found)
        }


Take = Callable[[Path, Contract | Sequence[Contract]], Taken]


@pytest.fixture
def take(warehouse, empty: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> Take:
    """Loads a file into an empty warehouse, a text file in both ways."""
    url = warehouse.url("loader")

    def once(path: Path, contracts: Sequence[Contract], bulk_from: int) -> Taken:
        empty()
        with psycopg.connect(url) as connection:
            for each in contracts:
                connection.execute(f"drop table if exists staging.{each.raw_table} cascade")
        monkeypatch.setattr(table_load, "BULK_FROM", bulk_from)
        results = load([path], url=url, contracts=contracts)
        with psycopg.connect(url) as connection:
            rows = [row for each in contracts for row in _rows(connection, each)]
        return Taken(results, rows)

    def both(path: Path, contracts: Contract | Sequence[Contract]) -> Taken:
        contracts = [contracts] if isinstance(contracts, Contract) else list(contracts)
        by_rows = once(path, contracts, 2**40)
        with path.open("rb") as file:
            if format_of(file, path.name) is not Format.TEXT:
                return by_rows
        in_bulk = once(path, contracts, 0)
        assert in_bulk.rows == by_rows.rows
        assert [each.outcome for each in in_bulk.results] == [each.outcome for each in by_rows.results]
        assert in_bulk.remarks == by_rows.remarks
        return by_rows

    return both


def _rows(connection: psycopg.Connection, contract: Contract) -> Iterator[tuple[Any, ...]]:
    names = ", ".join(column.name for column in contract.columns)
    if connection.execute("select to_regclass(%s)", [f"staging.{contract.raw_table}"]).fetchone()[0]:
        yield from connection.execute(f"select {names} from staging.{contract.raw_table} order by _line")


def contract(*columns: Column, **options: Any) -> Contract:
    defaults = {
        "sums": (),
        "number_format": NumberFormat(),
        "relation": Append(),
        "max_rejected_share": 0.0,
    }
    return Contract("cases", "odd", "1", "x", columns, **defaults | options)


def column(header: str, sql_type: str, *date_formats: str, **options: Any) -> Column:
    """A column; `sql_type` as in a contract, with a `?` at its end if the column may be empty."""
    options = {"required": not sql_type.endswith("?"), **options}
    sql_type = sql_type.rstrip("?")
    kind, _, digits = sql_type.partition("(")
    if digits:
        options["precision"], options["scale"] = map(int, digits.rstrip(")").split(","))
    name = "c_" + "".join(sign if sign.isalnum() else "_" for sign in header.casefold())
    return Column(
        name, header, ColumnType(kind), sql_type, "x", "public", date_formats=date_formats, **options
    )


@pytest.mark.parametrize(
    ("name", "rows", "place", "values"),
    [
        ("a01b_bom_middle_noheader.csv", 20, 0, {"Store 0", "Store 1", "Store 2"}),
        ("a01c_invisible.csv", 10, 0, {"North"}),
        ("t09_invisible_product.csv", 40, 2, {"Paseo"}),
        ("a08_sap_list.txt", 12, 4, {"EUR"}),
        ("t06_week_1_2.csv", 44, 1, {"Mexico"}),
        ("t06_week_3_4.csv", 36, 1, {"Mexico"}),
        ("t07_sheet_per_segment.xlsx", 60, 1, {"France"}),
    ],
)
def test_a_draft_loads_its_file_unchanged(
    name: str, rows: int, place: int, values: set[str], cases: Path, take: Take
) -> None:
    taken = take(cases / name, draft(cases / name).contract)

    assert {result.outcome for result in taken.results} == {"loaded"}
    assert sum(result.rows_read for result in taken.results) == len(taken.rows) == rows
    assert {row[place] for row in taken.rows} == values


def test_a08_the_sum_line_of_a_list_is_skipped(cases: Path, take: Take) -> None:
    taken = take(cases / "a08_sap_list.txt", draft(cases / "a08_sap_list.txt").contract)

    assert taken.rows[0] == ("0000004500", "Kunde 0", date(2024, 4, 1), Decimal("-1200.56"), "EUR")
    assert "the first is '*' in line 19" in taken.remarks[RemarkKind.TOTALS]


def test_the_sheets_of_a_draft_add_up(cases: Path, take: Take) -> None:
    path = cases / "t07_sheet_per_segment.xlsx"
    wanted = draft(path).contract
    sales = wanted.headers.index("Sales")

    assert sum(row[sales] for row in take(path, wanted).rows) == Decimal("6341384.21")


def test_a02_codes_written_as_formulas(cases: Path, take: Take) -> None:
    path = cases / "a02_equals_quoted.csv"
    wanted = contract(
        *(column(name, "text") for name in ("order", "zip", "sku")), column("amount", "numeric(9,2)")
    )

    taken = take(path, wanted)

    assert taken.rows[0] == ("00001000", "02138", "A-0", Decimal("0.25"))
    assert len(taken.rows) == 10
    assert RemarkKind.FORMULA_TEXTS in taken.remarks


def test_a03_shortened_ids(cases: Path, take: Take) -> None:
    path = cases / "a03_scientific_ids.csv"
    amount = column("amount", "numeric(9,2)")

    taken = take(path, contract(column("order number", "text"), column("tracking", "text"), amount))
    assert len(taken.rows) == 12 and taken.rows[0][:2] == ("4.40012E+15", "9.61E+21")
    assert "'4.40012E+15' in line 2" in taken.remarks[RemarkKind.SHORTENED_NUMBERS]

    numbers = [column("order number", "bigint"), column("tracking", "text"), amount]
    for number_format in (NumberFormat(), NumberFormat(exponent=True)):
        refused = take(path, contract(*numbers, number_format=number_format))
        assert refused.result.outcome == "held" and "lost its last digits" in refused.result.message


def test_a04_twelve_hours(cases: Path, take: Take) -> None:
    wanted = contract(
        column("order_id", "integer"),
        column("placed at", "timestamp", "M/d/yyyy h:mm:ss a"),
        column("amount", "numeric(9,2)"),
    )

    taken = take(cases / "a04_ampm.csv", wanted)

    assert taken.rows[0][1] == datetime(2024, 2, 11, 2, 5, 1)
    assert taken.rows[1][1] == datetime(2024, 3, 12, 15, 5, 2)
    assert len(taken.rows) == 9


def test_a06_names_of_months(cases: Path, take: Take) -> None:
    wanted = contract(
        column("order", "integer"),
        column("datum", "date", "dd. MMM yyyy"),
        column("betrag", "numeric(9,2)"),
        number_format=NumberFormat(decimal=","),
    )

    taken = take(cases / "a06_month_names.csv", wanted)

    assert [row[1] for row in taken.rows] == [date(2024, month, month) for month in range(1, 13)]


def test_a14_both_orders_of_day_and_month(cases: Path, take: Take) -> None:
    path = cases / "a14_mixed_dm.csv"
    others = column("order_id", "integer"), column("amount", "numeric(9,2)")

    taken = take(path, contract(column("date", "date", "dd/MM/yyyy", "MM/dd/yyyy"), *others))
    assert (taken.rows[0][0], taken.rows[1][0]) == (date(2024, 1, 13), date(2024, 1, 14))
    remark = taken.remarks[RemarkKind.DATE_ORDER]
    assert "'13/01/2024' in line 2" in remark and "'01/14/2024' in line 3" in remark
    assert "4 different values, the first '02/03/2024' in line 4" in remark

    held = take(path, contract(column("date", "date", "dd/MM/yyyy"), *others))
    assert held.result.outcome == "held" and "'01/14/2024' is not a day" in held.result.message


def test_a16_nul_bytes_in_a_row(cases: Path, take: Take) -> None:
    wanted = contract(column("store", "text"), column("amount", "numeric(9,2)"), max_rejected_share=0.5)

    taken = take(cases / "a16_nul.csv", wanted)

    lines = (cases / "a16_nul.csv").read_bytes().splitlines()[1:]
    assert taken.result.rows_rejected == sum(b"\0" in line for line in lines) > 0
    assert taken.result.rows_read == len(lines) == len(taken.rows) + taken.result.rows_rejected


def test_a18_a_readme_and_a_pdf_beside_the_table(cases: Path, take: Take) -> None:
    path = cases / "a18_mac.zip"
    wanted = contract(
        *(column(name, "text") for name in ("store", "item")),
        column("sold_on", "date", "yyyy-MM-dd"),
        column("amount", "numeric(9,2)"),
    )

    taken = take(path, wanted)

    assert taken.result.outcome == "loaded" and taken.result.rows_loaded == len(taken.rows) > 5
    remark = taken.remarks[RemarkKind.PASSED_OVER]
    names = (
        "export/LIESMICH.txt",
        "export/license.pdf",
        "export/.DS_Store",
        "__MACOSX/export/._sales_jan.csv",
    )
    assert all(name in remark for name in names)
    assert take(path, draft(path).contract).result.rows_loaded == len(taken.rows)


def test_x01_formulas_that_were_never_computed(cases: Path, take: Take) -> None:
    path = cases / "x01_formulas_uncached.xlsx"
    wanted = contract(
        column("SaleNo", "integer"),
        column("Day", "date", "yyyy-MM-dd"),
        column("Qty", "integer"),
        *(column(name, "numeric(9,2)?") for name in ("Price", "Net", "Tax")),
    )

    held = take(path, wanted)

    assert held.rows == [] and held.result.outcome == "held"
    assert "the first in E2" in held.result.message and "save it" in held.result.message
    with pytest.raises(Unreadable, match="no program has computed"):
        draft(path)


def test_x03_two_header_rows(cases: Path, take: Take) -> None:
    path = cases / "x03_two_row_header.xlsx"
    names = ("2023 Units", "2023 Sales", "2024 Units", "2024 Sales")
    wanted = contract(column("Region", "text"), *(column(name, "numeric(9,2)") for name in names))

    taken = take(path, wanted)

    assert taken.rows[0] == ("North", *map(Decimal, ("10.00", "100.50", "20.00", "200.25")))
    assert len(taken.rows) == 5
    assert list(draft(path).contract.headers) == ["Region", *names]
    assert take(path, draft(path).contract).result.rows_loaded == 5


def test_x04_merged_cells(cases: Path, take: Take) -> None:
    path = cases / "x04_merged_region.xlsx"
    others = column("Shop", "text"), column("Turnover", "numeric(9,2)")

    filled = take(path, contract(column("RegionName", "text", fills_merged=True), *others))
    assert [row[0] for row in filled.rows] == ["North"] * 3 + ["South"] * 3 + ["East"] * 3
    assert not filled.remarks

    for wanted in (contract(column("RegionName", "text?"), *others), draft(path).contract):
        taken = take(path, wanted)
        assert taken.result.rows_loaded == 9
        remark = taken.remarks[RemarkKind.MERGED_CELLS]
        assert "column 'RegionName'" in remark and "A2:A4 and 2 more" in remark and "mergedCells" in remark


def test_x06_values_that_are_not_text_in_a_column_of_texts(cases: Path, take: Take) -> None:
    wanted = contract(
        column("Code6", "text"),
        column("Note6", "text"),
        column("Amount6", "numeric(9,2)"),
        number_format=NumberFormat(groupings=("western",)),
    )

    taken = take(cases / "x06_text_cells.xlsx", wanted)

    codes = ["A-100", "12.5", "TRUE", "2024-03-01", "7", "007", "1234567890123456", "0.3", "MARCH1"]
    assert [row[0] for row in taken.rows] == codes
    assert taken.rows[0][2] == Decimal("1000.50")


def test_x08_dates_that_a_spreadsheet_has_swapped(cases: Path, take: Take) -> None:
    wanted = contract(
        column("N8", "integer"), column("Date8", "date", "MM/dd/yyyy"), column("Amt8", "numeric(9,2)")
    )

    held = take(cases / "x08_mixed_dates.xlsx", wanted)

    assert held.rows == [] and held.result.outcome == "held"
    assert "'2024-01-03' in line 2" in held.result.message
    assert "'03/13/2024' in line 14" in held.result.message
    assert "accept" in held.result.message


def test_x13_subtotals_of_a_spreadsheet(cases: Path, take: Take) -> None:
    path = cases / "x13_excel_subtotals.xlsx"
    columns = column("Area13", "text"), column("Rep13", "text?"), column("Rev13", "numeric(9,2)")

    taken = take(path, contract(*columns, totals=(Total("Total", TotalPlace.ENDS),)))
    assert sum(row[2] for row in taken.rows) == 812
    assert taken.remarks.keys() == {RemarkKind.TOTALS}

    for wanted in (contract(*columns), draft(path).contract):
        remarked = take(path, wanted)
        if sum(row[2] for row in remarked.rows) != 812:
            remark = remarked.remarks[RemarkKind.LIKELY_TOTALS]
            assert "3 rows" in remark and "'North Total' in row 6" in remark and "'Grand Total'" in remark


JSON = (
    column("id", "integer"),
    column("at", "timestamp", "yyyy-MM-dd'T'HH:mm:ssXXX"),
    column("amount", "numeric(9,2)"),
    column("customer", "text"),
    column("refund", "numeric(9,2)?"),
)


def test_a20_json_lines_in_utf_16(cases: Path, take: Take) -> None:
    taken = take(cases / "a20_ps.jsonl", contract(*JSON))

    customer = '{"city": "Lyon", "tags": ["a", "b"]}'
    assert taken.rows[0] == (0, datetime(2024, 1, 1, 10), Decimal("0.50"), customer, None)
    assert (len(taken.rows), taken.result.rows_rejected) == (12, 0)


def test_a20c_a_late_key(cases: Path, take: Take) -> None:
    taken = take(cases / "a20c_late_key.jsonl", contract(*JSON))

    assert (len(taken.rows), taken.result.rows_rejected) == (100, 0)
    late = [row for row in taken.rows if row[4] is not None]
    assert late and {row[4] for row in late} == {Decimal("1.25")} and late[0][0] >= 50

    drafted = draft(cases / "a20c_late_key.jsonl").contract
    assert "refund" in drafted.headers
    assert take(cases / "a20c_late_key.jsonl", drafted).result.rows_loaded == 100


def test_j01_values_that_are_not_text_in_a_column_of_texts(cases: Path, take: Take) -> None:
    taken = take(cases / "j01_mixed_sku.jsonl", contract(column("jid", "integer"), column("sku", "text")))

    assert [row[1] for row in taken.rows[:3]] == ["true", "A-1", "12.5"]
    assert len(taken.rows) == 12


def test_p01_the_index_of_a_data_frame(cases: Path, take: Take) -> None:
    path = cases / "p01_index_level.parquet"
    taken = take(path, contract(column("pid9", "bigint"), column("pamt9", "numeric(9,2)")))

    assert taken.rows[0] == (2, Decimal("3.00"))
    assert "'__index_level_0__'" in taken.remarks[RemarkKind.PASSED_OVER]

    drafted = draft(path).contract
    assert list(drafted.headers) == ["pid9", "pamt9"]
    assert take(path, drafted).result.rows_rejected == 0


def test_p02_nan_is_null(cases: Path, take: Take) -> None:
    taken = take(
        cases / "p02_nan.parquet", contract(column("qid", "bigint"), column("qamt", "numeric(9,2)?"))
    )

    assert taken.rows[:2] == [(0, Decimal("1.50")), (1, None)]
    assert taken.result.rows_rejected == 0


def test_p04_midnight_in_berlin(cases: Path, take: Take) -> None:
    path = cases / "p04_tz_midnight.parquet"
    sid, amt = column("sid", "bigint"), column("amt", "numeric(9,2)")
    days = [date(2024, month, 1) for month in range(1, 13)]

    for zone in (None, "Europe/Berlin"):
        taken = take(path, contract(sid, column("order_date", "date", "yyyy-MM-dd"), amt, time_zone=zone))
        assert [row[1] for row in taken.rows] == days[:3]
        assert (RemarkKind.TIME_ZONE in taken.remarks) is (zone is None)

    moment = column("order_date", "timestamp", "yyyy-MM-dd HH:mm:ss")
    in_utc = take(path, contract(sid, moment, amt))
    assert in_utc.rows[0][1] == datetime(2023, 12, 31, 23) and RemarkKind.TIME_ZONE in in_utc.remarks
    in_berlin = take(path, contract(sid, moment, amt, time_zone="Europe/Berlin"))
    assert in_berlin.rows[0][1] == datetime(2024, 1, 1) and not in_berlin.remarks

    drafted = draft(path).contract
    assert take(path, drafted).result.rows_rejected == 0


DOT = NumberFormat(groupings=("western",))
COMMA = NumberFormat(decimal=",", grouping=".", groupings=("western",))


@pytest.mark.parametrize(
    ("lines", "values"),
    [
        (["1;1.234", "2;1.5"], ["1.234", "1.500"]),
        (["1;1.234", "2;1,5"], ["1234.000", "1.500"]),
        (["1;1,234.5", "2;1,234"], ["1234.500", "1234.000"]),
        (["1;1.234,5", "2;1.234"], ["1234.500", "1234.000"]),
        (["1;12", "2;1234"], ["12.000", "1234.000"]),
        (["1;1.234", "2;1.234"], None),
        (["1;1,234", "x;1"], None),
        (["1;1.5", "2;1.234", "3;2,5"], None),
        (["1;1,5", *[f"{n};1.234" for n in range(2, 99)], "99;2.5"], None),
    ],
)
@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl"])
def test_one_contract_for_two_number_formats(
    lines: list[str], values: list[str] | None, form: str, tmp_path: Path, take: Take
) -> None:
    path = tmp_path / f"a.{form}"
    cells = [line.split(";") for line in lines]
    match form:
        case "csv":
            path.write_text("\n".join(["id;amount", *lines, ""]))
        case "xlsx":
            write_workbook(path, {"a": dict(enumerate([["id", "amount"], *cells], 1))})
        case "jsonl":
            path.write_text("".join(f'{{"id": "{each}", "amount": "{figure}"}}\n' for each, figure in cells))
    for first, second in ((DOT, COMMA), (COMMA, DOT)):
        wanted = contract(
            column("id", "text"),
            column("amount", "numeric(12,3)"),
            number_format=replace(first, others=(second,)),
            max_rejected_share=0.5,
        )
        taken = take(path, wanted)
        if values:
            assert [row[1] for row in taken.rows] == list(map(Decimal, values))
        else:
            assert taken.rows == [] and taken.result.outcome == "held"
            assert "number format" in taken.result.message
