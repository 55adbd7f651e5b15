"""The months that sample data cover, and the days in them."""

from __future__ import annotations

import random
from datetime import date, timedelta

MONTHS = 24


def last_complete_month() -> date:
    """First day of the month before this one."""
    return (date.today().replace(day=1) - timedelta(days=1)).replace(day=1)


def months_until(until: date) -> list[date]:
    """First days of the `MONTHS` months up to that of `until`."""
    last = until.year * 12 + until.month - 1
    return [date(i // 12, i % 12 + 1, 1) for i in range(last - MONTHS + 1, last + 1)]


def days_until(until: date) -> list[date]:
    """Every day of these months."""
    return [month + timedelta(days=i) for month in months_until(until) for i in range(_days_in(month))]


def drawn_days(count: int, until: date, weights: list[float], chance: random.Random) -> list[date]:
    """`count` days in order; a month's share of them is its weight."""
    months = months_until(until)
    drawn = sorted(chance.choices(range(MONTHS), weights, k=count))
    return sorted(months[i] + timedelta(days=chance.randrange(_days_in(months[i]))) for i in drawn)


def _days_in(month: date) -> int:
    return ((month + timedelta(days=31)).replace(day=1) - month).days
