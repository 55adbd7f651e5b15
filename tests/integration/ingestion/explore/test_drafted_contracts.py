"""A contract drafted from a file loads every row of it unchanged, and what the draft says is true."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from ingestion.contract.files import read_contract
from ingestion.contract.model import Append, Contract, Upsert
from ingestion.explore.draft.draft import draft
from ingestion.explore.draft.render import render
from ingestion.loading.load import load
from ingestion.loading.result import LoadResult
from tests.conftest import Warehouse
from tests.integration.ingestion import companies

Take = Callable[..., tuple[Contract, list[LoadResult]]]


@pytest.fixture
def take(warehouse: Warehouse, empty: Callable[[], None], tmp_path: Path) -> Take:
    """Loads a file with the contract drafted from it, written and read again; all of it must be loaded."""

    def take(path: Path) -> tuple[Contract, list[LoadResult]]:
        drafted = draft(path, domain="d", table="drafted")
        contract_file = Path(tempfile.mkdtemp(dir=tmp_path)) / "drafted.yaml"
        contract_file.write_text(render(drafted), encoding="utf-8")
        contract = read_contract(contract_file)
        assert contract == drafted.contract
        empty()
        with psycopg.connect(warehouse.url("loader")) as connection:
            connection.execute("drop table if exists staging.raw_d_drafted cascade")
        results = load([path], url=warehouse.url("loader"), contracts=[contract])
        assert [(each.outcome, each.rows_rejected) for each in results] == [("loaded", 0)] * len(results), [
            each.message for each in results
        ]
        return contract, results

    return take


def types_of(contract: Contract) -> dict[str, str]:
    return {column.header: column.sql_type for column in contract.columns}


def held_back(contract: Contract) -> set[str]:
    return {column.header for column in contract.columns if column.classification != "public"}


def test_a_retailer(take: Take, tmp_path: Path) -> None:
    contract, (result,) = take(companies.retailer_orders(tmp_path))
    types = types_of(contract)
    assert result.rows_loaded == 120
    # A row's number restarts in the next file; with the order's number it distinguishes lines.
    assert contract.relation == Upsert(("order_id", "row_id"))
    assert {types[name] for name in ("Row ID", "Quantity")} == {"integer"}
    assert {types[name] for name in ("Sales", "Profit")} == {"numeric(18,4)"}
    assert (types["Order Date"], types["Postal Code"]) == ("date", "text")
    assert held_back(contract) == {"Order ID", "Customer ID", "Customer Name", "City", "Postal Code"}


@pytest.mark.parametrize("write", [companies.shop_invoices, companies.shop_invoices_workbook])
def test_an_online_shop(write: Callable[[Path], Path], take: Take, tmp_path: Path) -> None:
    contract, results = take(write(tmp_path))
    types = types_of(contract)
    assert sum(each.rows_loaded for each in results) == (150 if len(results) == 1 else 80)
    assert isinstance(contract.relation, Append)
    assert (types["Invoice"], types["StockCode"], types["Quantity"]) == ("text", "text", "integer")
    assert (types["InvoiceDate"], types["Customer ID"]) == ("timestamp", "integer")
    assert held_back(contract) == {"Invoice", "Customer ID"}


def test_a_bicycle_maker(take: Take, tmp_path: Path) -> None:
    contract, (result,) = take(companies.bicycle_sales(tmp_path))
    types = types_of(contract)
    assert result.rows_loaded == 100
    assert contract.relation == Upsert(("sales_order_number", "sales_order_line_number"))
    keys = ("ProductKey", "SalesTerritoryKey", "SalesOrderLineNumber", "OrderQuantity", "RevisionNumber")
    assert {types[name] for name in keys} == {"integer"}
    assert (types["SalesAmount"], types["OrderDate"]) == ("numeric(18,4)", "timestamp")


def test_a_crm(take: Take, tmp_path: Path) -> None:
    contract, _ = take(companies.crm_customers(tmp_path))
    assert contract.relation == Upsert(("customer_key",))
    assert set(contract.headers) - held_back(contract) == {"DateFirstPurchase"}


def test_a_bank(take: Take, tmp_path: Path) -> None:
    contract, (result,) = take(companies.bank_statement(tmp_path))
    assert result.rows_loaded == 28 and contract.number_format.decimal == ","
    assert contract.columns[0].date_formats == ("dd.MM.yy",)
    assert held_back(contract) == {"Auftraggeber / Beg\u00fcnstigter", "Verwendungszweck"}


def test_a_payment_provider(take: Take, tmp_path: Path) -> None:
    contract, (result,) = take(companies.psp_payouts(tmp_path))
    types = types_of(contract)
    assert result.rows_loaded == 50 and contract.relation == Upsert(("id",))
    assert (types["Created (UTC)"], types["Fee"], types["Is Refund"]) == (
        "timestamp",
        "numeric(18,2)",
        "boolean",
    )


def test_sap(take: Take, tmp_path: Path) -> None:
    contract, (result,) = take(companies.sap_lines(tmp_path))
    assert result.rows_loaded == 80 and contract.relation == Upsert(("vbeln", "posnr"))
    assert contract.number_format.trailing_minus and types_of(contract)["ERDAT"] == "date"


def test_a_report_for_people(take: Take, tmp_path: Path) -> None:
    contract, (result,) = take(companies.web_sales(tmp_path))
    assert result.rows_loaded == 40
    assert contract.columns[0].date_formats == ("MMM d, yyyy",)
    assert contract.number_format.percent and contract.number_format.currency == ("$",)


#: Number of rows in each small odd file, without sums and rules.
CASES = {
    "a01b_bom_middle_noheader.csv": 20,
    "a01c_invisible.csv": 10,
    "a02_equals_quoted.csv": 10,
    "a03_scientific_ids.csv": 12,
    "a04_ampm.csv": 9,
    "a06_month_names.csv": 12,
    "a08_sap_list.txt": 12,
    "a14_mixed_dm.csv": 8,
    "a18_mac.zip": 10,
    "a20_ps.jsonl": 12,
    "a20c_late_key.jsonl": 100,
    "j01_mixed_sku.jsonl": 12,
    "p01_index_level.parquet": 5,
    "p02_nan.parquet": 10,
    "p04_tz_midnight.parquet": 3,
    "t06_week_1_2.csv": 44,
    "t07_sheet_per_segment.xlsx": 60,
    "t09_invisible_product.csv": 40,
    "x03_two_row_header.xlsx": 5,
    "x04_merged_region.xlsx": 9,
    "x06_text_cells.xlsx": 9,
    "x13_excel_subtotals.xlsx": 8,
}


@pytest.mark.parametrize("name", CASES)
def test_small_odd_files(name: str, take: Take, cases: Path) -> None:
    _, results = take(cases / name)
    assert sum(each.rows_loaded for each in results) == CASES[name]


ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"])
HEADERS = st.lists(
    st.from_regex(r"[A-Za-z\u00e9][a-z ]{2,12}", fullmatch=True), min_size=2, max_size=5, unique=True
)
COLUMNS = st.sampled_from(
    [
        st.integers(-(10**9), 10**9).map(str),
        st.decimals(-(10**6), 10**6, places=2).map(str),
        st.integers(0, 10**6).map(lambda i: f"{i:,}"),
        st.dates().map(lambda day: f"{day.day:02}/{day.month:02}/{day.year:04}"),
        st.dates().map(lambda day: f"{day:%d %b %y}"),
        st.datetimes().map(lambda moment: f"{moment:%m/%d/%Y %I:%M %p}"),
        st.datetimes().map(lambda moment: moment.isoformat(" ", "seconds")),
        st.integers(0, 999).map(lambda i: f"{i:05}"),
        st.sampled_from(["yes", "no"]),
        st.sampled_from(["", "NULL", "5"]),
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=9),
        st.sampled_from(["Total", "North Total", "a", "Total Wine"]),
    ]
)


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    headers = draw(HEADERS)
    columns = [draw(COLUMNS) for _ in headers]
    rows = draw(st.lists(st.tuples(*columns), min_size=1, max_size=12))
    # A file without any value has no rows, and is held for that reason.
    assume(any(map(str.isalnum, "".join(cell for row in rows for cell in row))))
    text = io.StringIO()
    delimiter = draw(st.sampled_from(",;\t|"))
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        [headers, *rows]
    )
    return text.getvalue().encode(draw(ENCODINGS))


@settings(
    deadline=None,
    max_examples=25,
    # Each example is a load, so shrinking a failing one takes minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(content=tables())
def test_any_table(content: bytes, take: Take, tmp_path: Path) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(content)
    take(path)
