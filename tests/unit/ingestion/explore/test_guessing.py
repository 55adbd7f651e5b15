"""What is guessed about a column fits every value that it was guessed from."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from ingestion.contract.model import Column, ColumnType
from ingestion.explore.guess.keys import Candidate, KeyGuess, candidates, find_key
from ingestion.explore.guess.names import identifier
from ingestion.explore.guess.persons import PersonGuess, hints_of
from ingestion.explore.guess.tables import TableGuess


def guessed(*columns: list, headers: list[str] | None = None):
    """The types of a table with these columns, called `a`, `b` and so on."""
    guess = TableGuess(headers or list("abcdefgh"[: len(columns)]))
    for cells in zip(*columns, strict=True):
        guess.see(cells)
    return guess.types()


def type_of(*cells: object, header: str = "a") -> str:
    return str(guessed(list(cells), headers=[header]).types[0])


def format_of(*cells: str):
    return guessed(list(cells)).number_format


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["1", "22", ""], "integer"),
        (["1.0", "7.0"], "integer"),
        (["1234567890", "-5"], "bigint"),
        (["1234567890123456789"], "text"),
        (["1.5", "2.25"], "numeric(18,2)"),
        (["1.00", "2.00"], "numeric(18,2)"),
        (["$1", "$2"], "numeric(18,2)"),
        (["0.123456"], "numeric(18,6)"),
        (["123456789012345.67"], "numeric(21,2)"),
        (["5%"], "numeric(18,2)"),
        (["007", "012"], "text"),
        (["0", "10"], "integer"),
        (["1E5", "2E7"], "text"),
        (["1.5e-3", "2"], "numeric(18,4)"),
        (["-", "5"], "integer"),
        (["-", "-"], "text"),
        (["+5"], "text"),
        (["yes", "No"], "boolean"),
        (["no", "no"], "text"),
        (["true"], "boolean"),
        (["1", "0"], "integer"),
        ([True, False], "boolean"),
        (["abc", "1"], "text"),
        (["", ""], "text"),
        (["NaN", "1"], "integer"),
        ([1.5, 772.8000000000001], "numeric(18,2)"),
        ([40617.499999999996, 3.0], "numeric(18,2)"),
        ([1e308], "text"),
        ([float("nan")], "text"),
        ([12, 10**30], "text"),
    ],
)
def test_type_of_values(cells: list, found: str) -> None:
    assert type_of(*cells) == found


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["2024-01-31"], "date yyyy-MM-dd"),
        (["31/01/2024", "01/02/2024"], "date dd/MM/yyyy"),
        (["01/31/2024"], "date MM/dd/yyyy"),
        (["01/02/2024"], "date dd/MM/yyyy"),
        (["31.1.2024", "1.12.2024"], "date d.M.yyyy"),
        (["2024-02-30"], "text"),
        (["2024-01"], "date yyyy-MM"),
        (["20240131"], "integer"),
        (
            ["2024-01-31 10:00:00", "2024-01-31 10:00:00.5"],
            "timestamp yyyy-MM-dd HH:mm:ss or yyyy-MM-dd HH:mm:ss.S",
        ),
        (["2024-01-31T10:00:00Z"], "timestamp yyyy-MM-dd'T'HH:mm:ssXXX"),
        (["2/11/2024 2:05:01 AM", "3/13/2024 12:05:00 PM"], "timestamp M/d/yyyy h:mm:ss a"),
        (["01. Jan 2024", "3. M\u00e4r 2024"], "date d. MMM yyyy"),
        (["1 de mar\u00e7o de 2024"], "date d 'de' MMM 'de' yyyy"),
        (["Jan 5, 2024, 3:04 PM"], "timestamp MMM d, yyyy, h:mm a"),
        (["31-Dec-24"], "date d-MMM-yy"),
        (["31.12.24", "01.02.99"], "date dd.MM.yy"),
        (["12/31/24"], "date MM/dd/yy"),
        (["2024-01-31", "31.01.2024"], "date yyyy-MM-dd or dd.MM.yyyy"),
        (["31/01/2024", "01/31/2024"], "text"),
        (["31/01/2024", "01.02.2024"], "date dd/MM/yyyy or dd.MM.yyyy"),
        (["2024-01-31 10:00:00-0400"], "timestamp yyyy-MM-dd HH:mm:ssXXX"),
        (["2024-01-31 10:00:00 +01:00"], "timestamp yyyy-MM-dd HH:mm:ss XXX"),
        (["may", "march"], "text"),
        (["May 5", "March 7"], "text"),
        (["1.2.13", "1.10.24"], "text"),
        (["13:05 PM"], "text"),
        ([datetime(2024, 1, 31, tzinfo=UTC)], "date yyyy-MM-dd"),
        ([datetime(2024, 1, 31, 9, tzinfo=UTC)], "timestamp yyyy-MM-dd HH:mm:ssXXX"),
        (["31/01/2024 9:05", "31/01/2024 10:05"], "timestamp dd/MM/yyyy H:mm"),
        (["2024-01-31 25:00"], "text"),
        ([date(2024, 1, 31)], "date yyyy-MM-dd"),
        ([datetime(2024, 1, 31)], "date yyyy-MM-dd"),
        ([datetime(2024, 1, 31, 9)], "timestamp yyyy-MM-dd HH:mm:ss"),
    ],
)
def test_dates(cells: list, found: str) -> None:
    assert type_of(*cells) == found


def test_digits_are_a_date_if_the_column_name_says_so() -> None:
    assert type_of("20240131", "20240201", header="Order date") == "date yyyyMMdd"


def test_short_days_are_dates_if_the_column_name_says_so() -> None:
    assert type_of("1.2.13", "1.10.24", header="Datum") == "date d.M.yy"


def test_an_ambiguous_date_follows_the_other_columns() -> None:
    types = guessed(["01/02/2024"], ["12/31/2024"]).types
    assert [str(each) for each in types] == ["date MM/dd/yyyy"] * 2
    assert types[0].moment.is_open and not types[1].moment.is_open


@pytest.mark.parametrize("header", ["ZIP code", "Telefon", "CPF"])
def test_codes_stay_text(header: str) -> None:
    assert type_of("13023", "99999", header=header) == "text"


def test_money_has_decimals_even_if_no_value_shows_them() -> None:
    assert type_of("3", "10", header="Sale Price") == "numeric(18,2)"


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["1.234,5", "2"], {"decimal": ",", "grouping": ".", "groupings": ("western",)}),
        (["12,34,567", "1,234,567"], {"grouping": ",", "groupings": ("western", "indian")}),
        (["1 234 567"], {"grouping": " ", "groupings": ("western",)}),
        (["1'234.50"], {"grouping": "'", "groupings": ("western",)}),
        (["R$ 5", "US$3", "4 EUR"], {"currency": ("R$", "US$", "EUR")}),
        (["(5)", "-"], {"parentheses": True, "dash_is_zero": True}),
        (["5-", "\N{MINUS SIGN}3"], {"trailing_minus": True}),
        (["5%", "1"], {"percent": True}),
    ],
)
def test_number_format(cells: list[str], found: dict) -> None:
    known = format_of(*cells)
    assert {key: getattr(known, key) for key in found} == found


def test_one_column_decides_the_decimal_sign_of_all() -> None:
    types = guessed(["1.234"], ["0,5"])
    assert types.number_format.decimal == "," and not types.is_decimal_open
    assert str(types.types[0]) == "integer"
    assert guessed(["1.234"]).is_decimal_open


def test_a_word_for_no_value_is_not_taken_from_texts() -> None:
    assert guessed(["1", "NA"], ["x", "y"]).empty_words == ("NA",)
    types = guessed(["1", "NA"], ["NA", "DE"])
    assert types.empty_words == () and str(types.types[0]) == "text"


@pytest.mark.parametrize(
    ("header", "cells", "classification"),
    [
        ("E-Mail", ["x"], "personal"),
        ("a", ["jo@example.org", "al@example.org"], "personal"),
        ("Vorname", ["x"], "personal"),
        ("data_nascimento", ["2000-01-31"], "personal"),
        ("téléphone", ["1"], "personal"),
        ("Straße", ["x"], "personal"),
        ("Nombre cliente", ["x"], "personal"),
        ("a", ["DE89370400440532013000"], "personal"),
        ("a", ["4111111111111111"], "personal"),
        ("a", ["192.168.0.1"], "personal"),
        ("a", ["529.982.247-25"], "personal"),
        ("a", ["+49 30 901820"], "personal"),
        ("customer_id", ["7"], "pseudonym"),
        ("customer_zip_code", ["7"], "internal"),
        ("order_id", ["7"], "internal"),
        ("product_name", ["x"], "public"),
        ("Month Name", ["May"], "public"),
        ("a", ["4111111111111112"], "public"),
        ("a", ["529.982.247-24"], "public"),
        ("MaritalStatus", ["M", "S"], "personal"),
        ("Familienstand", ["ledig"], "personal"),
        ("estado_civil", ["casado"], "personal"),
        ("Situation familiale", ["mari\u00e9"], "personal"),
        ("YearlyIncome", ["90000"], "personal"),
        ("Jahreseinkommen", ["90000"], "personal"),
        ("renda_mensal", ["900"], "personal"),
        ("EnglishEducation", ["Bachelors"], "personal"),
        ("escolaridade", ["superior"], "personal"),
        ("EnglishOccupation", ["Manual"], "personal"),
        ("profesi\u00f3n", ["x"], "personal"),
        ("Beruf", ["x"], "personal"),
        ("TotalChildren", ["2"], "personal"),
        ("Anzahl Kinder", ["2"], "personal"),
        ("HouseOwnerFlag", ["1"], "personal"),
        ("NumberCarsOwned", ["1"], "personal"),
        ("Regional Manager", ["Sadie Pawthorne"], "personal"),
        ("Verk\u00e4ufer", ["x"], "personal"),
        ("vendedor", ["x"], "personal"),
        ("BirthDate", ["1970-01-31"], "personal"),
        ("Geschlecht", ["m"], "personal"),
        ("Anrede", ["Frau", "Herr"], "personal"),
        ("client_ip", ["x"], "personal"),
        ("National ID", ["7"], "personal"),
        ("Customer", ["Tamara Chand"], "personal"),
        ("Customer", ["C-1042", "C-1043"], "pseudonym"),
        # no persons
        ("Company Name", ["x"], "public"),
        ("Product Line", ["x"], "public"),
        ("Net Income", ["5"], "public"),
        ("Gross Income", ["5"], "public"),
        ("Stock Age", ["5"], "public"),
        ("Phone Model", ["x"], "public"),
        ("Emails Sent", ["5"], "public"),
        ("Manager Region", ["x"], "public"),
        ("Seller Rating", ["x"], "public"),
        ("Genre", ["Rock", "Jazz"], "public"),
        ("Sale Price", ["5"], "public"),
        ("a", ["03/04/2024", "13/04/2024"], "public"),
        ("City", ["x"], "public"),
    ],
)
def test_personal_data(header: str, cells: list[str], classification: str) -> None:
    guess = TableGuess([header])
    for cell in cells:
        guess.see([cell])
    kind = guess.types().types[0].type
    assert guess.columns[0].persons.hint(header, kind).classification == classification


def test_where_a_person_lives() -> None:
    def classes(*headers: str) -> list[str]:
        seen = [(header, ColumnType.TEXT, PersonGuess()) for header in headers]
        return [hint.classification for hint in hints_of(seen)]

    assert classes("Customer Name", "City", "Postal Code") == ["personal", "internal", "internal"]
    assert classes("Kunde", "Ort", "PLZ", "Umsatz") == ["personal", "internal", "internal", "public"]
    assert classes("Customer Name", "City") == ["personal", "public"]
    assert classes("Store", "City", "Postal Code") == ["public"] * 3


@pytest.mark.parametrize(
    ("header", "cells", "found"),
    [
        ("SalesOrderLineNumber", ["1", "2"], "integer"),
        ("Tax Code", ["1", "2"], "integer"),
        ("SalesTerritoryKey", ["1", "2"], "integer"),
        ("Sales Quantity", ["1", "2"], "integer"),
        ("Sales Amount", ["1", "2"], "numeric(18,2)"),
    ],
)
def test_whole_numbers_of_sales_are_not_money(header: str, cells: list[str], found: str) -> None:
    assert type_of(*cells, header=header) == found


def test_ids_that_a_spreadsheet_has_shortened() -> None:
    guess = TableGuess(["Order Number", "weight"])
    for cells in (["1.23457E+11", "1.5E+10"], ["123456789012", "7"]):
        guess.see(cells)
    assert [str(kind.type) for kind in guess.types().types] == ["text", "text"]
    assert [column.shortened for column in guess.columns] == ["1.23457E+11", "1.5E+10"]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (" Units Sold ", "units_sold"),
        ("orderId", "order_id"),
        ("Größe (m²)", "grosse_m2"),
        ("order", "c_order"),
        ("2024", "c_2024"),
        ("_load_id", "load_id"),
        ("名前", "column_1"),
        ("'; drop table x; --\n", "drop_table_x"),
        ("x" * 300, "x" * 48),
    ],
)
def test_names(header: str, name: str) -> None:
    assert identifier(header, "column_1") == name


def test_equal_names_are_numbered() -> None:
    assert identifier("a", "x", {"a", "a_2"}) == "a_3"


def column(header: str, kind: ColumnType = ColumnType.TEXT, required: bool = True) -> Column:
    return Column(header, header, kind, kind.value, "", "public", required=required)


def whole(header: str) -> Column:
    return column(header, ColumnType.INTEGER)


AMOUNT = column("amount", ColumnType.NUMERIC)


@pytest.mark.parametrize(
    ("columns", "first", "is_named"),
    [
        ([column("id"), column("name"), AMOUNT], (0,), True),
        ([column("name"), column("id"), AMOUNT], (1,), True),
        ([column("shop"), column("item"), AMOUNT], (1,), False),
        # A document and its line, however few lines the documents of a file have.
        ([column("order_no"), whole("line_no"), column("product"), AMOUNT], (0, 1), True),
        ([column("SalesOrderNumber"), whole("SalesOrderLineNumber"), AMOUNT], (0, 1), True),
        ([column("order_id"), whole("order_item_id"), column("product_id"), AMOUNT], (0, 1), True),
        ([column("order_no"), column("day", ColumnType.DATE), AMOUNT], (0,), True),
        # Rows are counted from 1 in every file.
        ([whole("Row ID"), column("Order ID"), column("Product ID"), AMOUNT], (1, 0), True),
        # A list of names, not of sales.
        ([column("category"), column("category_english")], (0,), True),
        ([column("shop"), column("day", ColumnType.DATE), AMOUNT], (0,), False),
    ],
)
def test_what_may_be_a_key(columns: list[Column], first: tuple[int, ...], is_named: bool) -> None:
    assert candidates(columns)[0] == Candidate(first, is_named)


def test_lines_of_sales_may_repeat_whatever_told_them_apart_so_far() -> None:
    product, day = column("product"), column("day", ColumnType.DATE)
    orders = candidates([column("order_no"), product, AMOUNT])
    assert orders == [Candidate((0,), False, True), Candidate((0, 1), False, True)]
    assert all(each.may_repeat for each in candidates([day, column("customer_id"), product, AMOUNT])[1:])
    numbered = candidates([column("order_no"), whole("line_no"), product, AMOUNT])
    assert numbered[0] == Candidate((0, 1), True)
    many = [[str(i), "1", "a", "2.50"] for i in range(5_000)]
    assert find_key(many, orders).is_by_chance and not find_key(many, numbered).is_by_chance


def test_what_is_not_a_key() -> None:
    columns = [column("order_id", required=False), column("Month Number"), AMOUNT, whole("Row ID")]
    assert [each.places for each in candidates(columns)] == []
    assert candidates([whole("#"), column("shop"), AMOUNT]) == []
    assert candidates([column("id"), AMOUNT], unfit=[0]) == []


def test_the_likeliest_key_of_all_rows_is_taken() -> None:
    rows = [["1", "a"], ["2", "a"], ["3", "b"]]
    one, other = Candidate((1,), True), Candidate((0,), False)
    assert find_key(rows, [one, other]) == KeyGuess((0,), False, 3)
    assert find_key(rows, [one]) is None
    assert find_key(rows[:2], [other]) is None
    assert find_key(rows, [other, Candidate((0, 1), True)]).places == (0, 1)


def test_what_only_few_rows_support_is_a_guess() -> None:
    few, many = ([[str(i)] for i in range(count)] for count in (999, 1_000))
    by_chance, named = Candidate((0,), False), Candidate((0,), True)
    assert find_key(few, [by_chance]).is_by_chance and not find_key(many, [by_chance]).is_by_chance
    assert find_key(few, [named]).is_guess and not find_key(few, [named]).is_by_chance
    assert not find_key(many, [named]).is_guess
