"""Rows are checked as a whole: every fault is found, and columns must agree with the date."""

from __future__ import annotations

import csv
from dataclasses import replace
from decimal import Decimal

import pytest

from ingestion.contract.model import Contract, Limit, Sum
from ingestion.findings.reasons import FaultKind
from ingestion.rows.checks import Fault, RowCheck, RowFaults
from ingestion.tabular.table import Row
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
    return [(fault.column, fault.value, fault.reason.text) for fault in caught.value.faults]


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
    found = faults(sales, country="", sales="5", profit="much", year="2013", month_name="Janvier")
    assert [column for column, _, _ in found] == ["Country", "Sales", "Profit", "Month Name", "Year"]


def test_repeats_of_a_broken_date_are_not_blamed(sales: Contract) -> None:
    found = faults(sales, sale_date="31/02/2014", month_number="2")
    assert found == [("Date", "31/02/2014", "'31/02/2014' is not a day of the calendar")]


def test_figures_that_do_not_add_up(sales: Contract) -> None:
    found = faults(sales, gross_sales="$12.00", discounts="1", sales=" $10.00 ", cogs="4", profit="($6.02)")
    assert found == [
        ("Sales", "10.00", "sales 10.00 is not gross sales 12.00 less discounts 1"),
        ("Profit", "-6.02", "profit -6.02 is not sales 10.00 less cogs 4"),
    ]


@pytest.mark.parametrize(
    ("gross", "discounts", "total"),
    [("12.00", "1.00", "11.01"), ("12.00", "1.00", "10.99"), ("-12.00", "-1.00", "-11.00"), ("0", "0", "0")],
)
def test_figures_that_add_up_to_a_cent(sales: Contract, gross: str, discounts: str, total: str) -> None:
    figures = [gross, discounts, total, "0", total]
    RowCheck(sales, range(16)).values(Row(2, [*SOUND[:7], *figures, *SOUND[12:]]))


def test_figures_are_added_exactly(sales: Contract) -> None:
    """18 digits at a time: neither doubles nor a short precision can tell these apart."""
    check = RowCheck(sales, range(16))
    huge = "99999999999999"
    check.values(Row(2, [*SOUND[:7], huge, huge, "0.0080", "0.0080", "0", *SOUND[12:]]))
    with pytest.raises(RowFaults, match=rf"sales 0.0101 is not gross sales {huge} less discounts {huge}"):
        check.values(Row(3, [*SOUND[:7], huge, huge, "0.0101", "0.0101", "0", *SOUND[12:]]))


def test_sum_of_several_columns(sales: Contract) -> None:
    rule = Sum("profit", ("sales", "cogs"), ("discounts", "units_sold"), Decimal(0))
    found = faults(replace(sales, sums=(rule,)), units_sold="2", discounts="1", sales="5", cogs="6")
    assert [reason for _, _, reason in found] == [
        "profit 16185.00 is not sales 5 plus cogs 6 less discounts 1 less units sold 2"
    ]


def nullable(contract: Contract, *names: str) -> Contract:
    """The contract with some columns optional."""
    columns = [replace(each, required=each.name not in names) for each in contract.columns]
    return replace(contract, columns=tuple(columns))


def row(contract: Contract, **cells: str) -> Row:
    return Row(
        2, [cells.get(column.name, cell) for column, cell in zip(contract.columns, SOUND, strict=True)]
    )


def test_one_column_is_at_most_another(sales: Contract) -> None:
    limited = replace(sales, limits=(Limit("discounts", "gross_sales"),))
    check = RowCheck(limited, range(16))
    even = row(sales, discounts="$9.50", gross_sales="9.50", sales="0", profit="0", cogs="0")
    assert check.values(even)[8] == "9.50"
    assert faults(limited, discounts="10", gross_sales="9.50", sales="-0.5", profit="0", cogs="-.5") == [
        ("Discounts", "10", "discounts 10 is more than gross sales 9.50")
    ]


@pytest.mark.parametrize("name", ["gross_sales", "discounts", "sales", "profit", "sale_date", "year"])
def test_rules_between_columns_skip_nulls(sales: Contract, name: str) -> None:
    contract = replace(nullable(sales, name), limits=(Limit("discounts", "gross_sales"),))
    values = RowCheck(contract, range(16)).values(row(sales, **{name: ""}))
    assert values == [
        None if column.name == name else v for column, v in zip(sales.columns, VALUES, strict=True)
    ]


def test_null_is_not_a_fault_beside_others(sales: Contract) -> None:
    assert faults(nullable(sales, "year", "sales"), year=" ", sales="", cogs="x") == [
        ("COGS", "x", "'x' is not a number")
    ]


def test_empty_words(sales: Contract) -> None:
    contract = replace(nullable(sales, "product"), empty_words=("n/a",))
    assert RowCheck(contract, range(16)).values(row(sales, product=" n/a "))[2] is None
    assert faults(contract, country="n/a") == [("Country", "n/a", "the value is missing")]


def test_optional_columns_that_the_file_lacks(sales: Contract) -> None:
    contract = nullable(sales, "product", "year")
    order = [0, 1, None, *range(2, 14), None]
    check = RowCheck(contract, order)
    assert check.values(Row(2, [*SOUND[:2], *SOUND[3:15]])) == [*VALUES[:2], None, *VALUES[3:15], None]
    with pytest.raises(RowFaults) as caught:
        check.values(Row(3, [SOUND[0], "", *SOUND[3:14], "May"]))
    assert [fault.column for fault in caught.value.faults] == ["Country", "Month Name"]


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("31/12/1989", "'31/12/1989' is before 1990-01-01, the first day allowed"),
        ("2050-01-01", "'2050-01-01' is after 2049-12-31, the last day allowed"),
    ],
)
def test_days_that_do_not_exist(sales: Contract, written: str, reason: str) -> None:
    assert faults(sales, sale_date=written) == [("Date", written, reason)]


@pytest.mark.parametrize(
    "cells", [("01/01/1990", "1", "January", "1990"), ("31/12/2049", "12", "December", "2049")]
)
def test_first_and_last_day(sales: Contract, cells: tuple[str, ...]) -> None:
    assert RowCheck(sales, range(16)).values(Row(2, [*SOUND[:12], *cells]))[15] == cells[3]


@pytest.mark.parametrize("word", ["Unknown", " UNKNOWN "])
def test_reserved_word(sales: Contract, word: str) -> None:
    reason = f"'{word.strip()}' is a reserved word and cannot be a product"
    assert faults(sales, product=word) == [("Product", word, reason)]
    assert RowCheck(sales, range(16)).values(Row(2, [*SOUND[:2], "Unknown 2", *SOUND[3:]]))


def test_row_that_could_not_be_parsed(sales: Contract) -> None:
    short = FaultKind.WRONG_WIDTH.reason(found=1, expected=16)
    with pytest.raises(RowFaults, match=r"^1 cells, 16 expected$") as caught:
        RowCheck(sales, range(16)).values(Row(2, (), b"x", 0, short))
    assert caught.value.faults == (Fault(None, None, short),)


def test_equal_looking_cells_of_other_types_are_not_mixed_up(sales: Contract) -> None:
    """1.0 and True are equal, but only one of them is a number."""
    check = RowCheck(sales, range(16))
    cells = [*SOUND[:4], 1.0, *SOUND[5:]]
    assert check.values(Row(2, cells))[4] == "1.00"
    with pytest.raises(RowFaults, match="'True' is not of the expected type"):
        check.values(Row(3, [*SOUND[:4], True, *SOUND[5:]]))
