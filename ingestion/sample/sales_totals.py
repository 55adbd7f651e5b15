"""What the sample's sales add up to: the other sales files must fit them."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

from ingestion.sample.sales import Sale


class SalesTotals:
    """Sums over the sales, in US dollars and in units."""

    def __init__(self) -> None:
        #: By country, segment and first day of the month.
        self.sales: defaultdict[tuple[str, str, date], Decimal] = defaultdict(Decimal)
        #: By country and product, then by day.
        self.units: defaultdict[tuple[str, str], defaultdict[date, Decimal]] = defaultdict(
            lambda: defaultdict(Decimal)
        )

    def add(self, sale: Sale) -> None:
        """Count one sale."""
        self.sales[sale.country, sale.segment, sale.day.replace(day=1)] += sale.sales
        self.units[sale.country, sale.product][sale.day] += sale.units
