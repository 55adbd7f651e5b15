"""Cells become exactly the value that they show, or are refused with a reason."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.contract.date_formats import moment_format
from ingestion.contract.model import Column, ColumnType, NumberFormat
from ingestion.findings.reasons import Refused
from ingestion.rows.notices import Notice
from ingestion.rows.parsers import parser_for
from ingestion.tabular.cells import Cell, Parser, printable, shown

FORMAT = NumberFormat(groupings=("western", "indian"), currency=("$",), parentheses=True, dash_is_zero=True)


def parser(
    kind: ColumnType, number_format: NumberFormat = FORMAT, empty_words: tuple[str, ...] = (), **options
) -> Parser:
    column = Column("c", "Country", kind, str(kind), "", "public", **options)
    return parser_for(column, number_format, empty_words)


def reason(parse: Parser, cell: Cell) -> str:
    with pytest.raises(Refused) as caught:
        parse(cell)
    return str(caught.value)


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
        ("\u22125", "-5"),
        ("5 $", "5"),
        ("-1,234$", "-1234"),
        ("(5 $)", "-5"),
        ("(5)$", "-5"),
        ("- $", "0"),
        (5, "5"),
        (-12345678901234, "-12345678901234"),
        (Decimal("0.1000"), "0.1000"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0E+99"), "0"),
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
        ("$5$", "'$5$' is not a number"),
        ("5-", "'5-' is not a number"),
        ("5%", "'5%' is not a number"),
        (1e300, "'1e+300' is too large: at most 14 digits before the point"),
        (10**14, "'100000000000000' is too large: at most 14 digits before the point"),
        (Decimal("0.12345"), "'0.12345' has more than 4 decimals"),
        (Decimal("NaN"), "'NaN' is not a number"),
        (Decimal("1E+999999"), "'1E+999999' is too large or too small for any column"),
        (Decimal("1E-999999"), "'1E-999999' is too large or too small for any column"),
    ],
)
def test_not_a_number(cell: Cell, reason: str) -> None:
    with pytest.raises(ValueError) as caught:
        MONEY(cell)
    assert str(caught.value) == reason


def test_scale_is_that_of_the_column() -> None:
    assert UNITS(1618.5) == "1618.50"
    with pytest.raises(ValueError, match=r"'0\.005' has more than 2 decimals"):
        UNITS(0.005)


def test_only_the_formats_of_the_contract_are_read() -> None:
    plain = parser(ColumnType.NUMERIC, NumberFormat(), precision=18, scale=2)
    assert plain("-1234.50") == "-1234.50"
    for cell in ("1,234.50", "$5", "(5)", "-", "5-", "5%", "1e3"):
        with pytest.raises(ValueError, match="is not a number"):
            plain(cell)


def test_decimal_comma() -> None:
    german = NumberFormat(decimal=",", grouping=".", groupings=("western",), currency=("€",))
    parse = parser(ColumnType.NUMERIC, german, precision=18, scale=2)
    assert parse("€ 1.234,50") == "1234.50"


EVERY_SIGN = NumberFormat(
    decimal=",",
    grouping=". '\u00a0\u202f",
    groupings=("western",),
    currency=("€", "EUR"),
    trailing_minus=True,
    percent=True,
    exponent=True,
)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1.234.567,50 €", "1234567.50"),
        ("1 234 567,5 EUR", "1234567.5"),
        ("1\u00a0234\u00a0567", "1234567"),
        ("1\u202f234,5 €", "1234.5"),
        ("1'234", "1234"),
        ("1.234,50-", "-1234.50"),
        ("1.234,50- €", "-1234.50"),
        ("1.234,50 €-", "-1234.50"),
        ("€ 5\u2212", "-5"),
        ("12,5 %", "0.125"),
        ("-100%", "-1.00"),
        ("1,5e3", "1500"),
        ("-1,5E-3", "-0.0015"),
        ("1e2%", "1"),
    ],
)
def test_signs_of_other_countries(cell: Cell, value: str) -> None:
    assert parser(ColumnType.NUMERIC, EVERY_SIGN, precision=18, scale=4)(cell) == value


@pytest.mark.parametrize("cell", ["1.234 567", "1.234'567", "-5-", "€5€", "1e", "5%%", "1e9999", "%"])
def test_signs_are_not_mixed(cell: Cell) -> None:
    parse = parser(ColumnType.NUMERIC, EVERY_SIGN, precision=18, scale=4)
    assert reason(parse, cell) == f"'{cell}' is not a number"


def test_an_exponent_does_not_make_millions_of_digits() -> None:
    parse = parser(ColumnType.NUMERIC, EVERY_SIGN, precision=38, scale=0)
    assert reason(parse, "1e999") == "'1e999' is too large or too small for any column"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("0.125", "0.12"),
        ("-0.135", "-0.14"),
        ("0.1250000001", "0.13"),
        ("9.999", "10.00"),
        ("9.9", "9.9"),
        (0.126, "0.13"),
        (Decimal("0.115"), "0.12"),
    ],
)
def test_surplus_decimals_are_rounded_half_to_even(cell: Cell, value: str) -> None:
    assert parser(ColumnType.NUMERIC, precision=4, scale=2, rounds=True)(cell) == value


def test_rounding_may_overflow() -> None:
    parse = parser(ColumnType.NUMERIC, precision=3, scale=2, rounds=True)
    assert reason(parse, "9.999") == "'9.999' is too large: at most 1 digits before the point"


def test_doubles_with_many_decimals() -> None:
    parse = parser(ColumnType.NUMERIC, precision=20, scale=17, rounds=True)
    assert parse(-46.54332428216681) == "-46.54332428216681000"
    assert parse("-23.507041164897466") == "-23.507041164897466"


@pytest.mark.parametrize(
    ("kind", "cell", "problem"),
    [
        (ColumnType.NUMERIC, "0.99", "'0.99' is less than 1, the lowest value allowed"),
        (ColumnType.NUMERIC, "5.01", "'5.01' is more than 5, the highest value allowed"),
        (ColumnType.INTEGER, "0", "'0' is less than 1, the lowest value allowed"),
        (ColumnType.INTEGER, 6, "'6' is more than 5, the highest value allowed"),
    ],
)
def test_range_of_numbers(kind: ColumnType, cell: Cell, problem: str) -> None:
    parse = parser(kind, precision=9, scale=2, lowest=Decimal(1), highest=Decimal(5))
    assert (parse("1"), parse("5")) == ("1", "5")
    assert reason(parse, cell) == problem


def test_known_whole_numbers() -> None:
    score = parser(ColumnType.INTEGER, allowed=("1", "2"))
    assert (score("2.0"), score("01")) == ("2", "1")
    assert reason(score, "3") == "unknown country '3'; known: 1, 2"


@pytest.mark.parametrize(
    ("cell", "value"),
    [("6", "6"), (" 06 ", "6"), (2014.0, "2014"), ("57.0", "57"), (7, "7"), (Decimal("7.0"), "7")],
)
def test_whole_number(cell: Cell, value: str) -> None:
    assert WHOLE(cell) == value


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("6.5", "'6.5' is not a whole number"),
        (6.5, "'6.5' is not a whole number"),
        ("May", "'May' is not a number"),
        ("2147483648", "'2147483648' is too large for a whole number"),
        (Decimal("6.5"), "'6.5' is not a whole number"),
        (True, "'True' is not of the expected type"),
    ],
)
def test_not_a_whole_number(cell: Cell, reason: str) -> None:
    with pytest.raises(ValueError) as caught:
        WHOLE(cell)
    assert str(caught.value) == reason


def test_large_whole_numbers() -> None:
    large = parser(ColumnType.BIGINT)
    assert (large("2,147,483,648"), large(-(2**63))) == ("2147483648", "-9223372036854775808")
    assert reason(large, 2**63) == "'9223372036854775808' is too large for a whole number"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        *((word, "true") for word in ("true", " TRUE ", "t", "Yes", "y", "1", 1, 1.0, True)),
        *((word, "false") for word in ("false", "F", "no", "N", "0", 0, 0.0, False)),
    ],
)
def test_true_and_false(cell: Cell, value: str) -> None:
    assert parser(ColumnType.BOOLEAN)(cell) == value


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("maybe", "'maybe' is neither true nor false"),
        (2, "'2' is neither true nor false"),
        ("", "the value is missing"),
        (0.5, "'0.5' is neither true nor false"),
    ],
)
def test_neither_true_nor_false(cell: Cell, problem: str) -> None:
    assert reason(parser(ColumnType.BOOLEAN), cell) == problem


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


@pytest.mark.parametrize("cell", ["2014-02", "2014-02-01", date(2014, 2, 1), datetime(2014, 2, 1)], ids=str)
def test_month(cell: Cell) -> None:
    assert parser(ColumnType.DATE, date_formats=("yyyy-MM", "yyyy-MM-'01'"))(cell) == "2014-02-01"


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("2014-02-15", "'2014-02-15' is not a date as YYYY-MM or YYYY-MM-01"),
        (date(2014, 2, 15), "'2014-02-15' is not the first day of a month"),
        ("2014-13", "'2014-13' is not a day of the calendar"),
    ],
)
def test_not_a_month(cell: Cell, problem: str) -> None:
    assert reason(parser(ColumnType.DATE, date_formats=("yyyy-MM", "yyyy-MM-'01'")), cell) == problem


def test_dates_without_leading_zeros() -> None:
    american = parser(ColumnType.DATE, date_formats=("M/d/yyyy",))
    assert (american("1/2/2014"), american("12/31/2014")) == ("2014-01-02", "2014-12-31")


def test_dates_as_numbers() -> None:
    assert parser(ColumnType.DATE, date_formats=("yyyyMMdd",))(20140201) == "2014-02-01"


def test_numbers_in_workbooks_are_dates_written_as_digits() -> None:
    assert parser(ColumnType.DATE, date_formats=("yyyyMMdd",))(20140201.0) == "2014-02-01"


@pytest.mark.parametrize(
    ("date_format", "text", "value"),
    [
        ("dd/MM/yy", "01/02/68", "2068-02-01"),
        ("dd/MM/yy", "01/02/69", "1969-02-01"),
        ("d. MMMM yyyy", "1. März 2024", "2024-03-01"),
        ("dd. MMM yyyy", "03. Mär 2024", "2024-03-03"),
        ("dd. MMM yyyy", "03. mrz. 2024", "2024-03-03"),
        ("d MMMM yyyy", "1er août 2024", "2024-08-01"),
        ("d MMM yyyy", "14 févr. 2024", "2024-02-14"),
        ("d MMM yyyy", "14 FEVR 2024", "2024-02-14"),
        ("d 'de' MMMM 'de' yyyy", "5 de setembro de 2024", "2024-09-05"),
        ("d MMM yyyy", "5 dic. 2024", "2024-12-05"),
        ("MMM d, yyyy", "Sept 3, 2024", "2024-09-03"),
        ("MMMM d, yyyy", "May 3rd, 2024", "2024-05-03"),
        ("MMMM d, yyyy", "may 3, 2024", "2024-05-03"),
        ("MMM yyyy", "Jun 2024", "2024-06-01"),
        ("d MMM yyyy", "5 jui 2024", None),
        ("d MMM yyyy", "5 month 2024", None),
        ("d MMM yyyy", "31 Feb 2024", None),
    ],
)
def test_dates_in_other_formats(date_format: str, text: str, value: str | None) -> None:
    parse = parser(ColumnType.DATE, date_formats=(date_format,))
    if value:
        assert parse(text) == value
    else:
        assert reason(parse, text).startswith(f"'{text}' is not a d")


def test_every_month_in_every_language() -> None:
    names = {
        "en": "January February March April May June July August September October November December",
        "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    }
    short = {
        "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
        "de": "Jan. Feb. Mär. Apr. Mai Jun. Jul. Aug. Sep. Okt. Nov. Dez.",
        "fr": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
        "es": "ene feb mar abr may jun jul ago sept oct nov dic",
        "pt": "jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez.",
    }
    parse = parser(ColumnType.DATE, date_formats=("d MMM yyyy",))
    for line in (*names.values(), *short.values()):
        days = [parse(f"7 {name} 2024") for name in line.split()]
        assert days == [f"2024-{month:02}-07" for month in range(1, 13)], line


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2/11/2024 2:05:01 AM", "2024-02-11 02:05:01"),
        ("3/12/2024 3:05:02 PM", "2024-03-12 15:05:02"),
        ("3/12/2024 12:00:00 AM", "2024-03-12 00:00:00"),
        ("3/12/2024 12:00:00 pm", "2024-03-12 12:00:00"),
        ("3/12/2024 3:05:02\u202fp.m.", "2024-03-12 15:05:02"),
        ("3/12/2024 13:05:02 PM", None),
        ("3/12/2024 0:05:02 AM", None),
        ("3/12/2024 noon", None),
    ],
)
def test_twelve_hours(text: str, value: str | None) -> None:
    parse = parser(ColumnType.TIMESTAMP, date_formats=("M/d/yyyy h:mm:ss a",))
    if value:
        assert parse(text) == value
    else:
        assert "is not a" in reason(parse, text)


@pytest.mark.parametrize(
    ("text", "zone", "value"),
    [
        ("2024-07-01T23:30:00-0400", None, "2024-07-02 03:30:00"),
        ("2024-07-01T23:30:00+02:00", None, "2024-07-01 21:30:00"),
        ("2024-07-01T23:30:00+02", None, "2024-07-01 21:30:00"),
        ("2024-07-01T23:30:00Z", None, "2024-07-01 23:30:00"),
        ("2024-07-01T23:30:00Z", "Europe/Berlin", "2024-07-02 01:30:00"),
        ("2024-01-01T23:30:00Z", "Europe/Berlin", "2024-01-02 00:30:00"),
        ("2024-03-31T01:30:00Z", "Europe/Berlin", "2024-03-31 03:30:00"),
        ("2024-07-01T23:30:00+25:00", None, None),
        ("0001-01-01T00:30:00+02:00", None, None),
        ("2024-07-01T23:30:00", None, None),
    ],
)
def test_offsets(text: str, zone: str | None, value: str | None) -> None:
    column = Column(
        "c", "At", ColumnType.TIMESTAMP, "", "", "public", date_formats=("yyyy-MM-dd'T'HH:mm:ssXXX",)
    )
    parse = parser_for(column, FORMAT, time_zone=zone)
    if value:
        assert parse(text) == value
    else:
        assert "is not a" in reason(parse, text)


def test_the_day_of_an_instant() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    column = Column("c", "Day", ColumnType.DATE, "", "", "public", date_formats=("yyyy-MM-dd",))
    instant = datetime(2024, 6, 30, 22, tzinfo=UTC)
    assert parser_for(column, FORMAT, time_zone="Europe/Berlin")(instant) == "2024-07-01"
    assert parser_for(column, FORMAT)(instant.astimezone(berlin)) == "2024-07-01"
    assert reason(parser_for(column, FORMAT), instant).endswith(
        "say in the contract's timeZone where it is midnight"
    )
    assert "has a time of day" in reason(parser_for(column, FORMAT, time_zone="UTC"), instant)


@pytest.mark.parametrize(
    ("formats", "cell", "value", "noticed"),
    [
        (("dd/MM/yyyy",), "13/02/2024", "2024-02-13", Notice.DAY_FIRST),
        (("MM/dd/yyyy",), "02/13/2024", "2024-02-13", Notice.MONTH_FIRST),
        (("dd/MM/yyyy",), "03/02/2024", "2024-02-03", Notice.OPEN_ORDER),
        (("dd/MM/yyyy", "MM/dd/yyyy"), "03/02/2024", "2024-02-03", Notice.GUESSED_ORDER),
        (("dd/MM/yyyy", "MM/dd/yyyy"), "01/14/2024", "2024-01-14", Notice.MONTH_FIRST),
        (("dd.MM.yyyy", "MM/dd/yyyy"), "01/02/2024", "2024-01-02", Notice.OPEN_ORDER),
        (("dd/MM/yyyy", "MM/dd/yyyy"), "02/02/2024", "2024-02-02", Notice.CLEAR_DATE),
        (("yyyy-MM-dd",), "2024-02-03", "2024-02-03", Notice.CLEAR_DATE),
        (("yyyy-MM-dd",), date(2024, 2, 3), "2024-02-03", Notice.OPEN_DATE_CELL),
        (("yyyy-MM-dd",), date(2024, 2, 13), "2024-02-13", Notice.DATE_CELL),
    ],
)
def test_remarks_on_dates(formats, cell: Cell, value: str, noticed: Notice) -> None:
    column = Column("c", "Day", ColumnType.DATE, "", "", "public", date_formats=formats)
    seen = []
    assert parser_for(column, FORMAT, notify=lambda *notice: seen.append(notice))(cell) == value
    assert seen == [(noticed, cell)]


@pytest.mark.parametrize(
    ("text", "is_noticed"),
    [("1.23457E+11", True), ("1,23457E+11", True), ("9E+21", True), ("1.5E+03", False), ("1E+100X", False)],
)
def test_numbers_that_a_spreadsheet_has_shortened(text: str, is_noticed: bool) -> None:
    seen = []
    column = Column("c", "Order", ColumnType.TEXT, "", "", "public")
    assert parser_for(column, FORMAT, notify=lambda *notice: seen.append(notice))(text) == text
    assert seen == [(Notice.SHORTENED, text)] * is_noticed
    with_exponents = NumberFormat(exponent=True, decimal="," if "," in text else ".")
    if is_noticed:
        for kind in (ColumnType.INTEGER, ColumnType.BIGINT):
            assert "lost its last digits" in reason(parser(kind, with_exponents), text)


def test_an_exponent_that_loses_no_digit_is_a_whole_number() -> None:
    assert parser(ColumnType.INTEGER, NumberFormat(exponent=True))("1.5E+03") == "1500"


def test_a_text_as_a_formula() -> None:
    seen = []
    column = Column("c", "Zip", ColumnType.TEXT, "", "", "public")
    parse = parser_for(column, FORMAT, notify=lambda *notice: seen.append(notice))
    assert (parse('="02138"'), parse('="a ""b"""'), parse("=A1"), parse('="')) == (
        "02138",
        'a "b"',
        "=A1",
        '="',
    )
    assert seen == [(Notice.FORMULA_TEXT, "02138"), (Notice.FORMULA_TEXT, 'a "b"')]
    assert parser(ColumnType.NUMERIC, precision=9, scale=2)('="1,000.5"') == "1000.5"
    assert parser(ColumnType.TEXT, required=False)('=""') is None
    assert parser(ColumnType.TEXT, as_written=True)('="02138"') == '="02138"'


