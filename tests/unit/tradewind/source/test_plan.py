"""What becomes of each file, and that all of what is written is written, or nothing."""

from __future__ import annotations

import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from ingestion.contract.model import Append, Upsert
from tests.unit.ingestion.builders import write_workbook
from tests.unit.tradewind.mapping import exports
from tradewind.mapping.canonical import CanonicalModel
from tradewind.source.errors import SourceError
from tradewind.source.plan import Plan, make_plan, refuse_unrequested


def plan(*paths: Path) -> Plan:
    return make_plan(paths, (), {}, "acme", is_domain_known=True)


def sources(found: Plan) -> list[list[str]]:
    return [[each.contract.source for each in one.used] for one in found.proposed]


def test_two_files_of_sales_are_two_sources(tmp_path: Path) -> None:
    found = plan(exports.erp_lines(tmp_path), exports.till_receipts(tmp_path))
    assert sorted(sources(found)) == [["acme.till"], ["acme.umsatz"]]
    assert found.unused == []


def test_what_is_no_sales_is_not_taken_for_any(tmp_path: Path) -> None:
    found = plan(*exports.bicycle_maker(tmp_path))
    assert [used[0] for used in sources(found)] == ["acme.aw_sales"]
    assert set(sources(found)[0][1:]) == {
        *("acme.aw_products", "acme.aw_subcategories", "acme.aw_categories", "acme.aw_territories")
    }
    unused = {source.contract.source: reason for source, reason in found.unused}
    assert unused.keys() == {"acme.aw_customers", "acme.aw_calendar", "acme.aw_returns"}
    assert unused["acme.aw_returns"] == "it has no figures of its own"
    # what is looked up is loaded first
    assert found.paths[-1].stem.startswith("AW_Sales")


@pytest.mark.parametrize(
    ("name", "header", "reason"),
    [
        ("payments.csv", "Rechnungsnummer,Datum,Betrag", "its name says payments, which is not sales"),
        ("more.csv", "Rechnungsnummer,Datum,Betrag", "of its orders are in Umsatz_2024.csv, too"),
        ("plan.csv", "Nummer,Datum,Umsatz", "its name says plan, which is not sales"),
        ("more.csv", "Nummer,Datum,Budget Umsatz", "sales was not found"),
    ],
)
def test_money_that_is_not_sold_again(tmp_path: Path, name: str, header: str, reason: str) -> None:
    rows = [[f"R{2024000 + i}", f"{i % 28 + 1:02}.02.2024", f"{9 + i},50"] for i in range(60)]
    other = exports.write(tmp_path / name, header.replace(",", ";"), rows, ";")
    other.write_text(other.read_text().replace('"', ""))
    found = plan(exports.erp_lines(tmp_path), other)
    assert sources(found) == [["acme.umsatz"]]
    assert reason in found.unused[0][1]


def test_years_of_one_table_have_one_contract_that_takes_all_rows(tmp_path: Path) -> None:
    header = "Order ID,Line,Date,Product,Sales"
    rows = {
        2023: [[f"A{i}", 1, "2023-01-31", "Tea", f"{i}.5"] for i in range(500)],
        2024: [[f"B{i}", 1, "2024-01-31", "Tea", f"{i}.125"] for i in range(20)],
    }
    paths = [exports.write(tmp_path / f"sales_{year}.csv", header, lines) for year, lines in rows.items()]
    (found,) = plan(*paths).proposed
    drafted = found.used[0].draft
    assert (drafted.rows, drafted.refused) == (520, 0)
    assert drafted.contract.columns[-1].scale == 3
    assert drafted.contract.relation == Upsert(("order_id", "line"))


@pytest.mark.parametrize(("is_same", "relation"), [(True, Upsert), (False, Append)])
def test_numbers_that_begin_again_each_year_are_not_a_key(
    tmp_path: Path, is_same: bool, relation: type
) -> None:
    header = "Order ID,Line,Date,Product,Sales"
    first = [[f"A{i}", 1, "2023-01-31", "Tea", f"{i}.5"] for i in range(300)]
    # the last orders of the first file are in the second one again, or other orders have their numbers
    again = [[*row[:2], row[2] if is_same else "2024-01-31", *row[3:]] for row in first[250:]]
    second = [*again, *([f"B{i}", 1, "2024-01-31", "Tea", "1.5"] for i in range(10))]
    paths = [
        exports.write(tmp_path / f"sales_{i}.csv", header, rows) for i, rows in enumerate((first, second))
    ]
    (found,) = plan(*paths).proposed
    assert isinstance(found.used[0].draft.contract.relation, relation)


def test_another_company_with_the_same_columns_is_kept_apart(tmp_path: Path) -> None:
    path = exports.erp_lines(tmp_path)
    contract = plan(path).proposed[0].used[0].contract
    with pytest.raises(SourceError, match=r"has the columns of acme\.umsatz.* say DOMAIN=acme"):
        make_plan([path], [contract], {}, "beta", is_domain_known=True)
    guessed = make_plan([path], [contract], {}, "company", is_domain_known=False)
    assert sources(guessed) == [["acme.umsatz"]]


