"""What customers of the sample say of their orders; texts are invented."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, time, timedelta

from ingestion.sample.ecommerce.delivery import Delivery

#: Shares of the scores 1 to 5.
_ON_TIME = (6, 3, 8, 21, 62)
_LATE = (46, 9, 12, 13, 20)
_NOT_DELIVERED = (62, 9, 9, 7, 13)

#: Titles and messages by whether the score is good; one message has a line break and quotes.
_TEXTS = {
    True: (
        ("Recomendo", "Chegou antes do prazo, tudo certo."),
        ("", "Produto bom, bem embalado"),
        ("Muito bom", 'Igual ao anunciado.\nA cor "azul claro" ficou linda!'),
    ),
    False: (
        ("Atrasou", "Ainda estou esperando a entrega; ninguém responde."),
        ("", "Veio com defeito, quero trocar"),
    ),
}

#: Share of orders with a review, of those with a second one, and of reviews with a text.
_REVIEWED, _TWICE, _TEXT = 0.99, 0.006, 0.4


def reviews(
    purchased_at: datetime, delivery: Delivery, end: datetime, chance: random.Random
) -> Iterator[tuple[int, str, str, datetime, datetime]]:
    """Score, title, message, day of asking and time of answer of each review that is there at `end`."""
    if chance.random() > _REVIEWED:
        return
    asked = _asked(purchased_at, delivery)
    for _ in range(2 if chance.random() < _TWICE else 1):
        answered = asked + timedelta(hours=12) + timedelta(seconds=round(chance.expovariate(1 / 172_800)))
        if answered >= end:
            return
        score = chance.choices(range(1, 6), _weights(delivery))[0]
        title, message = chance.choice(_TEXTS[score > 3]) if chance.random() < _TEXT else ("", "")
        yield score, title, message, asked, answered
        asked = datetime.combine(answered.date() + timedelta(days=7), time())


def _asked(purchased_at: datetime, delivery: Delivery) -> datetime:
    """Midnight after the delivery, or some time after it should have come."""
    if delivery.delivered_at:
        day = delivery.delivered_at.date() + timedelta(days=1)
    elif delivery.status in ("canceled", "unavailable"):
        day = purchased_at.date() + timedelta(days=7)
    else:
        day = delivery.promised_for.date() + timedelta(days=3)
    return datetime.combine(day, time())


def _weights(delivery: Delivery) -> tuple[int, ...]:
    if delivery.delivered_at is None:
        return _NOT_DELIVERED
    return _LATE if delivery.is_late else _ON_TIME
