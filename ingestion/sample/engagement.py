"""Engagement of customers: it rises and falls with what a country's segment buys, and rests at weekends."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date

from ingestion.sample.period import days_until, months_until
from ingestion.sample.sales import COUNTRIES, SEGMENTS
from ingestion.sample.sales_totals import SalesTotals

HEADER = ("Date", "Country", "Segment", "Active Customers", "Visits", "Engaged Visits", "Responses")

#: Visits a day of an average country and segment.
_VISITS = 150

#: How much of it is there without any sale.
_FLOOR = 0.35

#: Share of visits in which the customer does something.
_ENGAGED = {
    "Government": 0.36,
    "Small Business": 0.48,
    "Enterprise": 0.41,
    "Midmarket": 0.44,
    "Channel Partners": 0.55,
}

#: Visits of a weekday against the average one, Monday first.
_WEEK = (1.1, 1.2, 1.2, 1.15, 1.05, 0.7, 0.6)


def rows(totals: SalesTotals, until: date, seed: int) -> Iterator[tuple[object, ...]]:
    """One row per country, segment and day."""
    chance = random.Random(f"{seed} engagement")
    levels = _levels(totals, months_until(until))
    for day in days_until(until):
        for country in COUNTRIES:
            for segment in SEGMENTS:
                level = levels[country, segment, day.replace(day=1)]
                visits = round(_VISITS * level * _WEEK[day.weekday()] * chance.uniform(0.85, 1.15))
                # A busy month draws customers who mean it.
                rate = _ENGAGED[segment] * (0.9 + 0.1 * min(level, 2)) * chance.uniform(0.92, 1.08)
                engaged = round(visits * rate)
                active = round(visits / chance.uniform(1.3, 1.6))
                responses = round(engaged * chance.uniform(0.1, 0.2))
                yield day, country, segment, active, visits, engaged, responses


def _levels(totals: SalesTotals, months: list[date]) -> dict[tuple[str, str, date], float]:
    """How busy a country's segment is in a month; 1 is the average over all of them.

    The root of the sales: who buys for ten times as much does not come ten times as often.
    """
    roots = {
        (country, segment, month): float(totals.sales[country, segment, month]) ** 0.5
        for country in COUNTRIES
        for segment in SEGMENTS
        for month in months
    }
    average = sum(roots.values()) / len(roots)
    return {cell: _FLOOR + (1 - _FLOOR) * root / average for cell, root in roots.items()}