MOMENT = parser(
    ColumnType.TIMESTAMP,
    date_formats=("yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.SSS", "d/M/yyyy H:mm", "yyyy-MM-dd"),
    lowest=date(2014, 1, 1),
    highest=date(2014, 12, 31),
)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (" 2014-02-01 09:30:15 ", "2014-02-01 09:30:15"),
        ("2014-02-01T09:30:15.250", "2014-02-01 09:30:15.250000"),
        ("1/2/2014 9:30", "2014-02-01 09:30:00"),
        ("2014-12-31", "2014-12-31 00:00:00"),
        (datetime(2014, 2, 1, 9, 30, 15, 1), "2014-02-01 09:30:15.000001"),
        (date(2014, 2, 1), "2014-02-01 00:00:00"),
    ],
)
def test_timestamp(cell: Cell, value: str) -> None:
    assert MOMENT(cell) == value


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("2014-02-01 25:00:00", "'2014-02-01 25:00:00' is not a moment of the calendar"),
        ("2014-02-30 00:00:00", "'2014-02-30 00:00:00' is not a moment of the calendar"),
        ("2013-12-31 23:59:59", "'2013-12-31 23:59:59' is before 2014-01-01, the first day allowed"),
        ("2015-01-01 00:00:00", "'2015-01-01 00:00:00' is after 2014-12-31, the last day allowed"),
        (
            datetime(2013, 12, 31, tzinfo=UTC),
            "'2013-12-31 00:00:00+00:00' is before 2014-01-01, the first day allowed",
        ),
        (
            "noon",
            "'noon' is not a date and time as YYYY-MM-DD HH:MM:SS or YYYY-MM-DDTHH:MM:SS.SSS"
            " or D/M/YYYY H:MM or YYYY-MM-DD",
        ),
        (True, "'True' is not of the expected type"),
    ],
)
def test_not_a_timestamp(cell: Cell, problem: str) -> None:
    assert reason(MOMENT, cell) == problem


