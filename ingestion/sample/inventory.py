"""Stock: weekly counts that follow the sales.

What is sold leaves the stock, what was ordered comes a week or two later. In the last weeks some deliveries
fail, so that a few products are out of stock at the end.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

from ingestion.sample.period import days_until
from ingestion.sample.sales_totals import SalesTotals

HEADER = ("Date", "Country", "Product", "On Hand", "On Order", "Reorder Point", "Safety Stock")

#: Days of sales by which demand is judged.
_DEMAND_DAYS = 90

#: One in so many products of a country waits for its deliveries in the last `_LATE_WEEKS`.
_LATE_EVERY = 10
_LATE_WEEKS = 9

_SUNDAY = 6


def rows(totals: SalesTotals, until: date, seed: int) -> Iterator[tuple[object, ...]]:
    """One row per country, product that is sold there, and Sunday."""
    chance = random.Random(f"{seed} inventory")
    days = days_until(until)
    cells = sorted(totals.units)
    late = set(chance.sample(cells, -(-len(cells) // _LATE_EVERY)))
    counts = {
        cell: _counts(totals.units[cell], days, len(days) - 7 * _LATE_WEEKS * (cell in late), chance)
        for cell in cells
    }
    for found in zip(*counts.values(), strict=True):
        for (country, product), (day, *levels) in zip(cells, found, strict=True):
            yield day, country, product, *(f"{level:.2f}" for level in levels)


def _counts(
    units: Mapping[date, Decimal], days: list[date], last_delivery: int, chance: random.Random
) -> Iterator[tuple[date, Decimal, Decimal, Decimal, Decimal]]:
    """Day, on hand, on order, reorder point and safety stock of each count of one product in one country.

    Args:
        last_delivery: number of the day from which on nothing comes any more.
    """
    average = sum(units.values()) / len(days)
    safety_days = chance.randrange(4, 9)
    delivery_weeks = chance.choice((1, 1, 2))
    order_days = chance.randrange(28, 43)
    on_hand = _whole(average * chance.randrange(15, 45))
    on_order: deque[tuple[int, Decimal]] = deque()  # the number of the day that it comes on, and how much
    sold_lately = average * _DEMAND_DAYS
    for i, day in enumerate(days):
        sold = units.get(day, Decimal(0))
        # Before the first ninety days are over, the days before them count as average ones.
        earlier = units.get(day - timedelta(days=_DEMAND_DAYS), Decimal(0)) if i >= _DEMAND_DAYS else average
        sold_lately += sold - earlier
        # What is not there goes from the maker to the customer.
        on_hand = max(Decimal(0), on_hand - sold)
        if on_order and on_order[0][0] <= i < last_delivery:
            on_hand += on_order.popleft()[1]
        if day.weekday() != _SUNDAY:
            continue
        daily = max(sold_lately / _DEMAND_DAYS, average / 4)
        safety = _whole(daily * safety_days)
        reorder_point = safety + _whole(daily * 7 * delivery_weeks)
        if on_hand + sum(amount for _, amount in on_order) <= reorder_point:
            on_order.append((i + 7 * delivery_weeks, _whole(daily * order_days)))
        yield day, on_hand, sum((amount for _, amount in on_order), Decimal(0)), reorder_point, safety


def _whole(units: Decimal) -> Decimal:
    return units.quantize(Decimal(1))
