"""Orders with all that belongs to them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from ingestion.sample.ecommerce.catalog import Catalog, Product
from ingestion.sample.ecommerce.categories import CATEGORIES
from ingestion.sample.ecommerce.delivery import Delivery, deliver
from ingestion.sample.ecommerce.ids import new_id
from ingestion.sample.ecommerce.payments import payments
from ingestion.sample.ecommerce.people import People
from ingestion.sample.ecommerce.places import DISTANCES, Place, points
from ingestion.sample.ecommerce.reviews import reviews
from ingestion.sample.ecommerce.tables import Tables, begin_tables
from ingestion.sample.files import Files
from ingestion.sample.period import days_until, drawn_days, months_until

#: Fewer would leave files without a row, which the loader holds.
_LEAST = 100

#: Orders of a month against the average one, January first: Mother's Day, and above all Black Friday.
_SEASON = (0.95, 0.88, 0.97, 0.95, 1.06, 0.93, 0.98, 1.0, 0.95, 0.99, 1.38, 1.12)
_GROWTH_A_MONTH = 1.03

#: Orders of an hour of the day, midnight first.
_HOURS = (24, 12, 6, 3, 2, 2, 5, 12, 30, 48, 62, 66, 60, 65, 66, 65, 67, 62, 58, 60, 62, 62, 58, 41)

#: Share of orders with so many items.
_ITEMS = {1: 89.5, 2: 7.8, 3: 1.5, 4: 0.7, 5: 0.3, 6: 0.2}

#: Share of second items that are another one of the same product.
_SAME_AGAIN = 0.6


class _Item(NamedTuple):
    product: Product
    price: Decimal
    freight: Decimal


def write_ecommerce(files: Files, orders: int, until: date, seed: int) -> None:
    """Write the nine files, with `orders` orders, or as many as no file can do without."""
    chance = random.Random(f"{seed} e-commerce")
    tables = begin_tables(files)
    orders = max(_LEAST, orders)
    catalog = Catalog(orders, chance)
    people = People()
    end = datetime.combine(days_until(until)[-1] + timedelta(days=1), time())
    for purchased_at in _purchases(orders, until, chance):
        person = people.draw(chance)
        delivery = deliver(purchased_at, person.place.state, end, chance)
        items = list(_items(person.place, catalog, chance))
        _write_order(tables, person.unique_id, person.place, purchased_at, delivery, items, end, chance)
    _write_catalog(tables, catalog, chance)
    for point in points(chance):
        tables.geolocation.write(*point)
    for category in CATEGORIES:
        if category.english:
            tables.translation.write(category.name, category.english)


def _purchases(orders: int, until: date, chance: random.Random) -> list[datetime]:
    weights = [_SEASON[month.month - 1] * _GROWTH_A_MONTH**i for i, month in enumerate(months_until(until))]
    days = drawn_days(orders, until, weights, chance)
    hours = chance.choices(range(24), _HOURS, k=orders)
    return sorted(
        datetime.combine(day, time(hour)) + timedelta(seconds=chance.randrange(3600))
        for day, hour in zip(days, hours, strict=True)
    )


def _items(place: Place, catalog: Catalog, chance: random.Random) -> Iterator[_Item]:
    product = catalog.draw(chance)
    for i in range(chance.choices(list(_ITEMS), list(_ITEMS.values()))[0]):
        if i and chance.random() > _SAME_AGAIN:
            product = catalog.draw(chance)
        # The seller's own state is cheap to reach, the far ones are not.
        distance = 0 if product.seller.place.state == place.state else 1 + DISTANCES[place.state]
        cents = 790 + 320 * distance + product.grams // 10 + chance.randrange(400)
        yield _Item(product, product.price, Decimal(cents) / 100)


def _write_order(
    tables: Tables,
    person: str,
    place: Place,
    purchased_at: datetime,
    delivery: Delivery,
    items: list[_Item],
    end: datetime,
    chance: random.Random,
) -> None:
    order_id, customer_id = new_id(chance), new_id(chance)
    tables.customers.write(customer_id, person, *place)
    tables.orders.write(
        order_id,
        customer_id,
        delivery.status,
        purchased_at,
        *(moment or "" for moment in (delivery.approved_at, delivery.handed_over_at, delivery.delivered_at)),
        delivery.promised_for,
    )
    # What no seller has was paid all the same.
    if delivery.status != "unavailable":
        limit = (delivery.approved_at or purchased_at) + timedelta(days=6)
        for number, item in enumerate(items, 1):
            seller_id = item.product.seller.seller_id
            tables.items.write(
                order_id, number, item.product.product_id, seller_id, limit, item.price, f"{item.freight:.2f}"
            )
    total = sum((item.price + item.freight for item in items), Decimal(0))
    for number, (kind, instalments, value) in enumerate(payments(total, chance), 1):
        tables.payments.write(order_id, number, kind, instalments, f"{value:.2f}")
    for review in reviews(purchased_at, delivery, end, chance):
        tables.reviews.write(new_id(chance), order_id, *review)


def _write_catalog(tables: Tables, catalog: Catalog, chance: random.Random) -> None:
    for seller in catalog.sellers:
        tables.sellers.write(seller.seller_id, *seller.place)
    for product in catalog.products:
        tables.products.write(
            product.product_id,
            product.category,
            chance.randrange(20, 61),
            chance.randrange(100, 2500),
            chance.choices(range(1, 7), (50, 20, 12, 8, 6, 4))[0],
            product.grams,
            *(chance.randrange(low, high) for low, high in ((16, 60), (4, 40), (11, 45))),
        )
