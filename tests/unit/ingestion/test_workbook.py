"""Workbooks give rows with the numbers that a person sees beside them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ingestion.readers import open_tables
from ingestion.readers.table import Row, Unreadable
from tests.unit.ingestion.builders import DATE_STYLE, Sheet, write_workbook


def read(path: Path, sheets: dict[str, Sheet]) -> list[tuple[str, list[str], list[Row]]]:
    with open_tables(write_workbook(path, sheets)) as tables:
        return [(table.name, list(table.header), list(table.rows())) for table in tables]


def test_rows_keep_their_number(tmp_path: Path) -> None:
    sheet = {3: ["Name", "Sold on", "Price"], 4: ["Velo", (41640.0, DATE_STYLE), 772.8], 7: ["VTT", "x", 0.0]}
    ((name, header, rows),) = read(tmp_path / "a.xlsx", {"Sales": sheet})
    assert (name, header) == ("Sales", ["Name", "Sold on", "Price"])
    assert [(row.line, row.cells) for row in rows] == [
        (4, ["Velo", date(2014, 1, 1), 772.8]),
        (7, ["VTT", "x", 0.0]),
    ]
    assert rows[0].evidence() == b'["Velo", "2014-01-01", 772.8]'


def test_missing_and_extra_cells(tmp_path: Path) -> None:
    ((_, _, rows),) = read(
        tmp_path / "a.xlsx", {"S": {1: ["a", "b"], 2: ["x"], 3: ["x", "y", 0.0], 4: [" "]}}
    )
    assert [(row.line, row.fault) for row in rows] == [(2, None), (3, "3 cells, 2 expected")]
    assert list(rows[0].cells) == ["x", ""]


def test_empty_sheets_are_no_tables(tmp_path: Path) -> None:
    tables = read(tmp_path / "a.xlsx", {"Empty": {}, "Sales": {1: ["a"], 2: ["x"]}})
    assert [name for name, _, _ in tables] == ["Sales"]


def test_sheets_with_nothing_but_spaces_are_no_tables(tmp_path: Path) -> None:
    tables = read(tmp_path / "a.xlsx", {"Stray": {5: [None, " "]}, "Sales": {1: ["a"], 2: ["x"]}})
    assert [name for name, _, _ in tables] == ["Sales"]


@pytest.mark.parametrize("sheets", [{"S": {}}, {"S": {}, "T": {}}, {"S": {1: [" "]}}])
def test_nothing_but_empty_sheets(tmp_path: Path, sheets: dict[str, Sheet]) -> None:
    with pytest.raises(Unreadable, match="the workbook holds empty sheets only"):
        read(tmp_path / "a.xlsx", sheets)


def test_damaged_workbook(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", {"S": {1: ["a"]}})
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(Unreadable, match="the workbook cannot be opened"), open_tables(path):
        pass


def test_workbook_called_csv(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.csv", {"S": {1: ["a"]}})
    with (
        pytest.raises(Unreadable, match=r"with the ending '.csv' it is of no known format"),
        open_tables(path),
    ):
        pass
