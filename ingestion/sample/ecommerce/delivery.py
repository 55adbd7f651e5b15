"""What becomes of an order between its purchase and the moment at which the sample ends."""

from __future__ import annotations

import random
from datetime import datetime, time, timedelta
from typing import NamedTuple

from ingestion.sample.ecommerce.places import DISTANCES

#: Days that a customer is told to wait: at least, and for each step of distance.
_PROMISED_DAYS, _DAYS_A_STEP = 15, 4

#: Share of late deliveries nearby, how much it grows with distance, and how many times before Christmas.
_LATE, _LATE_A_STEP, _LATE_BEFORE_CHRISTMAS = 0.045, 0.02, 2

#: Of a thousand orders so many end otherwise than delivered.
_CANCELED, _UNAVAILABLE, _STUCK_IN_SHIPPING, _STUCK_BEFORE = 6, 6, 8, 5


class Delivery(NamedTuple):
    """The status of an order and its times; None is what has not happened."""

    status: str
    approved_at: datetime | None
    handed_over_at: datetime | None
    delivered_at: datetime | None
    promised_for: datetime

    @property
    def is_late(self) -> bool:
        """Delivered on a later day than the promised one."""
        return self.delivered_at is not None and self.delivered_at.date() > self.promised_for.date()


def deliver(purchased_at: datetime, state: str, end: datetime, chance: random.Random) -> Delivery:
    """The delivery of one order to a customer in `state`, as it is known at `end`."""
    distance = DISTANCES[state]
    approved_at = purchased_at + timedelta(minutes=15) + _hours(chance.expovariate(1 / 8))
    handed_over_at = approved_at + _hours(chance.uniform(12, 100))
    promised_days = _PROMISED_DAYS + _DAYS_A_STEP * distance + chance.randrange(8)
    promised_for = datetime.combine(purchased_at.date() + timedelta(days=promised_days), time())
    late = (_LATE + _LATE_A_STEP * distance) * (
        _LATE_BEFORE_CHRISTMAS if purchased_at.month in (11, 12) else 1
    )
    if chance.random() < late:
        delivered_at = promised_for + timedelta(days=1 + int(chance.expovariate(1 / 6))) + _waking(chance)
    else:
        span = (promised_for - handed_over_at) / timedelta(days=1)
        days = max(1, int(span * chance.betavariate(2.2, 3.2)))
        delivered_at = datetime.combine((handed_over_at + timedelta(days=days)).date(), time())
        delivered_at += _waking(chance)
    fate = chance.randrange(1000)
    if fate < _CANCELED:
        return Delivery("canceled", _known(approved_at, end), None, None, promised_for)
    fate -= _CANCELED
    if fate < _UNAVAILABLE:
        return Delivery("unavailable", _known(approved_at, end), None, None, promised_for)
    fate -= _UNAVAILABLE
    if approved_at >= end:
        return Delivery("created", None, None, None, promised_for)
    if handed_over_at >= end or fate < _STUCK_BEFORE:
        status = chance.choice(("approved", "invoiced", "processing"))
        return Delivery(status, approved_at, None, None, promised_for)
    if delivered_at >= end or fate < _STUCK_BEFORE + _STUCK_IN_SHIPPING:
        return Delivery("shipped", approved_at, handed_over_at, None, promised_for)
    return Delivery("delivered", approved_at, handed_over_at, delivered_at, promised_for)


def _known(moment: datetime, end: datetime) -> datetime | None:
    return moment if moment < end else None


def _waking(chance: random.Random) -> timedelta:
    """A time of the day at which somebody opens the door."""
    return timedelta(seconds=chance.randrange(9 * 3600, 21 * 3600))


def _hours(hours: float) -> timedelta:
    return timedelta(seconds=round(hours * 3600))