@pytest.mark.parametrize(
    ("date_format", "kind", "problem"),
    [
        ("yyy-MM-dd", ColumnType.DATE, "holds 'yyy': known are yyyy, yy, MMMM"),
        ("EEE dd MMM yyyy", ColumnType.DATE, "holds 'EEE'"),
        ("yyyy-MM-dd XXX", ColumnType.DATE, "holds a time of day"),
        ("dd MM MMM yyyy", ColumnType.DATE, "names a part twice"),
        ("dd.MM.yy yyyy", ColumnType.DATE, "names a part twice"),
        ("yyyy-MM-dd H h a", ColumnType.TIMESTAMP, "names a part twice"),
        ("yyyy-MM-dd h:mm", ColumnType.TIMESTAMP, "holds one of h and a"),
        ("yyyy-MM-dd HH:mm a", ColumnType.TIMESTAMP, "holds one of h and a"),
        ("yyyy-MM-ddT", ColumnType.DATE, "holds 'T'"),
        ("yyyy-MM-dd'", ColumnType.DATE, 'holds "\'"'),
        ("yyyy yyyy MM", ColumnType.DATE, "names a part twice"),
        ("yyyy-MM-dd HH", ColumnType.DATE, "holds a time of day"),
        ("yyyy", ColumnType.DATE, "must hold yyyy and MM"),
        ("yyyy-MM", ColumnType.TIMESTAMP, "of a timestamp dd"),
    ],
)
def test_unknown_formats(date_format: str, kind: ColumnType, problem: str) -> None:
    with pytest.raises(ValueError) as caught:
        moment_format(date_format, kind)
    assert problem in str(caught.value)


