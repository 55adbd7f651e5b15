"""A source's figures after the build, and what its files do not contain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from psycopg import sql

from ingestion.database.connection import connect_as
from tradewind.mapping.business_day import days_in
from tradewind.mapping.canonical import CanonicalModel, canonical_columns, derivations, feeds, intake
from tradewind.mapping.model import Mapping as SourceMapping
from tradewind.settings import Settings

#: How many currencies are named.
_CURRENCIES = 5

_ZONE = (
    "the mapping can name another, as in `business_day: Europe/Berlin` (ZONE=Europe/Berlin does it at the"
    " start)"
)


@dataclass(frozen=True, slots=True)
class Figures:
    """Rows that count, with their days, and rows left out by their reason.

    `totals` are by column, and there by the code of their currency, None where a row names none; the largest
    is first.
    """

    rows: int
    totals: Mapping[str, Mapping[str | None, Decimal]]
    first: date | None
    last: date | None
    left_out: Mapping[str, int] = field(default_factory=dict)


def figures_of(settings: Settings, mapping: SourceMapping) -> Figures:
    """The figures of a built source.

    Raises:
        psycopg.Error: the warehouse cannot be reached, or the source is not built.
    """
    model, said = sql.Identifier("staging", mapping.staging_model), intake(mapping.model)
    day = sql.Identifier(feeds(mapping.model).day)
    counted = sql.SQL("select count(*), min({day}), max({day}) from {model} where left_out_by is null")
    left_out = sql.SQL(
        "select left_out_by, count(*) from {model} where left_out_by is not null"
        " group by 1 order by 2 desc, 1"
    )
    with connect_as(settings, "transformer") as connection:
        rows, first, last = connection.execute(counted.format(model=model, day=day)).fetchone()
        found = {
            name: connection.execute(_total(mapping, name), {"day": last}).fetchall() for name in said.totals
        }
        return Figures(
            rows,
            {name: dict(sums) for name, sums in found.items() if sums},
            first,
            last,
            dict(connection.execute(left_out.format(model=model)).fetchall()),
        )


def _total(mapping: SourceMapping, name: str) -> sql.Composed:
    """A query for the sums of a column by currency: on the last day if it is a level."""
    has_currency = any(column.name == "currency" for column in canonical_columns(mapping.model))
    day = feeds(mapping.model).day
    when = sql.SQL("{} = %(day)s").format(sql.Identifier(day)) if intake(mapping.model).is_level else None
    return sql.SQL(
        "select {currency}, sum({name}) from {model} where left_out_by is null and {name} is not null"
        " and {when} group by 1 order by 2 desc, 1"
    ).format(
        currency=sql.SQL("currency" if has_currency else "cast(null as text)"),
        name=sql.Identifier(name),
        model=sql.Identifier("staging", mapping.staging_model),
        when=when or sql.SQL("true"),
    )


def sentence(figures: Figures, model: CanonicalModel) -> str:
    """The figures in one sentence."""
    said = intake(model)
    if not figures.rows:
        return f"no {said.rows} are counted"
    rows = f"1 {said.row}" if figures.rows == 1 else f"{figures.rows:,} {said.rows}"
    totals = [f"{name} {_amounts(sums, _decimals(model, name))}" for name, sums in figures.totals.items()]
    if said.is_level and totals:
        totals[-1] += " on the last day"
    text = ", ".join([rows, *totals, f"from {figures.first} to {figures.last}"])
    if figures.left_out:
        reasons = ", ".join(f"{count:,} ({reason})" for reason, count in figures.left_out.items())
        text += f"; left out: {reasons}"
    return text


def _amounts(sums: Mapping[str | None, Decimal], decimals: int) -> str:
    said = [f"{amount:,.{decimals}f}{f' {code}' if code else ''}" for code, amount in sums.items()]
    more = f" and {len(said) - _CURRENCIES} more currencies" if len(said) > _CURRENCIES else ""
    return f"{' + '.join(said[:_CURRENCIES])}{more}"


def _decimals(model: CanonicalModel, name: str) -> int:
    """Decimals of a total: none of what is counted in whole units."""
    (column,) = (each for each in canonical_columns(model) if each.name == name)
    return 0 if column.sql_type.endswith(", 0)") else 2


def not_known(mapping: SourceMapping) -> Iterator[str]:
    """Sentences on what the source does not have."""
    columns, said = canonical_columns(mapping.model), intake(mapping.model)
    known = {*mapping.columns, *(each.name for each in derivations(columns, mapping.columns))}
    missing = [column.name for column in columns if column.name not in known]
    yield from (said.without[name] for name in missing if name in said.without)
    day = mapping.columns[feeds(mapping.model).day]
    if not mapping.business_day and (days := days_in(day, mapping.tables)):
        yield f"no time zone of the business: days are {days}; {_ZONE}"
    # what only says more of something that was said or is known
    others = [name for name in missing if name not in {*said.without, *said.not_missed}]
    if others:
        yield f"not in the files: {', '.join(others)}"
