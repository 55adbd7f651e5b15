"""Sales, in the untidy form that the published ones have.

The business is invented, its proportions are not: list prices, costs, discounts and the size of segments
follow the published Financial Sample, so that margins come out alike (about 14 %, Enterprise near zero).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import NamedTuple

from ingestion.sample.period import drawn_days, last_complete_month, months_until

ROWS = 8000
SEED = 2014

HEADER = (
    "Segment",
    "Country",
    " Product ",
    " Discount Band ",
    " Units Sold ",
    " Manufacturing Price ",
    " Sale Price ",
    " Gross Sales ",
    " Discounts ",
    "  Sales ",
    " COGS ",
    " Profit ",
    "Date",
    "Month Number",
    " Month Name ",
    "Year",
)


@dataclass(frozen=True, slots=True)
class _Offer:
    """What a segment pays for a unit and what that costs, in US dollars; `weight` is its share of rows."""

    segment: str
    weight: float
    price: Decimal
    cost: Decimal


_OFFERS = (
    _Offer("Government", 15, Decimal(7), Decimal(5)),
    _Offer("Government", 14, Decimal(20), Decimal(10)),
    _Offer("Government", 13, Decimal(350), Decimal(260)),
    _Offer("Small Business", 16, Decimal(300), Decimal(250)),
    _Offer("Enterprise", 15, Decimal(125), Decimal(120)),
    _Offer("Midmarket", 14, Decimal(15), Decimal(10)),
    _Offer("Channel Partners", 13, Decimal(12), Decimal(3)),
)

#: Share of rows, and by how much a country's orders are larger than the average.
COUNTRIES = {
    "United States of America": (27, 1.15),
    "Canada": (21, 1.05),
    "France": (20, 1.0),
    "Germany": (18, 0.95),
    "Mexico": (14, 0.8),
}

#: Share of rows, and the manufacturing price of one unit in US dollars.
_PRODUCTS = {
    "Paseo": (29, Decimal(10)),
    "Velo": (16, Decimal(120)),
    "VTT": (16, Decimal(250)),
    "Amarilla": (13, Decimal(260)),
    "Carretera": (13, Decimal(3)),
    "Montana": (13, Decimal(5)),
}

#: Share of rows, and the discounts of the band in percent.
_BANDS = {
    "None": (8, (0,)),
    "Low": (23, (1, 2, 3, 4)),
    "Medium": (34, (5, 6, 7, 8, 9)),
    "High": (35, (10, 12, 15)),
}

#: Business of a month against the average one, January first: a slow summer, a strong end of the year.
SEASON = (0.86, 0.88, 0.97, 0.95, 0.98, 1.08, 0.9, 0.84, 1.0, 1.16, 1.12, 1.26)
GROWTH_A_MONTH = 1.009

SEGMENTS = tuple(dict.fromkeys(offer.segment for offer in _OFFERS))

_CENT = Decimal("0.01")


class Sale(NamedTuple):
    """One sale; amounts in US dollars."""

    segment: str
    country: str
    product: str
    band: str
    units: Decimal
    manufacturing_price: Decimal
    price: Decimal
    gross: Decimal
    discounts: Decimal
    sales: Decimal
    cogs: Decimal
    day: date

    def cells(self) -> tuple[str, ...]:
        """The row of the file."""
        return (
            self.segment,
            self.country,
            f" {self.product} ",
            f" {self.band} ",
            *map(_money, self[4:11]),
            _money(self.sales - self.cogs),
            f"{self.day:%d/%m/%Y}",
            str(self.day.month),
            f" {self.day:%B} ",
            str(self.day.year),
        )


def sample_path(folder: Path, until: date | None = None) -> Path:
    """Where the sales are written."""
    return folder / f"sales_until_{until or last_complete_month():%Y-%m}.csv"


def month_weights(until: date) -> list[float]:
    """Business of each month of the sample against that of an average first one."""
    return [SEASON[month.month - 1] * GROWTH_A_MONTH**i for i, month in enumerate(months_until(until))]


def drawn_sales(rows: int, until: date, seed: int) -> Iterator[Sale]:
    """`rows` sales in the months up to that of `until`, in the order of their dates."""
    chance = random.Random(seed)
    for day in drawn_days(rows, until, month_weights(until), chance):
        yield _sale(day, chance)


def _sale(day: date, chance: random.Random) -> Sale:
    offer = chance.choices(_OFFERS, [offer.weight for offer in _OFFERS])[0]
    country, (_, size) = _choose(COUNTRIES, chance)
    product, (_, manufacturing_price) = _choose(_PRODUCTS, chance)
    band, (_, percents) = _choose(_BANDS, chance)
    units = Decimal(max(1, round(2 * size * chance.lognormvariate(5.2, 0.6)))) / 2
    gross = units * offer.price
    discounts = _cents(gross * chance.choice(percents) / 100)
    # Cost moves a little around its list value, as freight and materials do.
    cogs = _cents(units * offer.cost * Decimal(round(chance.uniform(0.97, 1.03), 3)))
    return Sale(
        offer.segment,
        country,
        product,
        band,
        units,
        manufacturing_price,
        offer.price,
        gross,
        discounts,
        gross - discounts,
        cogs,
        day,
    )


def _choose(table: dict, chance: random.Random) -> tuple:
    return chance.choices(list(table.items()), [weight for weight, _ in table.values()])[0]


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)


def _money(amount: Decimal) -> str:
    """An amount as the published file writes it: padded, with Indian grouping, a dash for zero."""
    if not amount:
        return " $-   "
    whole, cents = f"{abs(amount):.2f}".split(".")
    head, tail = whole[:-3], whole[-3:]
    pairs = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)][::-1]
    text = f"{','.join([*pairs, tail])}.{cents}"
    return f" $({text})" if amount < 0 else f" ${text} "
