"""Sales targets: the year before, plus what somebody hoped for, spread over the months by season."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from ingestion.sample.period import months_until
from ingestion.sample.sales import COUNTRIES, GROWTH_A_MONTH, SEGMENTS, month_weights
from ingestion.sample.sales_totals import SalesTotals

HEADER = ("Country", "Segment", "Month", "Sales Target")

#: Targets are set in hundreds of dollars.
_STEP = Decimal(100)


def rows(totals: SalesTotals, until: date, seed: int) -> Iterator[tuple[str, ...]]:
    """One row per country, segment and month."""
    chance = random.Random(f"{seed} targets")
    months = months_until(until)
    years = months[:12], months[12:]
    weights = dict(zip(months, month_weights(until), strict=True))
    for country in COUNTRIES:
        for segment in SEGMENTS:
            sold = sum(totals.sales[country, segment, month] for month in years[0])
            # What was sold before the sample begins: a year's growth less.
            before = sold / Decimal(f"{GROWTH_A_MONTH**12:.4f}")
            for year, base in zip(years, (before, sold), strict=True):
                goal = base * (100 + chance.randrange(4, 15)) / 100
                total = sum(weights[month] for month in year)
                for month in year:
                    share = Decimal(f"{weights[month] / total:.6f}")
                    target = (goal * share / _STEP).quantize(Decimal(1)) * _STEP
                    yield country, segment, f"{month:%Y-%m}", f"{target:.2f}"
