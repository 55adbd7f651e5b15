"""What findings must say, computed from files, forecasts and targets without any of the mart's SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd

from tradewind.insight.history import add_months

#: Numbers of a sentence: amounts, percentages, and years.
NUMBER = re.compile(r"-?\$[\d.]+[kMB]?|[\d.]+%|\b\d{4}\b")

#: Columns that a sentence may round.
_AMOUNTS = ["figure", "baseline", "effect", "so_far", "forecast", "lower_bound", "upper_bound"]
_AMOUNTS += ["driver_country_change", "driver_product_change", "other_effects"]
_AMOUNTS += [f"{name}_effect" for name in ("volume", "mix", "price", "discount", "cost")]

Row = Mapping[str, Any]


def unfounded(row: Row) -> list[str]:
    """The numbers in a row's sentence that none of its columns holds."""
    amounts = [row[name] for name in _AMOUNTS if row[name] is not None]
    known = {_money(sign * amount) for amount in amounts for sign in (1, -1)}
    if row["effect_share"] is not None:
        known.add(_percent(abs(row["effect_share"])))
    if row["interval_percent"] is not None:
        known.add(f"{row['interval_percent']}%")
    days = ("month", "period_from", "period_to", "compared_month", "known_to")
    known |= {str(row[name].year) for name in days if row[name]}
    return [
        number.rstrip(".") for number in NUMBER.findall(row["sentence"]) if number.rstrip(".") not in known
    ]


def _money(amount: Decimal) -> str:
    size = abs(amount)
    sign = "-" if amount <= Decimal("-0.5") else ""
    for unit, power in (("", 0), ("k", 3), ("M", 6), ("B", 9)):
        scaled = size.scaleb(-power)
        whole, tenths = (_rounded(scaled, places) for places in (0, 1))
        if whole < 1000 or unit == "B":
            has_tenths = unit and tenths < (10 if unit == "k" else 100)
            return f"{sign}${tenths if has_tenths else whole}{unit}"
    raise AssertionError("every amount has a unit")


def _percent(share: Decimal) -> str:
    percent = share * 100
    return f"{_rounded(percent, 0 if percent >= Decimal('0.995') else 1)}%"


def _rounded(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def sums(frame: pd.DataFrame, metric: str, month: date, **members: str | None) -> Decimal:
    """Sales or profit of a month, of the rows of these members; None stands for all."""
    rows = frame[frame["month"] == month]
    for name, member in members.items():
        rows = rows if member is None else rows[rows[name.capitalize()] == member]
    return sum(rows["sales" if metric == "total_sales" else "profit"], Decimal(0))


def changes(frame: pd.DataFrame, month: date) -> Iterator[dict[str, Any]]:
    """What must be said of a month beside the two that it is compared with."""
    for metric in ("total_sales", "profit"):
        for compared_with, months in (("previous month", -1), ("previous year", -12)):
            before = add_months(month, months)
            for country in (None, *sorted(frame["Country"].unique())):
                found = {"metric": metric, "compared_with": compared_with, "country": country}
                found["figure"] = sums(frame, metric, month, country=country)
                found["baseline"] = sums(frame, metric, before, country=country)
                effect = found["effect"] = found["figure"] - found["baseline"]
                for name in ("country", "product"):
                    driver = change = None
                    if name == "product" or country is None:
                        moves = {
                            member: sums(frame, metric, month, **{"country": country, name: member})
                            - sums(frame, metric, before, **{"country": country, name: member})
                            for member in sorted(frame[name.capitalize()].unique())
                        }
                        driver = max(moves, key=lambda each: moves[each] * (1 if effect > 0 else -1))
                        change = moves[driver]
                    found |= {f"driver_{name}": driver, f"driver_{name}_change": change}
                yield found