KINDS = {
    ColumnType.TEXT: {},
    ColumnType.NUMERIC: {"precision": 9, "scale": 2},
    ColumnType.INTEGER: {},
    ColumnType.BOOLEAN: {},
    ColumnType.DATE: {"date_formats": ("yyyy-MM-dd",)},
    ColumnType.TIMESTAMP: {"date_formats": ("yyyy-MM-dd",)},
}


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("cell", [None, "", " \t", "NULL", " n/a "], ids=repr)
def test_empty_cells(kind: ColumnType, cell: Cell) -> None:
    words = ("NULL", "n/a")
    assert parser(kind, empty_words=words, required=False, **KINDS[kind])(cell) is None
    assert reason(parser(kind, empty_words=words, **KINDS[kind]), cell) == "the value is missing"


def test_empty_words_are_exact() -> None:
    assert parser(ColumnType.TEXT, empty_words=("NULL",), required=False)("null") == "null"


@pytest.mark.parametrize(
    ("cell", "value"),
    [("8775", "08775"), (8775, "08775"), (8775.0, "08775"), ("123456", "123456"), ("8a", "8a")],
)
def test_leading_zeros(cell: Cell, value: str) -> None:
    assert parser(ColumnType.TEXT, zero_pad=5)(cell) == value


def test_pattern() -> None:
    code = parser(ColumnType.TEXT, pattern=r"[A-Z]\d|x")
    assert (code("A1"), code("x")) == ("A1", "x")
    for cell in ("A12", "A", "A1\nA1", "A\u0663"):
        assert reason(code, cell).endswith(r"does not have the form [A-Z]\d|x")


