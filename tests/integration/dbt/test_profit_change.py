"""Effects on profit, compared with an oracle in exact fractions that follows the decision page."""

import csv
import random
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from ingestion.loading.replay import replay
from ingestion.sample.sales import HEADER
from tests.integration.dbt.builds import run_tradewind
from tests.oracle import read_published

COMPARISONS = {"previous month": 1, "previous year": 12}
COUNTRIES = ["Canada", "France", "Germany", "Mexico", "USA"]
PRODUCTS = ["Amarilla", "Carretera", "Paseo", "Velo"]
SEGMENTS = ["Enterprise", "Midmarket"]
FIRST, LAST = (2013, 9), (2014, 12)
#: Contracts allow a cent between gross sales, discounts and sales, and one between sales, cost and profit.
CENTS_A_LINE = Fraction(2, 100)
TESTS = [
    "mart_profit_change_effects_add_up",
    "mart_profit_change_is_after_less_before",
    "profit_change_equals_the_fact",
    "profit_effects_equal_the_change",
]
KEYS = ["comparison", "month", "country", "product", "segment"]
EFFECTS = ["volume_effect", "mix_effect", "price_effect", "discount_effect", "cost_effect"]
COLUMNS = [*KEYS, "profit_before", "profit_after", "profit_change", *EFFECTS]


class Sums(NamedTuple):
    """What a cell sold in a month."""

    units_sold: Decimal = Decimal(0)
    gross_sales: Decimal = Decimal(0)
    discounts: Decimal = Decimal(0)
    cogs: Decimal = Decimal(0)
    profit: Decimal = Decimal(0)
    lines: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*map(sum, zip(self, other, strict=True)))


class Line(NamedTuple):
    """A sale, with its month counted from the year 0."""

    month: int
    country: str
    product: str
    segment: str
    sums: Sums


def number(year: int, month: int) -> int:
    return year * 12 + month - 1


def first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def rounded(value: Fraction, places: int) -> Fraction:
    """Half away from zero."""
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(whole if value >= 0 else -whole, 10**places)


def ratio(after: Decimal, before: Decimal) -> Fraction | None:
    if before <= 0 or abs(after) > 1000 * before:
        return None
    return rounded(Fraction(after) / Fraction(before), 12)


def explain(
    before: Sums, after: Sums, country_before: Decimal, country_after: Decimal
) -> dict[str, Fraction]:
    """The effects of one cell; that of discounts alone, without rounding differences."""
    units, country = ratio(after.units_sold, before.units_sold), ratio(country_after, country_before)
    if units is None:
        whole = "volume_effect" if country is None else "mix_effect"
        return dict.fromkeys(EFFECTS, Fraction(0)) | {whole: Fraction(after.profit - before.profit)}
    at_units = rounded(Fraction(before.profit) * units, 4)
    at_country = at_units if country is None else rounded(Fraction(before.profit) * country, 4)
    return {
        "volume_effect": at_country - Fraction(before.profit),
        "mix_effect": at_units - at_country,
        "price_effect": Fraction(after.gross_sales) - rounded(Fraction(before.gross_sales) * units, 4),
        "discount_effect": Fraction(before.discounts) * units - Fraction(after.discounts),
        "cost_effect": rounded(Fraction(before.cogs) * units, 4) - Fraction(after.cogs),
    }


def assert_explained(found: pd.DataFrame, lines: Iterable[Line]) -> None:
    """Every cell of every pair of months is present, with the oracle's effects."""
    cells: dict[tuple, Sums] = defaultdict(Sums)
    country_units: dict[tuple, Decimal] = defaultdict(Decimal)
    for line in lines:
        cells[line[:4]] += line.sums
        country_units[line[:2]] += line.sums.units_sold
    first, last = min(cells)[0], max(cells)[0]
    rows = {tuple(row[:5]): row for row in found[COLUMNS].itertuples(index=False)}
    expected = 0
    names = {key[1:] for key in cells}
    for (comparison, apart), (country, *rest) in product(COMPARISONS.items(), names):
        for month in range(first + apart, last + 1):
            keys = (month - apart, country, *rest), (month, country, *rest)
            if not any(key in cells for key in keys):
                continue
            expected += 1
            before, after = (cells.get(key, Sums()) for key in keys)
            row = rows[(comparison, first_day(month), country, *rest)]
            assert (row.profit_before, row.profit_after) == (before.profit, after.profit), row
            assert row.profit_change == after.profit - before.profit, row
            assert sum(getattr(row, name) for name in EFFECTS) == row.profit_change, row
            totals = (country_units.get((m, country), Decimal(0)) for m in (month - apart, month))
            effects = explain(before, after, *totals)
            discount = effects.pop("discount_effect")
            assert {name: Fraction(getattr(row, name)) for name in effects} == effects, row
            units = ratio(after.units_sold, before.units_sold) or 0
            cents = CENTS_A_LINE * (after.lines + before.lines * abs(units))
            assert abs(Fraction(row.discount_effect) - discount) <= cents + Fraction(3, 10**4), row
    assert len(rows) == len(found) == expected > 300


