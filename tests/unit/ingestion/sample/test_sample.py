"""Sample files repeat to the byte, add up to the cent and look like a business."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ingestion.arrival.archives import Member
from ingestion.contract.model import Contract
from ingestion.matching.tables import find_tables
from ingestion.rows.checks import RowCheck
from ingestion.sample import last_complete_month, sample_path, write_sample_file
from tests.unit.ingestion.builders import HEADER

UNTIL = date(2025, 2, 14)
BANDS = {"None": (0, 0), "Low": (1, 4), "Medium": (5, 9), "High": (10, 15)}
AMOUNTS = ("gross_sales", "discounts", "sales", "cogs", "profit")
MONTHS = [f"{i // 12}-{i % 12 + 1:02}" for i in range(2023 * 12 + 2, 2025 * 12 + 2)]

Sale = dict[str, str]


@pytest.fixture(scope="module")
def sales_rows(sales: Contract, tmp_path_factory: pytest.TempPathFactory) -> list[Sale]:
    """The rows of a sample file, as the loader reads them: none is refused."""
    folder = tmp_path_factory.mktemp("sample")
    assert write_sample_file(folder, until=UNTIL) == 8000
    path = sample_path(folder, UNTIL)
    with find_tables(Member(path.name, path, path.stat().st_size), [sales]) as (found,):
        match = found.match
        check = RowCheck(match.contract, match.order)
        names = [column.name for column in sales.columns]
        rows = match.table.rows(match.after, match.width)
        return [dict(zip(names, check.values(row), strict=True)) for row in rows]


def test_same_arguments_same_bytes(tmp_path: Path) -> None:
    contents = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_sample_file(tmp_path / name, rows=200, until=UNTIL, seed=seed)
        (path,) = (tmp_path / name).iterdir()
        assert path == sample_path(tmp_path / name, UNTIL)
        assert path.name == "sales_until_2025-02.csv"
        contents.append(path.read_bytes())
    assert contents[0] == contents[1] != contents[2]
    assert contents[0].split(b"\r\n")[0].decode() == HEADER


def test_default_is_the_last_complete_month() -> None:
    today = date.today()
    last = last_complete_month()
    assert (today.year * 12 + today.month) - (last.year * 12 + last.month) == 1
    assert last.day == 1


def test_arithmetic(sales_rows: list[Sale]) -> None:
    assert len(sales_rows) == 8000
    for row in sales_rows:
        amount = {
            name: Decimal(row[name]) for name in ("gross_sales", "discounts", "sales", "cogs", "profit")
        }
        assert amount["gross_sales"] == Decimal(row["units_sold"]) * Decimal(row["sale_price"])
        assert amount["sales"] == amount["gross_sales"] - amount["discounts"]
        assert amount["profit"] == amount["sales"] - amount["cogs"]
        low, high = BANDS[row["discount_band"]]
        # The discount is rounded to the cent, its percentage is not.
        assert amount["gross_sales"] * low / 100 - amount["discounts"] <= Decimal("0.005")
        assert amount["discounts"] - amount["gross_sales"] * high / 100 <= Decimal("0.005")


def test_extent(sales_rows: list[Sale]) -> None:
    days = [row["sale_date"] for row in sales_rows]
    assert days == sorted(days)
    assert {day[:7] for day in days} == {
        f"{i // 12}-{i % 12 + 1:02}" for i in range(2023 * 12 + 2, 2025 * 12 + 2)
    }
    assert {day[8:] for day in days} == {f"{day:02}" for day in range(1, 32)}
    for column, count in {"country": 5, "segment": 5, "product": 6, "discount_band": 4}.items():
        assert len({row[column] for row in sales_rows}) == count


def test_proportions(sales_rows: list[Sale]) -> None:
    sales: Counter[str] = Counter()
    profit: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in sales_rows:
        for key in ("all", row["segment"], row["country"], row["sale_date"][:7]):
            sales[key] += Decimal(row["sales"])
            profit[key] += Decimal(row["profit"])
    assert Decimal("0.12") < profit["all"] / sales["all"] < Decimal("0.16")
    assert Decimal("-0.06") < profit["Enterprise"] / sales["Enterprise"] < Decimal("0.01")
    assert sales["United States of America"] > 2 * sales["Mexico"]
    first_year = sum(sales[month] for month in MONTHS[:12])
    assert sales["all"] - first_year > first_year
    assert sales["2024-12"] > sales["2024-08"]
