"""What each source should have and has not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import psycopg

from ingestion.contract.model import Contract, Rhythm
from ingestion.ledger.read import real_sources
from tradewind.gaps.days import Where, days_with_rows
from tradewind.gaps.rhythm import Days, Months, Run, missing, of_part, seen, stated


@dataclass(frozen=True, slots=True)
class Gap:
    """Periods in a row of which rows are missing.

    `country` is None where they are missing of the company as a whole; `periods` are those of `rhythm`.
    """

    where: Where
    run: Run
    rhythm: str


@dataclass(frozen=True, slots=True)
class Series:
    """The rows of a company of a source, from their first day to their last, and their gaps.

    `rhythm` is None where none was found or, as the contract says, there is none; `is_stated` tells whether
    the contract says so. `irregular` are the countries of which nothing can be said.
    """

    source: str
    company: str | None
    rhythm: str | None
    is_stated: bool
    first: date
    last: date
    gaps: Sequence[Gap]
    irregular: Sequence[str]


def find_gaps(connection: psycopg.Connection, contracts: Collection[Contract]) -> list[Series]:
    """Every source that has a business date and rows that count, by source and company.

    Raises:
        psycopg.Error: the warehouse cannot be asked.
    """
    rhythms = {contract.source: contract.rhythm for contract in contracts}
    series: defaultdict[tuple, dict[Where, set[date]]] = defaultdict(dict)
    for where, days in days_with_rows(connection, contracts).items():
        series[where.source, where.company][where] = days
    found = [series_of(each, rhythms[source]) for (source, _), each in series.items()]
    return sorted(found, key=lambda each: (each.source, each.company or ""))


def gaps_of_real_data(connection: psycopg.Connection, contracts: Collection[Contract]) -> list[Series]:
    """The same, without sources that have sample files alone.

    Raises:
        psycopg.Error: the warehouse cannot be asked.
    """
    real = real_sources(connection)
    return [each for each in find_gaps(connection, contracts) if each.source in real]


def series_of(countries: Mapping[Where, set[date]], promised: Rhythm | None) -> Series:
    """The series of one company, from the days of its countries.

    A promised rhythm holds for the company as a whole; that of each country is seen in its rows, and is never
    finer than the promised one.
    """
    whole = set().union(*countries.values())
    first, last = min(whole), max(whole)
    source, company, _ = next(iter(countries))
    rhythm = stated(promised, whole) if promised else seen(whole)
    gaps, irregular = [], []
    if rhythm:
        everywhere = Where(source, company, None)
        gaps += [Gap(everywhere, run, str(rhythm)) for run in missing(rhythm, whole, first, last)]
    if promised is not Rhythm.NONE and len(countries) > 1:
        for where, days in sorted(countries.items(), key=lambda each: each[0].country or ""):
            own = of_part(promised, days)
            if own:
                gaps += [Gap(where, run, str(own)) for run in _missing_here(own, days, whole)]
            elif where.country:
                irregular.append(where.country)
    return Series(
        source, company, str(rhythm) if rhythm else None, promised is not None, first, last, gaps, irregular
    )


def _missing_here(rhythm: Days | Months, days: set[date], whole: set[date]) -> list[Run]:
    """What a country lacks of the periods that others have rows of, but for the last: it may still come."""
    present = {rhythm.period(day) for day in whole}
    newest = max(present)
    return missing(
        rhythm, days, min(days), max(whole), is_counted=lambda each: each in present and each != newest
    )