def random_lines(chance: random.Random) -> Iterable[Line]:
    """Few sales per month: cells, products and whole countries begin, pause and end; some are returns."""

    def cents(low: float, high: float) -> Decimal:
        return Decimal(round(chance.uniform(low, high) * 100)).scaleb(-2)

    quiet = {number(*FIRST) + offset for offset in chance.sample(range(1, 15), 2)}
    for month, country in product(range(number(*FIRST), number(*LAST) + 1), COUNTRIES):
        if month in quiet or chance.random() < 0.15:
            continue
        for _ in range(chance.randrange(1, 14)):
            units = chance.choice(
                [
                    cents(0, 50),
                    cents(0, 5000),
                    Decimal(chance.randrange(1, 9)),
                    cents(-40, 0),
                    Decimal("0.01"),
                ]
                + [Decimal(0), cents(0, 900_000)] * (chance.random() < 0.1)
            )
            gross = (units or 1) * chance.choice([Decimal(12), cents(1, 400), Decimal("7.3333")])
            gross = gross.quantize(Decimal("0.0001"))
            discounts = round(gross * chance.choice([0, 1, 7, 15]) / 100, 2)
            cogs = (units * chance.choice([Decimal(5), cents(1, 300)])).quantize(Decimal("0.0001"))
            profit = gross - discounts - cogs + chance.choice([0, 0, 1, -1]) * Decimal("0.01")
            sums = Sums(units, gross, discounts, cogs, profit, 1)
            yield Line(month, country, chance.choice(PRODUCTS), chance.choice(SEGMENTS), sums)


def cells_of(line: Line) -> list[str]:
    """The line as in a file of sales."""
    units, gross, discounts, cogs, profit, _ = line.sums
    day = first_day(line.month)
    country = "United States of America" if line.country == "USA" else line.country
    figures = (units, 3, 7, gross, discounts, profit + cogs, cogs, profit)
    dates = (f"{day:%d/%m/%Y}", day.month, f"{day:%B}", day.year)
    return [*map(str, (line.segment, country, line.product, "None", *figures, *dates))]


@pytest.fixture(scope="module")
def explained(warehouse, dbt_state, ask):
    """The mart before publication, after a build of it, its tests and everything they read."""
    tests = [f"+{name}" for name in TESTS]
    build = ["dbt", "build", "--select", *tests, "--indirect-selection", "empty"]

    def run() -> pd.DataFrame:
        outcome = run_tradewind(warehouse, dbt_state, *build)
        assert outcome.returncode == 0, outcome.stdout
        assert all(f"PASS {name}" in outcome.stdout for name in TESTS)
        return read_mart(ask, "marts_next", role="transformer")

    return run


def read_mart(ask, schema: str, **options: str) -> pd.DataFrame:
    rows = ask(f"select {', '.join(COLUMNS)} from {schema}.mart_profit_change", **options)
    return pd.DataFrame(rows, columns=COLUMNS)


def write_sales(path: Path, lines: Iterable[Line]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([HEADER, *map(cells_of, lines)])
    return path


def test_effects_of_random_sales(take, explained, warehouse, tmp_path):
    """Data of the middle; then months before and after it; then a file of these is replayed.

    A month without sales is among them. The file is replayed without its first month, then with a month of
    the middle instead, then with that month changed.
    """
    first, last = number(*FIRST), number(*LAST)
    lines = list(random_lines(random.Random(15)))
    middle = [line for line in lines if first + 1 < line.month < last - 1]
    ends = [line for line in lines if line.month in (first, last)]
    end = [line for line in ends if line.month == last]
    inner = [line for line in middle if line.month == first + 6]
    others = [line for line in middle if line not in inner]
    # more rows: for a country that is left out, the first file would count again
    changed = inner + inner[::2]

    take(write_sales(tmp_path / "middle.csv", middle))
    assert_explained(explained(), middle)
    load_id = take(write_sales(tmp_path / "ends.csv", ends))
    assert_explained(explained(), middle + ends)
    for again, wanted in [(end, middle + end), (inner, middle), (changed, others + changed)]:
        path = write_sales(tmp_path / "again.csv", again)
        (result,) = replay(load_id, path, url=warehouse.url("loader"))
        load_id = result.load_id
        assert_explained(explained(), wanted)


@pytest.fixture(scope="module")
def published(take, build, ask, published_data) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The Financial Sample, which restates every month of the random sales, and the mart's effects for it."""
    path = published_data / "financial_sample" / "Financials.csv"
    names = {"Country": "country", "Product": "product", "Segment": "segment"}
    take(path)
    outcome = build()
    assert outcome.returncode == 0, outcome.stdout
    return read_published(path).rename(columns=names), read_mart(ask, "marts")


def test_effects_of_the_published_sales(published):
    frame, found = published
    keys = ["country", "product", "segment"]
    lines = [
        Line(number(month.year, month.month), *names, Sums(*figures, 1))
        for month, names, figures in zip(
            frame["month"],
            frame[keys].itertuples(index=False),
            frame[[*Sums._fields[:-1]]].itertuples(index=False),
            strict=True,
        )
    ]
    assert len(lines) == 700
    assert_explained(found, lines)


@pytest.mark.parametrize("by", [["country"], ["product"], ["country", "product"]], ids="-".join)
@pytest.mark.parametrize("comparison", COMPARISONS)
def test_effects_add_up_to_the_change_of_published_profit(published, comparison, by):
    """For each pair of months, with sums computed in pandas."""
    frame, found = published
    rows = found[found["comparison"] == comparison]
    effects = rows[EFFECTS].sum(axis=1).groupby([rows[name] for name in ["month", *by]]).sum()
    profit = frame.groupby([*by, "month"])["profit"].sum().unstack("month", fill_value=Decimal(0))
    pairs = 0
    for after in profit.columns:
        before = (pd.Timestamp(after) - pd.DateOffset(months=COMPARISONS[comparison])).date()
        if before not in profit.columns:
            continue
        pairs += 1
        change = profit[after] - profit[before]
        explained = effects.loc[after].reindex(change.index, fill_value=Decimal(0))
        assert explained.to_dict() == change.to_dict()
    assert pairs == 16 - COMPARISONS[comparison]
