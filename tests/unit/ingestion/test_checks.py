"""Rows are checked as a whole: every fault is found, and columns must agree with the date."""

from __future__ import annotations

import csv

import pytest

from ingestion.checks import Fault, RowCheck, RowFaults
from ingestion.contract import Contract
from ingestion.readers.table import Row
from tests.unit.ingestion.builders import ROW

SOUND = next(csv.reader([ROW]))
VALUES = [
    *("Government", "Canada", "Carretera", "None", "1618.50", "3.00", "20.00", "32370.00", "0"),
    *("32370.00", "16185.00", "16185.00", "2014-01-01", "1", "January", "2014"),
]


def faults(contract: Contract, **cells: str) -> list[tuple[str | None, str | None, str]]:
    row = [cells.get(column.name, cell) for column, cell in zip(contract.columns, SOUND, strict=True)]
    with pytest.raises(RowFaults) as caught:
        RowCheck(contract, range(16)).values(Row(2, row))
    return [(fault.column, fault.value, fault.reason) for fault in caught.value.faults]


def test_sound_row(sales: Contract) -> None:
    assert RowCheck(sales, range(16)).values(Row(2, SOUND)) == VALUES


def test_columns_in_another_order(sales: Contract) -> None:
    check = RowCheck(sales, tuple(reversed(range(16))))
    assert check.values(Row(2, SOUND[::-1])) == VALUES


def test_day_and_month_swapped(sales: Contract) -> None:
    found = faults(sales, sale_date="06/01/2014", month_number="6", month_name="June")
    assert found == [
        (
            "Month Number",
            "6",
            "month number '6' contradicts the date 06 January 2014: is one of them wrong, "
            "or are day and month swapped?",
        ),
        (
            "Month Name",
            "June",
            "month name 'June' contradicts the date 06 January 2014: is one of them wrong, "
            "or are day and month swapped?",
        ),
    ]


def test_year_contradicts(sales: Contract) -> None:
    assert [column for column, _, _ in faults(sales, year="2013")] == ["Year"]


def test_all_faults_in_the_order_of_columns(sales: Contract) -> None:
    found = faults(sales, country="Atlantis", profit="much", year="2013", month_name="Janvier")
    assert [column for column, _, _ in found] == ["Country", "Profit", "Month Name", "Year"]


def test_repeats_of_a_broken_date_are_not_blamed(sales: Contract) -> None:
    found = faults(sales, sale_date="31/02/2014", month_number="2")
    assert found == [("Date", "31/02/2014", "'31/02/2014' is not a day of the calendar")]


def test_row_that_could_not_be_taken_apart(sales: Contract) -> None:
    with pytest.raises(RowFaults) as caught:
        RowCheck(sales, range(16)).values(Row(2, (), b"x", 0, "1 cells, 16 expected"))
    assert caught.value.faults == (Fault(None, None, "1 cells, 16 expected"),)


def test_equal_looking_cells_of_other_types_are_not_mixed_up(sales: Contract) -> None:
    """1.0 and True are equal, but only one of them is a number."""
    check = RowCheck(sales, range(16))
    cells = [*SOUND[:4], 1.0, *SOUND[5:]]
    assert check.values(Row(2, cells))[4] == "1.00"
    with pytest.raises(RowFaults, match="'True' is not of the expected type"):
        check.values(Row(3, [*SOUND[:4], True, *SOUND[5:]]))
