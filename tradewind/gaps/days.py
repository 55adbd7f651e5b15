"""The days of which a source has rows that count, by company and country.

A source that feeds a fact is read there, where its companies and countries are those of the dashboards; any
other one from its raw rows. Days from the year 9000 on are left out: they stand for "never", and dates end
with 9999.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

import psycopg
from psycopg import sql

from ingestion.contract.model import Contract, Restate
from ingestion.ledger.scopes import ScopeText
from ingestion.loading.account import business_date

#: Facts that several sources feed, and the column of their business date.
FACTS = {
    "fct_sales_daily": "day",
    "fct_engagement": "engagement_date",
    "fct_inventory_snapshot": "stock_date",
    "fct_sales_target": "target_month",
}

_OF_FACT = """
select days.source, days.company, countries.country, array_agg(days.day)
from (
    -- hashed, where array_agg(distinct …) would sort all rows
    select distinct source, company, country_key, {day} as day
    from core.{fact}
    where {day} < date '9000-01-01'
) as days
left join core.dim_country as countries using (country_key)
group by days.source, days.company, countries.country
"""

# Of a source whose rows have keys, a row that a later one corrected counts here all the same.
_OF_RAW = """
select array_agg(day)
from (
    select distinct cast(raw.{day} as date) as day
    from staging.{raw} as raw
    where raw.{day} < date '9000-01-01' and {counts}
) as days
"""

_LOAD_COUNTS = "raw._load_id in (select load_id from ops.counted_loads where source = %(source)s)"
_SCOPE_COUNTS = (
    "(raw._load_id, {scope}) in (select load_id, scope from ops.current_scopes where source = %(source)s)"
)


class Where(NamedTuple):
    """A company of a source, and a country of it; None where rows do not tell."""

    source: str
    company: str | None
    country: str | None


def days_with_rows(connection: psycopg.Connection, contracts: Iterable[Contract]) -> dict[Where, set[date]]:
    """Read them as the role `transformer`; sources without a business date, or without rows, are left out.

    Raises:
        psycopg.Error: the warehouse cannot be asked.
    """
    dated = {contract.source: contract for contract in contracts if business_date(contract)}
    found: defaultdict[Where, set[date]] = defaultdict(set)
    for fact, day in FACTS.items():
        if connection.execute("select to_regclass(%s)", [f"core.{fact}"]).fetchone()[0]:
            query = sql.SQL(_OF_FACT).format(fact=sql.Identifier(fact), day=sql.Identifier(day))
            for source, company, country, days in connection.execute(query):
                if source in dated:
                    found[Where(source, company, country)].update(days)
    in_facts = {where.source for where in found}
    for contract in dated.values():
        if contract.source not in in_facts and (days := _raw_days(connection, contract)):
            found[Where(contract.source, None, None)].update(days)
    return dict(found)


def _raw_days(connection: psycopg.Connection, contract: Contract) -> list[date] | None:
    if not connection.execute("select to_regclass(%s)", [f"staging.{contract.raw_table}"]).fetchone()[0]:
        return None
    query = sql.SQL(_OF_RAW).format(
        day=sql.Identifier(business_date(contract).name),
        raw=sql.Identifier(contract.raw_table),
        counts=sql.SQL(_counts(contract)),
    )
    return connection.execute(query, {"source": contract.source}).fetchone()[0]


def _counts(contract: Contract) -> str:
    """The condition for rows that count."""
    if not isinstance(contract.relation, Restate):
        return _LOAD_COUNTS
    return _SCOPE_COUNTS.format(scope=ScopeText.of(contract).sql().format(row="raw", string="text"))
