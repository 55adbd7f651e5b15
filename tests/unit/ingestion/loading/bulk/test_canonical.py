"""What is canonical is what the row reader accepts unchanged, and never more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.contract.model import (
    Append,
    Column,
    ColumnType,
    Contract,
    Limit,
    NumberFormat,
    Restate,
    ScopePart,
    Sum,
)
from ingestion.loading.bulk.canonical import canonical
from ingestion.loading.bulk.not_bulk import NotBulk
from ingestion.rows.checks import RowCheck, RowFaults
from ingestion.tabular.table import Row

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters='"\n\r,'), max_size=6)
signs = st.text(
    st.sampled_from("0123456789-+.eE_ /:TNa\u0130\u0131\u017f\u212a\u00dfxn\u00a0\u0663"), max_size=12
)
digits = st.from_regex(r"-?[0-9]{1,40}(\.[0-9]{1,12})?", fullmatch=True)
days = st.from_regex(
    r"[0-9]{4}-(0[0-9]|1[0-3])-[0-3][0-9]|[0-3][0-9]/(0[0-9]|1[0-3])/[0-9]{4}", fullmatch=True
)
moments = st.from_regex(
    r"20[0-9]{2}-(0[0-9]|1[0-3])-[0-3][0-9] (2[0-9]|[0-1][0-9]):[0-6][0-9]:[0-6][0-9]", fullmatch=True
)
words = st.sampled_from(
    [
        "unknown",
        "un\u212anown",
        "KISS",
        "ki\u00df",
        "ki\u017fs",
        "n/a",
        "true",
        "YES",
        "0",
        "007",
        "A",
        "b c",
        " A",
    ]
)
anyhow = settings(deadline=None, max_examples=20)


def column(name: str = "value", kind: str = "text", **options) -> Column:
    return Column(name, name, ColumnType(kind), kind, "x", "public", **options)


def contract(*columns: Column, **options) -> Contract:
    defaults = {"sums": (), "number_format": NumberFormat(), "relation": Append(), "max_rejected_share": 1.0}
    return Contract("proof", "table", "1", "x", columns, **defaults | options)


COLUMNS = {
    "a text": column(),
    "a text or nothing": column(required=False),
    "an allowed text": column(allowed=("A", " A", "b c", "ki\u00df")),
    "a text that is not reserved": column(reserved=("unknown", "Kiss", "STRASSE")),
    "a text of a form": column(pattern="[A-Za-z ]{1,3}[0-9]*"),
    "a short text": column(max_length=3),
    "a padded text": column(zero_pad=3, required=False),
    "a padded text among allowed ones": column(zero_pad=3, allowed=("7", "007", "A")),
    "a figure": column(kind="numeric", precision=12, scale=2),
    "decimals alone": column(kind="numeric", precision=2, scale=2),
    "a figure in bounds": column(
        kind="numeric", precision=8, scale=2, lowest=Decimal("-1.005"), highest=Decimal("1E+4")
    ),
    "a wide figure": column(kind="numeric", precision=38, scale=0, highest=Decimal("0.5")),
    "an integer": column(kind="integer", required=False, highest=Decimal("99.5")),
    "an allowed integer": column(kind="integer", allowed=("7", "-1", "0")),
    "a bigint": column(kind="bigint", lowest=Decimal("-1E+16"), highest=Decimal("1E+16")),
    "true or false": column(kind="boolean"),
    "a day": column(kind="date", date_formats=("dd/MM/yyyy", "yyyy-MM-dd"), highest=date(2049, 12, 31)),
    "a month first": column(kind="date", date_formats=("MM/dd/yyyy",), required=False),
    "a day in formats alike": column(
        kind="date", date_formats=("M/d/yyyy", "yyyy-dd-MM", "dd/MM/yyyy", "yyyy-MM-dd", "dd.MM.yyyy")
    ),
    "a moment": column(kind="timestamp", date_formats=("yyyy-MM-dd HH:mm:ss",)),
}


def taken(contract: Contract, cells: Sequence[str], quoted: bool = False) -> list[bool]:
    """Which of the cells DuckDB considers canonical and valid by all rules."""
    (checked,) = contract.columns
    form = canonical(contract, [checked], ",", quoted)
    moments = "".join(f", {expression} as {name}" for name, expression in form.moments.items())
    is_plain = f"regexp_full_match(raw, {_literal(form.line)})"
    value = f"try_cast(case when {is_plain} then nullif(raw, '') end as {form.types[0]})"
    with duckdb.connect() as connection:
        connection.execute("create table cells as select unnest($1) as raw", [list(cells)])
        connection.execute(f"create table typed as select {is_plain} as is_plain, {value} as c0 from cells")
        found = connection.execute(
            f"select is_plain and not coalesce({form.violation}, false)"
            f" from (select *, rowid as place{moments} from typed) order by place"
        )
        return [is_taken for (is_taken,) in found.fetchall()]


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@pytest.mark.parametrize("name", COLUMNS)
def test_the_row_reader_reads_canonical_cells_as_postgres_does(name: str) -> None:
    one = contract(COLUMNS[name], empty_words=("n/a", "0", "ß", "12.00"))
    check = RowCheck(one, [0])

    @anyhow
    @given(st.lists(text | signs | digits | days | moments | words, min_size=20, max_size=60))
    def narrower(cells: list[str]) -> None:
        for cell, is_taken in zip(cells, taken(one, cells), strict=True):
            if is_taken:
                (value,) = check.values(Row(2, [cell]))
                assert same(one.columns[0], cell, value)

    narrower()


def same(column: Column, cell: str, value: str | None) -> bool:
    """Whether Postgres reads the cell as the value that the row reader returns."""
    if value is None or not cell:
        return value is None and not cell
    match column.type:
        case ColumnType.NUMERIC | ColumnType.INTEGER | ColumnType.BIGINT:
            return Decimal(cell) == Decimal(value)
        case ColumnType.BOOLEAN:
            return value == ("true" if cell.lower() in ("true", "t", "yes", "y", "1") else "false")
        case ColumnType.DATE if "/" in cell or "." in cell:
            first, second, year = cell.replace(".", "/").split("/")
            is_day_first = "MM/dd/yyyy" not in column.date_formats
            day, month = (first, second) if is_day_first else (second, first)
            return value == f"{year}-{month}-{day}"
        case _:
            return value == cell


PLAIN = {
    "a text": ["x", "é", "two words", "O'Hara", "a\\b", "日本語", "Łódź"],
    "a text or nothing": [""],
    "an allowed text": ["A", "b c"],
    "a padded text": ["0042", "123", ""],
    "a figure": ["0", "-12.50", "007.1", "9999999999.99"],
    "an integer": ["-5", "012", ""],
    "a bigint": ["-5", "9999999999999"],
    "true or false": ["t", "false", "TRUE", "1"],
    "a day": ["29/02/2000", "2014-12-31"],
    "a month first": ["12/31/2014", ""],
    "a day in formats alike": ["01.02.2014"],
    "a moment": ["2014-12-31 23:59:59"],
}


@pytest.mark.parametrize("name", PLAIN)
def test_plain_cells_are_canonical(name: str) -> None:
    assert all(taken(contract(COLUMNS[name], empty_words=("n/a",)), PLAIN[name]))


def test_a_cell_may_be_quoted() -> None:
    one = contract(column())
    cells = ['"a,b"', '"a"', '" a"', '""', '"a""b"', 'a"b', '"a', "a,b"]
    assert taken(one, cells, quoted=True) == [True, True, *[False] * 6]


@pytest.mark.parametrize("delimiter", [" ", "-", ".", ":", "/", "7", "a", "||", "é"])
def test_a_delimiter_that_cells_hold_is_left_to_the_row_reader(delimiter: str) -> None:
    with pytest.raises(NotBulk):
        canonical(contract(column()), [column()], delimiter, False)


@pytest.mark.parametrize("delimiter", ["|", "^", "]", "$", "*", "(", "\\", "\t", "\x1f"])
def test_a_delimiter_has_no_special_meaning_in_the_pattern(delimiter: str) -> None:
    pair = [column("first"), column("second")]
    form = canonical(contract(*pair), pair, delimiter, False)
    lines = [f"a{delimiter}b", f"a{delimiter}b{delimiter}c", "ab", "a,b"]
    with duckdb.connect() as connection:
        found = connection.execute("select regexp_full_match(unnest($1), $2)", [lines, form.line]).fetchall()
    assert [is_plain for (is_plain,) in found] == [True, False, False, False]


@pytest.mark.parametrize("pattern", [r"\D+", r"(?i)a", "[[:alpha:]]", "a{,3}", r"[^\S]"])
def test_a_pattern_that_duckdb_reads_differently_is_left_to_the_row_reader(pattern: str) -> None:
    with pytest.raises(NotBulk):
        canonical(contract(column(pattern=pattern)), [column(pattern=pattern)], ",", False)


FIGURES = [
    column("whole", "bigint", required=False),
    column("fine", "numeric", precision=12, scale=3),
    column("wide", "numeric", precision=38, scale=0),
]


def test_figures_that_duckdb_would_round_are_left_to_the_row_reader() -> None:
    columns = [FIGURES[2], FIGURES[1]]
    with pytest.raises(NotBulk):
        canonical(contract(*columns, limits=(Limit("wide", "fine"),)), columns, ",", False)


@anyhow
@given(
    st.integers(-20, 20) | st.none(),
    st.decimals(-20, 20, places=3),
    st.sampled_from(["0", "0.0005", "0.001", "0.0105", "1E+2"]).map(Decimal),
)
def test_rules_between_figures_are_those_of_the_row_reader(
    whole: int | None, fine: Decimal, tolerance: Decimal
) -> None:
    columns = FIGURES[:2]
    one = contract(*columns, sums=(Sum("fine", ("whole",), (), tolerance),), limits=(Limit("fine", "whole"),))
    form = canonical(one, columns, ",", False)
    cells = ["" if whole is None else str(whole), str(fine)]
    typed = [f"cast(nullif('{cell}', '') as {kind})" for cell, kind in zip(cells, form.types, strict=True)]
    query = f"select coalesce({form.violation}, false) from (select {typed[0]} as c0, {typed[1]} as c1)"
    with duckdb.connect() as connection:
        ((is_wrong,),) = connection.execute(query).fetchall()
    try:
        RowCheck(one, [0, 1]).values(Row(2, cells))
        assert not is_wrong
    except RowFaults:
        assert is_wrong


@pytest.mark.parametrize("kind", ["numeric", "boolean"])
def test_a_scope_with_several_spellings_is_left_to_the_row_reader(kind: str) -> None:
    scoped = replace(column(kind=kind), precision=5, scale=2)
    with pytest.raises(NotBulk):
        canonical(contract(scoped, relation=Restate((ScopePart("value"),))), [scoped], ",", False)
