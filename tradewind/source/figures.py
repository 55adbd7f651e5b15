"""A source's figures after the build, and what its files do not contain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import psycopg
from psycopg import sql

from ingestion.database.connection import conninfo
from tradewind.mapping.business_day import days_in
from tradewind.mapping.canonical import canonical_columns, derivations
from tradewind.mapping.model import Mapping as SalesMapping
from tradewind.settings import Settings

#: How many currencies are named.
_CURRENCIES = 5

#: What is said of a column that a source lacks, where more follows from it than an empty column.
_WITHOUT = {
    "profit": "no cost: profit is not shown",
    "units_sold": "no quantity: units are not shown",
    "discounts": "no discount: discounts are not shown",
    "currency": (
        "no currency: taken for the reporting currency; the mapping can name another, as in"
        " `currency: \"'EUR'\"` (CURRENCY=EUR does it at the start)"
    ),
}

_ZONE = (
    "the mapping can name another, as in `business_day: Europe/Berlin` (ZONE=Europe/Berlin does it at the"
    " start)"
)


@dataclass(frozen=True, slots=True)
class Figures:
    """Lines that count, with their days, and lines left out by their reason.

    `sales` are by the code of their currency, None where a line names none; largest first.
    """

    lines: int
    sales: Mapping[str | None, Decimal]
    first: date | None
    last: date | None
    left_out: Mapping[str, int] = field(default_factory=dict)


def figures_of(settings: Settings, mapping: SalesMapping) -> Figures:
    """The figures of a built source.

    Raises:
        psycopg.Error: the warehouse cannot be reached, or the source is not built.
    """
    model = sql.Identifier("staging", mapping.staging_model)
    counted = sql.SQL(
        "select currency, count(*), sum(sales), min(sale_date), max(sale_date) from {}"
        " where left_out_by is null group by 1 order by 3 desc nulls last, 1"
    )
    left_out = sql.SQL(
        "select left_out_by, count(*) from {} where left_out_by is not null group by 1 order by 2 desc, 1"
    )
    with psycopg.connect(conninfo(settings, "transformer"), connect_timeout=10) as connection:
        rows = connection.execute(counted.format(model)).fetchall()
        return Figures(
            lines=sum(row[1] for row in rows),
            sales={currency: sales for currency, _, sales, _, _ in rows if sales is not None},
            first=min((row[3] for row in rows), default=None),
            last=max((row[4] for row in rows), default=None),
            left_out=dict(connection.execute(left_out.format(model)).fetchall()),
        )


def sentence(figures: Figures) -> str:
    """The figures in one sentence."""
    if not figures.lines:
        return "no line counts"
    lines = "1 line" if figures.lines == 1 else f"{figures.lines:,} lines"
    sales = [f"{amount:,.2f}{f' {code}' if code else ''}" for code, amount in figures.sales.items()]
    more = f" and {len(sales) - _CURRENCIES} more currencies" if len(sales) > _CURRENCIES else ""
    said = f"{lines}, sales {' + '.join(sales[:_CURRENCIES])}{more}, from {figures.first} to {figures.last}"
    if figures.left_out:
        reasons = ", ".join(f"{count:,} ({reason})" for reason, count in figures.left_out.items())
        said += f"; left out: {reasons}"
    return said


def not_known(mapping: SalesMapping) -> Iterator[str]:
    """Sentences on what the source does not have."""
    columns = canonical_columns(mapping.model)
    known = {*mapping.columns, *(each.name for each in derivations(columns, mapping.columns))}
    missing = [column.name for column in columns if column.name not in known]
    yield from (_WITHOUT[name] for name in missing if name in _WITHOUT)
    if not mapping.business_day and (days := days_in(mapping.columns["sale_date"], mapping.tables)):
        yield f"no time zone of the business: days are {days}; {_ZONE}"
    # what only says more of something that was said or is known
    others = [name for name in missing if name not in {*_WITHOUT, *_OF_OTHERS}]
    if others:
        yield f"not in the files: {', '.join(others)}"


#: Columns that nobody misses for themselves.
_OF_OTHERS = frozenset(
    (
        "sale_price",
        "gross_sales",
        "discount_rate",
        "discount_band",
        "unit_cost",
        "cogs",
        "manufacturing_price",
    )
)
