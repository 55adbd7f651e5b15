"""Made-up companies' exports have what real ones have, and are the same every time."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from ingestion.cli import main
from ingestion.sample import COMPANIES, write_company


def _rows(path: Path, encoding: str = "utf-8") -> list[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("company", COMPANIES)
def test_the_same_bytes_every_time(tmp_path: Path, company: str) -> None:
    once, again = (write_company(company, tmp_path / name, 500) for name in ("once", "again"))
    assert list(once.values()) == list(again.values())
    for one, other in zip(once, again, strict=True):
        assert one.read_bytes() == other.read_bytes()
        assert one.read_bytes().count(b"\r\n") == once[one] + 1


def test_a_retailer_has_several_lines_per_order_and_losses(tmp_path: Path) -> None:
    write_company("retailer", tmp_path, 500)
    rows = _rows(tmp_path / "orders.csv", "latin-1")
    assert len(rows) == 500
    assert max(Counter(row["Order ID"] for row in rows).values()) > 2
    assert any(float(row["Profit"]) < 0 for row in rows)
    with pytest.raises(UnicodeDecodeError):
        (tmp_path / "orders.csv").read_text(encoding="utf-8")


def test_a_shop_cancels_gives_away_and_scans_twice(tmp_path: Path) -> None:
    write_company("shop", tmp_path, 20_000)
    rows = _rows(tmp_path / "invoices.csv")
    assert len(rows) == 20_000
    assert all(int(row["Quantity"]) < 0 for row in rows if row["Invoice"].startswith("C"))
    assert any(row["Invoice"].startswith("C") for row in rows)
    assert any(float(row["Price"]) == 0 and not row["Description"] for row in rows)
    assert any(not row["Customer ID"] for row in rows)
    assert max(Counter(tuple(row.values()) for row in rows).values()) > 1


def test_a_maker_writes_prices_with_its_products_only(tmp_path: Path) -> None:
    written = write_company("maker", tmp_path, 1_000)
    products = {row["ProductKey"]: row for row in _rows(tmp_path / "AW_Products.csv")}
    years = [path for path in written if path.stem.startswith("AW_Sales")]
    lines = [row for path in years for row in _rows(path)]
    assert len(years) == 3 and len(lines) >= 1_000
    assert {row["ProductKey"] for row in lines} <= products.keys()
    assert "Price" not in "".join(lines[0])


def test_a_wholesaler_has_thousands_of_products_in_all_its_countries(tmp_path: Path) -> None:
    write_company("wholesaler", tmp_path, 8_000)
    rows = _rows(tmp_path / "orders.csv")
    assert len(rows) == 8_000
    members = {name: len({row[name] for row in rows}) for name in ("Product", "Category", "Sub-Category")}
    assert members == {"Product": 4_000, "Category": 12, "Sub-Category": 60}
    assert len({row["Country"] for row in rows}) == 40
    assert all(float(row["Cost"]) < float(row["Sales"]) for row in rows)


def test_the_command_writes_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", "--company", "maker", "--rows", "90", "--out", str(tmp_path / "made")]) == 0
    assert "AW_Sales_2016.csv" in capsys.readouterr().out
    assert len(list((tmp_path / "made").iterdir())) == 8