@pytest.mark.parametrize(
    ("cell", "value"), [(57, "57"), (Decimal("57.0"), "57"), (10**20, "1" + 20 * "0"), ("1e3", "1e3")]
)
def test_whole_numbers_as_text(cell: Cell, value: str) -> None:
    assert parser(ColumnType.TEXT)(cell) == value


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (12.5, "12.5"),
        (0.3, "0.3"),
        (1e22, "1" + 22 * "0"),
        (1e-7, "0.0000001"),
        (1234567890123456.0, "1234567890123456"),
        (-0.0, "0"),
        (Decimal("3.10"), "3.10"),
        (Decimal("0E+99"), "0"),
        (2**70, str(2**70)),
        (True, "true"),
        (date(2014, 1, 31), "2014-01-31"),
        (datetime(2014, 1, 31, 9, 5), "2014-01-31 09:05:00"),
    ],
)
def test_cells_that_are_not_text_become_text_as_written(cell: Cell, value: str) -> None:
    assert parser(ColumnType.TEXT)(cell) == value


@pytest.mark.parametrize("cell", [math.inf, math.nan, Decimal("1E+999999"), Decimal("NaN")], ids=str)
def test_not_a_text(cell: Cell) -> None:
    assert reason(parser(ColumnType.TEXT), cell) == f"{shown(cell)} has no digits that a text could hold"


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


def test_quoted_values_fit_on_a_line() -> None:
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
def test_every_format_gives_the_same_number(number: Decimal, groups, currency: str, negative: str) -> None:
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
    """What is accepted contains the digits of its value, in order."""
    try:
        value = MONEY(text)
    except Refused:
        return
    assert Decimal(value).is_finite()
    assert [c for c in value.lstrip("-0") if c.isdigit()] == [c for c in text.lstrip(" -$(0") if c.isdigit()]
