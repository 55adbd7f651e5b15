"""Orders of a made-up wholesaler with thousands of products: 12 categories, 60 sub-categories, 40 countries.

A few products and countries sell most, as usual, and many sell little.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from ingestion.sample.files import Files

_PRODUCTS = 4_000
_CUSTOMERS = 3_000
_DAYS = 3 * 365

_CATEGORIES = (
    *("Bakery", "Beverages", "Cleaning", "Clothing", "Electrical", "Garden"),
    *("Hardware", "Kitchen", "Lighting", "Office", "Pets", "Toys"),
)
_KINDS = ("Basic", "Classic", "Compact", "Premium", "Professional")
_SEGMENTS = ("Retail", "Hospitality", "Public sector", "Online")
_COUNTRIES = (
    *("Germany", "France", "Italy", "Spain", "Netherlands", "Belgium", "Austria", "Switzerland"),
    *("Poland", "Czechia", "Denmark", "Sweden", "Norway", "Finland", "Ireland", "Portugal"),
    *("Greece", "Hungary", "Romania", "Bulgaria", "Croatia", "Slovenia", "Slovakia", "Estonia"),
    *("Latvia", "Lithuania", "Luxembourg", "Malta", "Cyprus", "Iceland", "United Kingdom", "Turkey"),
    *("Morocco", "Egypt", "South Africa", "Japan", "Australia", "New Zealand", "Brazil", "Chile"),
)
_HEADER = (
    *("Order Number", "Order Date", "Customer Code", "Segment", "Country"),
    *("Product Code", "Product", "Category", "Sub-Category", "Quantity", "Unit Price", "Sales", "Cost"),
)


def write_wholesaler(files: Files, rows: int, pick: random.Random) -> None:
    """Lines of orders, day by day; once there are enough of them, every product and country has some."""
    table = files.table("orders.csv", _HEADER)
    products = list(_products(pick))
    customers = [
        (f"K{20000 + i}", pick.choice(_SEGMENTS), country)
        for i, country in enumerate(_drawn(pick, _COUNTRIES, _CUSTOMERS))
    ]
    sold = [*products, *_drawn(pick, products, max(0, rows - len(products)))][:rows]
    pick.shuffle(sold)
    order = 0
    while table.rows < rows:
        order += 1
        day = date(2023, 11, 1) + timedelta(_DAYS * table.rows // rows)
        customer = customers[order] if order < len(customers) else pick.choice(customers)
        for product, price in sold[table.rows : table.rows + pick.randint(1, 6)]:
            units = pick.randint(1, 24)
            cost = (units * price * Decimal(pick.randint(55, 90)) / 100).quantize(Decimal("0.01"))
            table.write(f"W{order:06}", day, *customer, *product, units, price, units * price, cost)


def _products(pick: random.Random) -> Iterator[tuple[tuple[str, str, str, str], Decimal]]:
    """Code, name, category and sub-category of each, and its price."""
    for i in range(_PRODUCTS):
        category, kind = _CATEGORIES[i % 12], _KINDS[i // 12 % 5]
        names = (f"P-{i + 1:05}", f"{category} {kind} {i + 1:04}", category, f"{kind} {category.lower()}")
        yield names, Decimal(pick.randint(99, 29999)) / 100


def _drawn(pick: random.Random, members: tuple | list, times: int) -> list:
    """Members, each at least once if there are enough draws; the first of them are drawn most."""
    weights = [1 / (i + 3) for i in range(len(members))]
    return [*members, *pick.choices(members, weights, k=max(0, times - len(members)))][:times]
