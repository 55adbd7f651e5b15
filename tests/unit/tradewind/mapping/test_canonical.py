"""Canonical columns, and what can be derived from those that a source has."""

from __future__ import annotations

import pytest

from tradewind.mapping.canonical import (
    CanonicalModel,
    canonical_columns,
    derivations,
    feeds,
    intake,
    lacking,
)
from tradewind.mapping.expressions import columns_in

COLUMNS = canonical_columns(CanonicalModel.SALES_LINES)


def derived(*mapped: str) -> dict[str, str]:
    return {each.name: each.expression for each in derivations(COLUMNS, mapped)}


@pytest.mark.parametrize("model", CanonicalModel)
def test_expressions_name_only_canonical_columns(model: CanonicalModel) -> None:
    columns = canonical_columns(model)
    names = {column.name for column in columns}
    assert len(names) == len(columns)
    for column in columns:
        for expression in column.derivations:
            assert columns_in(expression) <= names - {column.name}


@pytest.mark.parametrize("model", CanonicalModel)
def test_money_is_numeric(model: CanonicalModel) -> None:
    types = {column.sql_type.partition("(")[0] for column in canonical_columns(model)}
    assert types == {"date", "numeric", "text"}


@pytest.mark.parametrize("model", CanonicalModel)
def test_what_rows_become_is_said_in_canonical_columns(model: CanonicalModel) -> None:
    columns = {column.name: column for column in canonical_columns(model)}
    fed = feeds(model)
    assert columns[fed.day].sql_type == "date" and columns[fed.day].required
    assert {*fed.figures, *fed.fact_columns, *fed.differences} <= columns.keys()
    assert all(columns[name].sql_type.startswith("numeric") for name in fed.figures)
    for condition in fed.leave_out.values():
        assert columns_in(condition) <= columns.keys()


@pytest.mark.parametrize("model", CanonicalModel)
def test_what_is_asked_and_said_names_canonical_columns(model: CanonicalModel) -> None:
    said, names = intake(model), {column.name for column in canonical_columns(model)}
    assert said.totals and {*said.totals, *said.shown, *said.without, *said.not_missed} <= names
    assert lacking(model, names) == [] and feeds(model).day in lacking(model, ())


@pytest.mark.parametrize("model", CanonicalModel)
def test_facts_know_the_company_of_their_rows(model: CanonicalModel) -> None:
    assert {"company", "country"} <= {column.name for column in canonical_columns(model)}


@pytest.mark.parametrize(
    ("mapped", "expected"),
    [
        (
            ("sales", "units_sold", "discount_rate", "profit"),
            {
                "gross_sales": "sales / nullif(1 - discount_rate, 0)",
                "cogs": "sales - profit",
                "sale_price": "gross_sales / nullif(units_sold, 0)",
                "discounts": "gross_sales - sales",
            },
        ),
        (("sales", "units_sold"), {}),
        (
            ("units_sold", "sale_price", "discounts"),
            {
                "gross_sales": "units_sold * sale_price",
                "sales": "gross_sales - discounts",
                "discount_rate": "discounts / nullif(gross_sales, 0)",
            },
        ),
        (
            ("sales", "units_sold", "unit_cost"),
            {"cogs": "units_sold * unit_cost", "profit": "sales - cogs"},
        ),
        (("units_sold", "sale_price"), {"gross_sales": "units_sold * sale_price"}),
    ],
)
def test_unmapped_columns_are_derived_from_mapped_ones(
    mapped: tuple[str, ...], expected: dict[str, str]
) -> None:
    assert derived(*mapped) == expected


def test_each_derivation_comes_after_what_it_reads() -> None:
    mapped = {"sales", "units_sold", "discount_rate", "profit"}
    for each in derivations(COLUMNS, mapped):
        assert columns_in(each.expression) <= mapped
        mapped.add(each.name)
