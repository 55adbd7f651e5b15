"""The customers of the sample: most buy once."""

from __future__ import annotations

import random
from typing import NamedTuple

from ingestion.sample.ecommerce.ids import new_id
from ingestion.sample.ecommerce.places import Place, customer_place

#: Share of orders that come from somebody who has bought before.
_RETURNING = 0.04


class Person(NamedTuple):
    """Somebody who buys."""

    unique_id: str
    place: Place


class People:
    """Those who have bought so far."""

    def __init__(self) -> None:
        self._known: list[Person] = []

    def draw(self, chance: random.Random) -> Person:
        """Who places the next order."""
        if self._known and chance.random() < _RETURNING:
            return chance.choice(self._known)
        person = Person(new_id(chance), customer_place(chance))
        self._known.append(person)
        return person
