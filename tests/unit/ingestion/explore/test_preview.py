"""A preview shows what the readers see, and whether the file would be loaded."""

from __future__ import annotations

import argparse
import json
import zipfile
from pathlib import Path

import pytest

from ingestion.commands.preview import add_preview
from ingestion.contract.model import Contract
from ingestion.explore.preview import Preview, preview
from tests.unit.ingestion.builders import HEADER, ROW, write_workbook


def written(folder: Path, *lines: str, name: str = "sales.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def seen(path: Path, *contracts: Contract, **options) -> Preview:
    [only] = preview(path, contracts, **options)
    return only


def test_a_file_that_fits(tmp_path: Path, sales: Contract) -> None:
    found = seen(written(tmp_path, "Report of sales", HEADER, ROW, ROW), sales)
    assert found.is_fine and found.source == "sales.transactions" and found.why_not is None
    assert (found.format, found.header_line, found.rows, found.is_complete) == ("text", 2, 2, True)
    assert found.above == [["Report of sales"]]
    assert found.dialect.delimiter == ","
    types = {column.header.strip(): column.type for column in found.columns}
    assert (types["Sales"], types["Date"]) == ("numeric(18,2)", "date dd/MM/yyyy")
    assert len(found.first) == 2


def test_rejected_rows(tmp_path: Path, sales: Contract) -> None:
    broken = ROW.replace("January", "Nivose")
    found = seen(written(tmp_path, HEADER, ROW, broken, "x", broken), sales, show=2)
    assert (found.rows, found.rejected, found.is_fine) == (4, 3, False)
    assert [(fault.line, fault.column) for fault in found.faults] == [(3, "Month Name"), (4, None)]


def test_a_breach(tmp_path: Path, sales: Contract) -> None:
    found = seen(written(tmp_path, HEADER + ",More", ROW + ",1", ROW + ",2"), sales)
    assert found.breach == "unknown: 'More'" and not found.is_fine


def test_no_contract(tmp_path: Path, sales: Contract) -> None:
    found = seen(written(tmp_path, "id,city", "1,Rome", "2,", "3"), sales)
    assert found.source is None and "fits no contract" in found.why_not and not found.is_fine
    assert [(column.header, column.filled) for column in found.columns] == [("id", 1.0), ("city", 0.5)]
    assert (found.rejected, found.faults[0].reason) == (1, "1 cells, 2 expected")


def test_only_the_first_rows(tmp_path: Path) -> None:
    found = seen(written(tmp_path, "id,city", "1,Rome", "2,Oslo", "3,Bern"), most=2)
    assert (found.rows, found.is_complete) == (2, False)


def test_files_of_an_archive(tmp_path: Path, sales: Contract) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("good.csv", f"{HEADER}\n{ROW}\n")
        archive.writestr("bad.csv", b"%PDF-1.4")
    good, bad = preview(tmp_path / "all.zip", [sales])
    assert (good.file, good.is_fine) == ("all.zip/good.csv", True)
    assert "PDF" in bad.unreadable and not bad.is_fine


def test_sheets(tmp_path: Path) -> None:
    sheet = {1: ["id", "name"], 2: [1.0, "x"], 3: [2.0, "y"]}
    path = write_workbook(tmp_path / "book.xlsx", {"One": sheet, "Two": sheet})
    assert [each.sheet for each in preview(path, [])] == ["One", "Two"]
    assert seen(path, sheet="Two").rows == 2
    assert seen(path, sheet="Three").unreadable == "there is no sheet of this name"


def test_a_sheet_beside_one_that_fits_is_skipped(tmp_path: Path, sales: Contract) -> None:
    data = {1: [column.header for column in sales.columns]}
    path = write_workbook(tmp_path / "book.xlsx", {"Data": data, "Notes": {1: ["a", "b"], 2: ["x", "y"]}})
    first, second = preview(path, [sales])
    assert first.source and second.is_passed_over and second.is_fine
    assert not seen(path, sales, sheet="Notes").is_fine


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    add_preview(parser.add_subparsers())
    options = parser.parse_args(["preview", *arguments])
    return options.run(options)


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(written(tmp_path, HEADER, ROW))) == 0
    assert "Contract\tsales.transactions" in capsys.readouterr().out
    unknown = written(tmp_path, "id,town", f"1,{'x' * 99}", "2,a", name="towns of all.csv")
    assert run(str(unknown), "--rows", "1") == 1
    out = capsys.readouterr().out
    assert "python -m ingestion draft '" in out and "x" * 39 + "…" in out
    assert run(str(unknown), "--json") == 1
    [record] = json.loads(capsys.readouterr().out)
    assert record["rows"] == 2 and record["dialect"]["delimiter"] == ","
    assert run(str(tmp_path / "missing.csv")) == 1
    assert "No such file" in capsys.readouterr().err


def test_command_says_when_it_stops(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "id,town", *(f"{i},x" for i in range(100_001)))
    run(str(path))
    assert "the first 100,000 rows; --all looks at all of them" in capsys.readouterr().out
    run(str(path), "--all")
    assert "Rows\t100,001" in capsys.readouterr().out


def test_shortened_numbers_are_remarked_upon_without_a_contract(tmp_path: Path) -> None:
    path = tmp_path / "ids.csv"
    path.write_text("order no,amount\n1.23457E+11,5\n2.23457E+11,6\n", encoding="utf-8")
    (seen,) = preview(path, [])
    assert [(each.kind, "'1.23457E+11'" in each.text) for each in seen.remarks] == [
        ("shortened_numbers", True)
    ]
