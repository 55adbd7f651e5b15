"""The products of the sample and who sells them."""

from __future__ import annotations

import random
from decimal import Decimal
from itertools import accumulate
from typing import NamedTuple

from ingestion.sample.ecommerce.categories import CATEGORIES
from ingestion.sample.ecommerce.ids import new_id
from ingestion.sample.ecommerce.places import Place, seller_place

#: Share of products without a category.
_WITHOUT_CATEGORY = 0.015

_WEIGHTS = [category.weight for category in CATEGORIES]


class Seller(NamedTuple):
    """A business."""

    seller_id: str
    place: Place


class Product(NamedTuple):
    """A product, its price in Brazilian reais, its seller, and its share of sales."""

    product_id: str
    category: str
    seller: Seller
    price: Decimal
    grams: int
    weight: float


class Catalog:
    """What can be bought: about one product for four orders, one seller for thirty."""

    def __init__(self, orders: int, chance: random.Random) -> None:
        self.sellers = [Seller(new_id(chance), seller_place(chance)) for _ in range(max(20, orders // 30))]
        count = max(2 * len(CATEGORIES), orders // 4)
        self.products = [self._product(i, count, chance) for i in range(count)]
        self._weights = list(accumulate(product.weight for product in self.products))

    def draw(self, chance: random.Random) -> Product:
        """A product that somebody buys."""
        return chance.choices(self.products, cum_weights=self._weights)[0]

    def _product(self, number: int, count: int, chance: random.Random) -> Product:
        # Each category has a product; those that sell more have more of them.
        is_first = number < len(CATEGORIES)
        category = CATEGORIES[number] if is_first else chance.choices(CATEGORIES, _WEIGHTS)[0]
        has_category = is_first or chance.random() > _WITHOUT_CATEGORY
        price = category.price * chance.lognormvariate(0, 0.5)
        return Product(
            new_id(chance),
            category.name if has_category else "",
            # A few sellers have most of the products.
            self.sellers[int(len(self.sellers) * chance.random() ** 2)],
            # Prices end in 90.
            Decimal(max(1, round(price))) - Decimal("0.10"),
            max(50, round(category.grams * chance.lognormvariate(0, 0.4) / 50) * 50),
            chance.lognormvariate(0, 0.5),
        )
