"""Names of countries that nobody knows: where they occur, and which country each of them may mean."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from psycopg import sql

from ingestion.database.connection import connect_as
from tradewind.settings import ROOT, Settings
from tradewind.vocabulary.spelling import plain

#: How alike a name and its nearest guess must be, from 0 to 1.
_ALIKE = 0.75

# facts whose rows say which load brought them, so that their sources are known
_FACTS = """
select table_name from information_schema.columns
where table_schema = 'core' and table_name like 'fct\\_%' and column_name in ('country_key', 'load_id')
group by table_name
having count(*) = 2
order by table_name
"""

_ROWS = """
select countries.country, loads.source, count(*)
from core.{} as fact
inner join core.dim_country as countries on fact.country_key = countries.country_key
inner join ops.loads as loads on fact.load_id = loads.load_id
where countries.country_key like 'other\\_%%'
group by countries.country, loads.source
"""


@dataclass(frozen=True)
class UnknownName:
    """A name that is a member of its own.

    Attributes:
        name: as the source writes it.
        source: whose rows name it, as `sales.transactions`.
        rows: how many of them count now.
        guess: the country that it may mean, as dashboards show it; empty where nothing is alike.
    """

    name: str
    source: str
    rows: int
    guess: str


def unknown_names(settings: Settings) -> list[UnknownName]:
    """Those in the warehouse as it was last built, most rows first.

    Raises:
        psycopg.Error: the warehouse does not answer, or was never built.
    """
    with connect_as(settings, "transformer") as connection:
        facts = [name for (name,) in connection.execute(_FACTS)]
        found = [
            row
            for fact in facts
            for row in connection.execute(sql.SQL(_ROWS).format(sql.Identifier(fact)), ())
        ]
    guesses = nearest({name for name, _, _ in found})
    rows = [UnknownName(name, source, count, guesses[name]) for name, source, count in found]
    return sorted(rows, key=lambda row: (-row.rows, row.name, row.source))


def nearest(names: Iterable[str]) -> dict[str, str]:
    """The country that each name may mean, as dashboards show it; empty where nothing is alike."""
    shown = {row["country_key"]: row["country"] for row in _seed("countries")}
    spellings = {plain(row["name"]): shown[row["country_key"]] for row in _seed("country_names")}
    # codes are too short to be nearly right
    known = {spelling: country for spelling, country in spellings.items() if len(spelling) > 3}
    found = {name: get_close_matches(plain(name), known, n=1, cutoff=_ALIKE) for name in names}
    return {name: known[close[0]] if close else "" for name, close in found.items()}


def _seed(name: str) -> list[dict[str, str]]:
    """Rows of a seed, which need no Babel."""
    with (ROOT / "dbt_project" / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
