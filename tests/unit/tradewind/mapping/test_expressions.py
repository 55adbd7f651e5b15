"""Expressions of a mapping: what is allowed, and how others are refused."""

from __future__ import annotations

import pytest

from tradewind.mapping.expressions import ExpressionFault, Kind, check

TABLES = {
    "orders": {
        "day": "date",
        "moment": "timestamp",
        "amount": "numeric(18,4)",
        "units": "integer",
        "name": "text",
        "is_paid": "boolean",
    },
    "products": {"code": "text", "cost": "numeric(18,2)"},
}


@pytest.mark.parametrize(
    ("text", "sql", "kind"),
    [
        ("day", "orders.day", Kind.DATE),
        ("cast(moment as date)", "CAST(orders.moment AS DATE)", Kind.DATE),
        ("units * products.cost", "orders.units * products.cost", Kind.NUMBER),
        ("-amount", "-orders.amount", Kind.NUMBER),
        ("amount / nullif(units, 0)", "orders.amount / NULLIF(orders.units, 0)", Kind.NUMBER),
        ("date '2024-01-31'", "CAST('2024-01-31' AS DATE)", Kind.DATE),
        ("left(name, 2)", "LEFT(orders.name, 2)", Kind.TEXT),
        ("coalesce(amount, 0)", "COALESCE(orders.amount, 0)", Kind.NUMBER),
        ("1.0 * units / 3", "1.0 * orders.units / 3", Kind.NUMBER),
        ("'USD'", "'USD'", Kind.TEXT),
        ("units::text", "CAST(orders.units AS TEXT)", Kind.TEXT),
        ("name like 'C%' and is_paid", "orders.name LIKE 'C%' AND orders.is_paid", Kind.FLAG),
        ("null", "NULL", None),
        (
            "case when units < 0 then 'Return' else 'Sale' end",
            "CASE WHEN orders.units < 0 THEN 'Return' ELSE 'Sale' END",
            Kind.TEXT,
        ),
        ("amount -- net", "orders.amount", Kind.NUMBER),
    ],
)
def test_an_expression_gets_its_tables_and_its_kind(text: str, sql: str, kind: Kind | None) -> None:
    found = check(text, TABLES)
    assert (found.sql, found.kind) == (sql, kind)


def test_columns_are_named_with_their_tables() -> None:
    assert check("units * products.cost", TABLES).columns == {("orders", "units"), ("products", "cost")}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("amuont", "orders has no column amuont; did you mean 'amount'?"),
        ("prodcts.cost", "there is no table prodcts; did you mean 'products'?"),
        ("sum(amount)", "cannot be used in a mapping"),
        ("sum(amount) over ()", "cannot be used in a mapping"),
        ("row_number() over (order by day)", "cannot be used in a mapping"),
        ("(select 1)", "cannot be used in a mapping"),
        ("amount in (select cost from products)", "cannot be used in a mapping"),
        ("now()", "cannot be used in a mapping"),
        ("current_date", "cannot be used in a mapping"),
        ("random()", "cannot be used in a mapping"),
        ("pg_sleep(3)", "the function pg_sleep cannot be used"),
        ("query_to_xml('select 1', true, true, '')", "the function query_to_xml cannot be used"),
        ("amount; drop table x", "is not one expression"),
        ("amount, units", "is not one expression"),
        ("amount from orders", "is a query and not an expression"),
        ("amount where units > 0", "is a query and not an expression"),
        ("amount as net", "leave out `as net`"),
        ("", "is not one expression"),
        ("amount +", "is not an expression in SQL"),
        ("units / 2", "divides whole numbers"),
        ("amount + name", "is not a number"),
        ("-1 * name", "is not a number"),
        ("amount::float", "loses digits"),
        ("amount::real", "loses digits"),
        ("name::date", "fails where a text does not look like a date"),
        ("name::numeric", "fails where a text does not look like a number"),
        ("amount / units", "divide by nullif"),
        ("amount / 0", "divide by nullif"),
        ("amount / nullif(units, '')", "divide by nullif"),
        ("amount / nullif(units, 'x')", "divide by nullif"),
        ("amount / ''", "is not a number"),
        ("units * units", "may overflow"),
        ("cast('now' as date)", "is not a date"),
        ("date 'today'", "is not a date"),
        ("cast('abc' as numeric(18, 4))", "is not a number"),
        ("x.orders.amount", "write the table and the column"),
        ("amount = 'abc'", "mixes number and text"),
        ("name > amount", "mixes number and text"),
        ("case when is_paid then 'a' else 1 end", "mixes number and text"),
        ("case when amount then 1 else 2 end", "is not a flag"),
        ("case name when 1 then 'a' end", "mixes number and text"),
        ("coalesce(name, 0)", "mixes number and text"),
        ("upper(units)", "is not a text"),
        ("not amount", "is not a flag"),
        ("amount::integer", "may lose digits"),
        ("amount::numeric(3, 1)", "may lose digits"),
        ("name::varchar(2)", "may cut letters off"),
        ("left(name, -1)", "write a number from 0"),
        ("concat(name, 'x')", "cannot be used in a mapping"),
        ("(" * 1500 + "amount" + ")" * 1500, "more than 2,000 characters"),
        ("'two\nlines'", "control characters"),
        ("'{{ env_var(1) }}'", "is not a template"),
        ("'{% do x %}'", "is not a template"),
        ("'a' || '{# x #}'", "is not a template"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(text: str, said: str) -> None:
    with pytest.raises(ExpressionFault) as error:
        check(text, TABLES)
    assert said in str(error.value)
