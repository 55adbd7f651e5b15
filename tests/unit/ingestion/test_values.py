"""Cells become exactly the value that they show, or are refused with a reason."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.contract import Column, ColumnType, NumberFormat
from ingestion.values import Cell, Parser, parser_for, printable, shown

FORMAT = NumberFormat(groupings=("western", "indian"), currency=("$",), parentheses=True, dash_is_zero=True)


def parser(kind: ColumnType, **options) -> Parser:
    column = Column("c", "Country", kind, str(kind), "", "public", **options)
    return parser_for(column, FORMAT)


MONEY = parser(ColumnType.NUMERIC, precision=18, scale=4)
UNITS = parser(ColumnType.NUMERIC, precision=18, scale=2)
WHOLE = parser(ColumnType.INTEGER)
DAY = parser(ColumnType.DATE, date_formats=("dd/MM/yyyy", "yyyy-MM-dd"))


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (" $1,618.50 ", "1618.50"),
        (" $-   ", "0"),
        ("-", "0"),
        ("$(4,533.75)", "-4533.75"),
        ("($4,533.75)", "-4533.75"),
        ("(5)", "-5"),
        ("-$5.00", "-5.00"),
        ("$-5.00", "-5.00"),
        (" $5,29,550.00 ", "529550.00"),
        ("1,234,567", "1234567"),
        ("12,34,567.8", "1234567.8"),
        (".5", "0.5"),
        ("1.50000", "1.50000"),
        ("99999999999999.9999", "99999999999999.9999"),
        (772.8000000000001, "772.8000"),
        (31133.024999999998, "31133.0250"),
        (12345678901.100002, "12345678901.1000"),
        (-3529.5, "-3529.5000"),
    ],
)
def test_number(cell: Cell, value: str) -> None:
    assert MONEY(cell) == value


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("twelve", "'twelve' is not a number"),
        ("", "the value is missing"),
        ("   ", "the value is missing"),
        (None, "the value is missing"),
        ("NaN", "'NaN' is not a number"),
        ("inf", "'inf' is not a number"),
        ("1e3", "'1e3' is not a number"),
        ("1,2,3", "'1,2,3' is not a number"),
        ("12,3456", "'12,3456' is not a number"),
        ("1,23", "'1,23' is not a number"),
        ("1.2.3", "'1.2.3' is not a number"),
        ("1.", "'1.' is not a number"),
        ("$", "'$' is not a number"),
        ("()", "'()' is not a number"),
        ("(5", "'(5' is not a number"),
        ("--5", "'--5' is not a number"),
        ("-(5)", "'-(5)' is not a number"),
        ("٣", "'٣' is not a number"),
        ("€5", "'€5' is not a number"),
        ("1.23456", "'1.23456' has more than 4 decimals"),
        (0.12345, "'0.12345' has more than 4 decimals"),
        (1e20, "'1e+20' is too large: at most 14 digits before the point"),
        ("100000000000000", "'100000000000000' is too large: at most 14 digits before the point"),
        (float("nan"), "'nan' is not a number"),
        (True, "'True' is not of the expected type"),
    ],
)
def test_not_a_number(cell: Cell, reason: str) -> None:
    with pytest.raises(ValueError) as caught:
        MONEY(cell)
    assert str(caught.value) == reason


def test_scale_is_the_columns() -> None:
    assert UNITS(1618.5) == "1618.50"
    with pytest.raises(ValueError, match=r"'0\.005' has more than 2 decimals"):
        UNITS(0.005)


def test_only_the_contracts_forms_are_read() -> None:
    plain = parser_for(Column("c", "C", ColumnType.NUMERIC, "", "", "", 18, 2), NumberFormat())
    assert plain("-1234.50") == "-1234.50"
    for cell in ("1,234.50", "$5", "(5)", "-"):
        with pytest.raises(ValueError, match="is not a number"):
            plain(cell)


def test_decimal_comma() -> None:
    german = NumberFormat(decimal=",", grouping=".", groupings=("western",), currency=("€",))
    parse = parser_for(Column("c", "C", ColumnType.NUMERIC, "", "", "", 18, 2), german)
    assert parse("€ 1.234,50") == "1234.50"


@pytest.mark.parametrize(("cell", "value"), [("6", "6"), (" 06 ", "6"), (2014.0, "2014"), ("1.0", "1")])
def test_whole_number(cell: Cell, value: str) -> None:
    assert WHOLE(cell) == value


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("6.5", "'6.5' is not a whole number"),
        (6.5, "'6.5' is not a whole number"),
        ("May", "'May' is not a number"),
        ("2147483648", "'2147483648' is too large for a whole number"),
    ],
)
def test_not_a_whole_number(cell: Cell, reason: str) -> None:
    with pytest.raises(ValueError) as caught:
        WHOLE(cell)
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    "cell", ["01/02/2014", " 2014-02-01 ", date(2014, 2, 1), datetime(2014, 2, 1)], ids=str
)
def test_date(cell: Cell) -> None:
    assert DAY(cell) == "2014-02-01"


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("31/02/2014", "'31/02/2014' is not a day of the calendar"),
        ("29/02/2015", "'29/02/2015' is not a day of the calendar"),
        ("13/13/2014", "'13/13/2014' is not a day of the calendar"),
        ("1/2/2014", "'1/2/2014' is not a date as DD/MM/YYYY or YYYY-MM-DD"),
        ("01.02.2014", "'01.02.2014' is not a date as DD/MM/YYYY or YYYY-MM-DD"),
        (41640.0, "'41640.0' is not a date as DD/MM/YYYY or YYYY-MM-DD"),
        (datetime(2014, 2, 1, 9), "'2014-02-01 09:00:00' has a time of day; a date is expected"),
        ("", "the value is missing"),
    ],
)
def test_not_a_date(cell: Cell, reason: str) -> None:
    with pytest.raises(ValueError) as caught:
        DAY(cell)
    assert str(caught.value) == reason


def test_text() -> None:
    name = parser(ColumnType.TEXT, max_length=5)
    assert (name(" Velo "), name("None"), name(2014.0)) == ("Velo", "None", "2014")
    with pytest.raises(ValueError, match="has 6 characters; at most 5 are allowed"):
        name("abcdef")
    with pytest.raises(ValueError, match="holds a NUL character"):
        name("a\0b")


def test_known_values_are_named() -> None:
    country = parser(ColumnType.TEXT, allowed=("Canada", "France"))
    assert country(" Canada ") == "Canada"
    with pytest.raises(ValueError, match=r"^unknown country 'Atlantis'; known: Canada, France$"):
        country("Atlantis")


def test_shown_values_fit_on_a_line() -> None:
    assert shown("a\nb\0") == r"'a\nb\x00'"
    assert shown("x" * 100) == "'" + "x" * 59 + "…'"
    assert printable("Köln") == "Köln"


def grouped(whole: str, first: int, size: int) -> str:
    """Digits with commas: the last `first` digits together, those before in groups of `size`."""
    head, parts = whole[:-first], [whole[-first:]]
    while head:
        head, part = head[:-size], head[-size:]
        parts.insert(0, part)
    return ",".join(parts)


@given(
    st.decimals(min_value=-(10**13), max_value=10**13, places=4, allow_nan=False, allow_infinity=False),
    st.sampled_from([(20, 3), (3, 3), (3, 2)]),
    st.sampled_from(["{0}", " ${0} ", "$ {0}"]),
    st.sampled_from(["-{0}", "({0})"]),
)
def test_every_form_gives_the_number_back(number: Decimal, groups, currency: str, negative: str) -> None:
    whole, decimals = f"{abs(number):f}".split(".")
    text = currency.format(f"{grouped(whole, *groups)}.{decimals}").strip()
    if number < 0:
        text = negative.format(text)
    assert Decimal(MONEY(f" {text} ")) == number


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2), st.integers(min_value=-2, max_value=2))
def test_noise_of_doubles_is_rounded_away(number: Decimal, steps: int) -> None:
    double = float(number)
    for _ in range(abs(steps)):
        double = math.nextafter(double, math.copysign(math.inf, steps))
    assert Decimal(UNITS(double)) == number


@given(st.text("0123456789,.$()-+e \u0663", max_size=12))
def test_text_is_never_a_number_by_accident(text: str) -> None:
    """What is accepted holds the digits of its value, in order."""
    try:
        value = MONEY(text)
    except ValueError:
        return
    assert Decimal(value).is_finite()
    assert [c for c in value.lstrip("-0") if c.isdigit()] == [c for c in text.lstrip(" -$(0") if c.isdigit()]
