"""Tables for spreadsheets contain no text that would be computed."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ingestion.commands.spreadsheets import CannotWrite, harmless, write_for_spreadsheet


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\N{FULLWIDTH EQUALS SIGN}1"],
)
def test_formulas_show_as_they_are(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("value", ["", "1", "a=b", "'=1", "10-12", -5, 1.5, None])
def test_everything_else_stays(value: object) -> None:
    assert harmless(value) == value


def test_file(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_for_spreadsheet(
        path,
        {"line": "Line", "value": "Value"},
        [{"line": 2, "value": '=cmd|"x"', "more": "not asked for"}, {"line": 3, "value": "a\nb, é"}],
    )
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [["Line", "Value"], ["2", '\'=cmd|"x"'], ["3", "a\nb, é"]]
    assert [each.name for each in tmp_path.iterdir()] == ["table.csv"]


@pytest.mark.parametrize("place", ["nowhere/table.csv", "a folder", "a file/table.csv"])
def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "a folder").mkdir()
    (tmp_path / "a file").touch()
    with pytest.raises(CannotWrite, match=f"cannot write {tmp_path / place}: (No such|Is a|Not a)"):
        write_for_spreadsheet(tmp_path / place, {"line": "Line"}, [{"line": 1}])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a file", "a folder"]
