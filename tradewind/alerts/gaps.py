"""Causes in the calendar: days and months of which a source should have rows, and has none."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import date, timedelta

import psycopg

from ingestion.contract.model import Contract
from tradewind.alerts.cause import Cause, safe
from tradewind.alerts.options import Options
from tradewind.alerts.shown import Shown
from tradewind.gaps.find import Gap, Series, gaps_of_real_data
from tradewind.gaps.listing import in_words

#: A later file may come before an earlier one.
_MAY_COME = timedelta(hours=1)

#: Of the name of a company or a country in a message or a key.
_LONGEST_NAME = 60

#: Countries that are named.
_MOST = 5


def missing_days(
    connection: psycopg.Connection, contracts: Collection[Contract], options: Options, shown: Shown
) -> list[Cause]:
    """Gaps of sources with real data; those of countries that begin on the same day are one cause."""
    found = gaps_of_real_data(connection, contracts)
    companies = Counter(each.source for each in found)
    return [
        _cause(series, first, gaps, options, shown, is_one_of_many=companies[series.source] > 1)
        for series in found
        for (first, _), gaps in _by_beginning(series).items()
    ]


def _by_beginning(series: Series) -> dict[tuple[date, bool], list[Gap]]:
    found: defaultdict[tuple[date, bool], list[Gap]] = defaultdict(list)
    for gap in series.gaps:
        found[gap.run.first, gap.where.country is None].append(gap)
    return dict(sorted(found.items()))


def _cause(
    series: Series, first: date, gaps: list[Gap], options: Options, shown: Shown, *, is_one_of_many: bool
) -> Cause:
    company = f" of {safe(series.company or '', _LONGEST_NAME)}" if is_one_of_many else ""
    part = "countries" if gaps[0].where.country else "all"
    seen = "" if series.is_stated else f" (rows come {gaps[0].rhythm})"
    return Cause(
        key=key_of(series.source, series.company, first, part),
        what=f"{series.source}{company} has no rows for {_places(gaps)}{seen}.",
        means=f"The dashboards' figures lack what was due then. {shown.sentence}",
        advice="Ask the sender for the missing files and drop them into landing/. If nothing was due, set"
        " rhythm in the contract. python -m tradewind gaps lists all gaps.",
        link=options.health,
        patience=_MAY_COME,
    )


def key_of(source: str, company: str | None, first: date, part: str) -> str:
    """The key of a cause. Of a long name it has the beginning and a digest: an index has no room for all."""
    name = company or ""
    if len(name) > _LONGEST_NAME:
        name = f"{name[:_LONGEST_NAME]}…{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    return f"gap:{source}:{name}:{first}:{part}"


def _places(gaps: list[Gap]) -> str:
    """`March 2014`, or for countries `March 2014 in Canada and France`."""
    if gaps[0].where.country is None:
        return in_words(gaps[0].run)
    countries: defaultdict[str, list[str]] = defaultdict(list)
    for gap in gaps[:_MOST]:
        countries[in_words(gap.run)].append(safe(gap.where.country or "", _LONGEST_NAME))
    places = "; ".join(f"{period} in {' and '.join(names)}" for period, names in countries.items())
    return f"{places}; and in {len(gaps) - _MOST} more countries" if len(gaps) > _MOST else places
