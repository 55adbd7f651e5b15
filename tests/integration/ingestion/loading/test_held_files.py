"""A file that cannot be loaded is held with a message, once, and the other files are loaded."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from ingestion.contract.files import read_contracts
from ingestion.loading import loader
from ingestion.loading.by_row import RowWriter
from ingestion.loading.load import load
from ingestion.readers.text.csv_text import CsvTable
from tests.unit.ingestion.builders import HEADER, ROW, write_workbook


@pytest.mark.parametrize(
    ("name", "edit", "message"),
    [
        ("empty.csv", lambda content: b"", "the file is empty: deliver it again with its rows"),
        ("blank.csv", lambda content: b"\r\n \r\n", "the file has only blank lines"),
        (
            "header.csv",
            lambda content: content.split(b"\r\n")[0],
            "it holds a header and no rows: an empty file replaces nothing",
        ),
        (
            "renamed_column.csv",
            lambda content: content.replace(b" COGS ", b" Cost ", 1),
            "the header does not fit the nearest contract, sales.transactions: "
            "correct the columns (missing: 'COGS'; unknown: 'Cost')",
        ),
        (
            "doubled_column.csv",
            lambda content: content.replace(b" COGS ", b" profit", 1),
            "the header does not fit the nearest contract, sales.transactions: "
            "correct the columns (missing: 'COGS'; doubled: 'Profit')",
        ),
        (
            "no_header.csv",
            lambda content: content.split(b"\r\n", 1)[1],
            "the header 'Government', 'Canada', 'Carretera', 'None', '$1,618.50', '$3.00', "
            "'$20.00', '$32,370.00' and 8 more fits no contract: "
            "check that the file begins with its header, or write a contract: python -m ingestion draft FILE",
        ),
        (
            "sales.xlsx",
            lambda content: b"PK\x03\x04 and no workbook",
            "the packed file is damaged or cut off (File is not a zip file): "
            "download it again, or ask for it again",
        ),
        (
            "sales.pdf",
            lambda content: b"%PDF-1.7",
            "it is a PDF, which has no cells to read: ask for the table as .xlsx or .csv",
        ),
    ],
)
def test_file_is_held(
    name: str, edit, message: str, published_csv: Path, tmp_path: Path, empty_warehouse: str, query
) -> None:
    path = tmp_path / name
    path.write_bytes(edit(published_csv.read_bytes()))

    held, loaded = load([path, published_csv], url=empty_warehouse)

    assert (held.outcome, held.message) == ("held", f"nothing taken: {message}")
    assert (loaded.outcome, loaded.rows_loaded) == ("loaded", 700)
    assert query("select file_name, state, message from ops.loads order by load_id") == [
        (name, "held", message),
        ("Financials.csv", "loaded", None),
    ]


def test_held_again_is_one_entry(published_csv: Path, tmp_path: Path, empty_warehouse: str, query) -> None:
    first = tmp_path / "first.csv"
    first.write_bytes(published_csv.read_bytes().replace(b"Paseo", b"Unknown"))
    second = tmp_path / "second.csv"
    second.write_bytes(first.read_bytes())

    results = load([first, second, first], url=empty_warehouse)

    assert {result.outcome for result in results} == {"held"}
    assert len({result.load_id for result in results}) == 1
    assert query("select file_name, rows_rejected from ops.loads") == [("first.csv", 700)]
    assert query("select count(*) from ops.rejected_rows") == [(202,)]


def test_missing_file_does_not_stop_the_others(
    published_csv: Path, tmp_path: Path, empty_warehouse: str, query
) -> None:
    gone, loaded = load([tmp_path / "gone.csv", published_csv], url=empty_warehouse)

    assert (gone.outcome, loaded.outcome) == ("gone", "loaded")
    assert query("select count(*) from ops.loads") == [(1,)]


@pytest.mark.parametrize("while_reading", [True, False])
def test_unexpected_error_affects_only_one_file(
    published_csv: Path, tmp_path: Path, empty_warehouse: str, query, monkeypatch, caplog, while_reading: bool
) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes(published_csv.read_bytes() + b"\r\n")
    open_members, rows = loader.open_members, CsvTable.rows

    def stumble_at_opening(file: Path):
        if file == path:
            raise RuntimeError("generator raised StopIteration")
        return open_members(file)

    def stumble_in_the_middle(table: CsvTable, after: int, width: int):
        for row in rows(table, after, width):
            if row.line == 500 and table._file.name == str(path):
                raise RuntimeError("generator raised StopIteration")
            yield row

    if while_reading:
        monkeypatch.setattr(CsvTable, "rows", stumble_in_the_middle)
    else:
        monkeypatch.setattr(loader, "open_members", stumble_at_opening)
    held, loaded = load([path, published_csv], url=empty_warehouse)

    message = "an unexpected error ended its reading, RuntimeError: generator raised StopIteration"
    assert (held.outcome, held.message) == ("held", f"nothing taken: {message}")
    assert (loaded.outcome, loaded.rows_loaded) == ("loaded", 700)
    assert query("select state, message from ops.loads order by started_at") == [
        ("held", message),
        ("loaded", None),
    ]
    assert query("select count(*) from staging.raw_sales_transactions") == [(700,)]
    # With its traceback, for whoever fixes it.
    assert [record.exc_info is not None for record in caplog.records] == [True]


@pytest.mark.parametrize(
    "error", [psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.InsufficientPrivilege]
)
def test_trouble_with_the_warehouse_is_not_a_fault_of_the_file(
    published_csv: Path, empty_warehouse: str, query, monkeypatch, error: type[Exception]
) -> None:
    def fail(*arguments) -> None:
        raise error("gone")

    monkeypatch.setattr(RowWriter, "write", fail)
    with pytest.raises(error, match="gone"):
        load([published_csv], url=empty_warehouse)
    assert query("select count(*) from ops.loads") == [(0,)]


def test_workbook_with_a_stray_space(tmp_path: Path, empty_warehouse: str) -> None:
    header, row = (next(csv.reader([line])) for line in (HEADER, ROW))
    sheets = {"Notes": {3: [" "]}, "Sales": {1: header, 2: row}}
    path = write_workbook(tmp_path / "sales.xlsx", sheets)
    (result,) = load([path], url=empty_warehouse)
    assert (result.outcome, result.rows_loaded) == ("loaded", 1)


def test_hostile_names_and_values(published_csv: Path, tmp_path: Path, empty_warehouse: str, query) -> None:
    lines = published_csv.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b"Carretera", b"Carr\x00tera")
    lines[2] = lines[2].replace(b"January", b"'; drop table ops.loads; --")
    path = tmp_path / "'; drop table ops.loads; --\n[red]\udcff.csv"
    path.write_bytes(b"".join(lines))

    (result,) = load([path], url=empty_warehouse)

    assert (result.rows_loaded, result.rows_rejected) == (698, 2)
    assert query("select file_name from ops.loads") == [("'; drop table ops.loads; --\\n[red]\\udcff.csv",)]
    assert query("select line, column_name, value from ops.rejected_rows order by line") == [
        (2, None, None),
        (3, "Month Name", " '; drop table ops.loads; -- "),
    ]


def test_a_byte_order_mark_takes_precedence_over_the_contract(
    published_csv: Path, tmp_path: Path, empty_warehouse: str
) -> None:
    path = tmp_path / "utf16.csv"
    path.write_bytes(published_csv.read_bytes().decode().encode("utf-16"))
    (result,) = load([path], url=empty_warehouse)
    assert (result.outcome, result.rows_loaded) == ("loaded", 700)


def test_a_sheet_that_lacks_a_column_is_held_beside_a_good_one(
    tmp_path: Path, empty_warehouse: str, query
) -> None:
    header, row = (next(csv.reader([line])) for line in (HEADER, ROW))
    sheets = {
        "January": {1: header, 2: row},
        "February": {1: header[:-1], 2: row[:-1]},
        "Notes": {1: ["made by hand"]},
    }
    path = write_workbook(tmp_path / "sales.xlsx", sheets)

    results = load([path], url=empty_warehouse)

    assert [(result.file, result.outcome) for result in results] == [
        ("sales.xlsx [January]", "loaded"),
        ("sales.xlsx [February]", "held"),
    ]
    assert "missing: 'Year'" in results[1].message
    assert query("select part, state from ops.loads order by load_id") == [
        ("January", "loaded"),
        ("February", "held"),
    ]


def test_the_contract_chooses_the_sheet(tmp_path: Path, empty_warehouse: str) -> None:
    header, row = (next(csv.reader([line])) for line in (HEADER, ROW))
    sheets = {name: {1: header, 2: row} for name in ("Data 2014", "Backup")}
    path = write_workbook(tmp_path / "sales.xlsx", sheets)
    (sales,) = (each for each in read_contracts() if each.source == "sales.transactions")

    results = load([path], url=empty_warehouse, contracts=[replace(sales, sheets=("data*",))])

    assert [(result.file, result.outcome) for result in results] == [("sales.xlsx [Data 2014]", "loaded")]