def test_long_names_leave_room_for_those_of_models(tmp_path: Path) -> None:
    header, rows = "Date,Product,Sales", [["2024-01-31", "Tea", "1.50"]] * 5
    path = exports.write(tmp_path / f"{'long ' * 9}name of a file.csv", header, rows)
    other = exports.write(tmp_path / f"{'long ' * 9}name of a File.csv", f"{header},Shop", [[*rows[0], "A"]])
    found = make_plan([path, other], (), {}, "a_company_of_renown", is_domain_known=True)
    tables = sorted(used[0].partition(".")[2] for used in sources(found))
    assert len(set(tables)) == 2
    assert all(len(f"stg_a_company_of_renown_{table}__sales_lines") <= 63 for table in tables)


def orders_workbook(path: Path, year: int) -> Path:
    """Orders in two sheets, returns and people beside them, a summary, notes, and a hidden list."""
    header = ["Order ID", "Order Date", "Region", "Product", "Sales", "Profit"]
    orders = {1: header} | {
        i: [f"{year}-{i}", f"{year}-01-{i:02}", "East" if i % 2 else "West", "Tea", i + 0.5, 0.25]
        for i in range(2, 28)
    }
    sheets = {
        "Notes": {1: ["Exported from the shop."], 3: ["All amounts in dollars."]},
        "Orders": orders,
        "Orders of shops": {1: header} | {i: [f"S{row[0]}", *row[1:]] for i, row in orders.items() if i > 1},
        "Returns": {1: ["Returned", "Order ID"]} | {i: ["Yes", f"{year}-{i}"] for i in range(2, 9)},
        "People": {1: ["Region", "Person"], 2: ["East", "Ada"], 3: ["West", "Bob"]},
        "Months": {1: ["Date", "Sales"]} | {i: [f"{year}-{i:02}-01", 100.5 + i] for i in range(2, 12)},
    }
    return write_workbook(path, sheets)


def test_each_table_of_a_workbook_is_a_source_and_only_one_holds_its_sales(tmp_path: Path) -> None:
    paths = [orders_workbook(tmp_path / f"shop_{year}.xlsx", year) for year in (2023, 2024)]
    found = plan(*paths)
    assert sources(found) == [["acme.orders"]]
    assert found.proposed[0].used[0].draft.rows == 2 * 2 * 26
    assert found.paths == paths
    reasons = {source.names: reason for source, reason in found.unused}
    assert reasons.keys() == {
        f"shop_2023.xlsx [{sheet}], shop_2024.xlsx [{sheet}]" for sheet in ("Returns", "People", "Months")
    }
    assert found.passed_over == ["shop_2023.xlsx [Notes]", "shop_2024.xlsx [Notes]"]
    (of_months,) = (reason for names, reason in reasons.items() if "Months" in names)
    assert "it may repeat what shop_2023.xlsx [Orders], shop_2024.xlsx [Orders] holds" in of_months

    # later workbooks are files of a source that is mapped, and their other sheets are still left alone
    contract = found.proposed[0].used[0].contract
    mapping = SimpleNamespace(contract=contract, joins={}, model=CanonicalModel("sales_lines"))
    later = orders_workbook(tmp_path / "shop_2025.xlsx", 2025)
    again = make_plan([later], (contract,), {tmp_path: mapping}, "acme", is_domain_known=True)
    assert (again.proposed, again.paths) == ([], [later])
    assert len(again.unused) == 3


def test_a_workbook_of_one_table_and_notes_has_the_workbooks_name(tmp_path: Path) -> None:
    sheets = {
        "Tabelle1": {1: ["Date", "Product", "Sales"]} | {i: ["2024-01-31", "Tea", 1.5] for i in range(2, 9)}
    }
    sheets["Info"] = {1: ["all in dollars"]}
    assert sources(plan(write_workbook(tmp_path / "Tills 2024.xlsx", sheets))) == [["acme.tills"]]


def test_an_archive_of_several_files_is_to_be_unpacked(tmp_path: Path) -> None:
    files = exports.erp_lines(tmp_path), exports.till_receipts(tmp_path)
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        for path in files:
            archive.write(path, path.name)
    with pytest.raises(SourceError, match="unpack it, and name the files in it"):
        plan(tmp_path / "archive.zip")


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "book.csv").write_bytes(b"")
    with pytest.raises(SourceError, match=r"book\.csv"):
        plan(tmp_path / "book.csv")


def test_files_that_become_sales_on_request_only_are_refused_without_it() -> None:
    items, own = (
        SimpleNamespace(contract=SimpleNamespace(source=source), on_request=on_request)
        for source, on_request in (("olist.order_items", True), ("acme.orders", False))
    )
    refuse_unrequested([own, items], ["olist.order_items"])
    with pytest.raises(SourceError, match=r"write SALES_LINES_OF=olist\.order_items into \.env"):
        refuse_unrequested([own, items], [])
