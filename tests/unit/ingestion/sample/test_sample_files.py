"""Sample files of all sources: each fits its contract, and all describe the same business."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from ingestion.arrival.archives import Member
from ingestion.contract.files import read_contracts
from ingestion.matching.tables import find_tables
from ingestion.sample import sample_path, write_sample_file, write_sample_files
from tests.unit.ingestion.contract.test_shipped_contracts import SOURCES

UNTIL = date(2025, 2, 14)

Row = dict[str, str]
Rows = dict[str, list[Row]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    write_sample_files(folder, until=UNTIL)
    return folder


@pytest.fixture(scope="module")
def rows(folder: Path) -> Rows:
    """The rows of each file, by the first words of its name."""
    found = {}
    for path in folder.iterdir():
        name = path.stem.partition("_until_")[0].removeprefix("olist_").removesuffix("_dataset")
        with path.open(encoding="utf-8", newline="") as file:
            found[name] = list(csv.DictReader(file))
    return found


def test_same_arguments_same_bytes(tmp_path: Path) -> None:
    contents = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        written = write_sample_files(tmp_path / name, rows=200, until=UNTIL, seed=seed)
        assert set(written) == set((tmp_path / name).iterdir())
        contents.append({path.name: path.read_bytes() for path in written})
    assert contents[0] == contents[1]
    assert contents[0].keys() == contents[2].keys()
    same = {name for name, content in contents[0].items() if contents[2][name] == content}
    assert same == {"product_category_name_translation.csv"}


def test_sales_are_the_same_as_when_written_alone(folder: Path, tmp_path: Path) -> None:
    write_sample_file(tmp_path, until=UNTIL)
    (path,) = tmp_path.iterdir()
    assert path.read_bytes() == sample_path(folder, UNTIL).read_bytes()


def test_each_file_fits_its_own_contract(folder: Path) -> None:
    contracts = read_contracts()
    found = []
    for path in folder.iterdir():
        with find_tables(Member(path.name, path, path.stat().st_size), contracts) as (table,):
            assert table.match.breach is None
            found.append(table.match.contract.source)
    assert sorted(found) == sorted(SOURCES)


def test_the_files_are_small_whatever_is_requested(folder: Path, tmp_path: Path) -> None:
    assert sum(path.stat().st_size for path in folder.iterdir()) < 8_000_000
    written = write_sample_files(tmp_path, rows=1, until=UNTIL)
    assert all(written.values())
    assert written[sample_path(tmp_path, UNTIL)] == 1


def test_a_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("ingestion.sample.write.write_ecommerce", fail)
    with pytest.raises(OSError, match="disk full"):
        write_sample_files(tmp_path, rows=10, until=UNTIL)
    assert not list(tmp_path.iterdir())


def test_every_country_segment_and_day_has_engagement(rows: Rows) -> None:
    days = (date(2025, 2, 28) - date(2023, 3, 1)).days + 1
    keys = {(row["Date"], row["Country"], row["Segment"]) for row in rows["engagement"]}
    assert len(keys) == len(rows["engagement"]) == 25 * days


def test_engagement_follows_sales(rows: Rows) -> None:
    sales: Counter[tuple[str, str]] = Counter()
    visits: Counter[tuple[str, str]] = Counter()
    for row in rows["sales"]:
        amount = Decimal(row["  Sales "].strip(" $").replace(",", ""))
        sales[row["Country"], f"{row['Date'][6:]}-{row['Date'][3:5]}"] += amount
    for row in rows["engagement"]:
        visits[row["Country"], row["Date"][:7]] += int(row["Visits"])
        assert 0 < int(row["Responses"]) < int(row["Engaged Visits"]) < int(row["Visits"])
    for country in {country for country, _ in sales}:
        months = sorted((amount, month) for (each, month), amount in sales.items() if each == country)
        weak = sum(visits[country, month] for _, month in months[:6])
        strong = sum(visits[country, month] for _, month in months[-6:])
        assert strong > 1.1 * weak


def test_targets_are_close_to_sales(rows: Rows) -> None:
    targets = [Decimal(row["Sales Target"]) for row in rows["targets"]]
    sales = [Decimal(row["  Sales "].strip(" $").replace(",", "")) for row in rows["sales"]]
    assert len({(row["Country"], row["Segment"], row["Month"]) for row in rows["targets"]}) == 25 * 24
    assert min(targets) > 0
    assert Decimal("0.9") < sum(targets) / sum(sales) < Decimal("1.1")


@pytest.mark.parametrize(("until", "seed"), [(date(2025, 2, 1), 2014), (date(2026, 11, 1), 2014), (UNTIL, 5)])
def test_most_products_are_in_stock_and_some_are_not(tmp_path: Path, until: date, seed: int) -> None:
    write_sample_files(tmp_path, until=until, seed=seed)
    with (tmp_path / f"inventory_until_{until:%Y-%m}.csv").open() as file:
        counts = list(csv.DictReader(file))
    days = sorted({date.fromisoformat(row["Date"]) for row in counts})
    assert {later - earlier for earlier, later in pairwise(days)} == {timedelta(7)}
    latest = [
        (Decimal(row["On Hand"]), Decimal(row["Reorder Point"]))
        for row in counts
        if row["Date"] == f"{days[-1]}"
    ]
    assert len(latest) == 30
    assert 1 <= sum(on_hand <= 0 for on_hand, _ in latest) <= 6
    assert 2 <= sum(0 < on_hand <= point for on_hand, point in latest) <= 10


def test_stock_lasts_for_days_not_for_years(rows: Rows) -> None:
    units: Counter[str] = Counter()
    for row in rows["sales"]:
        units[row["Country"]] += Decimal(row[" Units Sold "].strip(" $").replace(",", ""))
    on_hand: Counter[str] = Counter()
    for row in rows["inventory"]:
        on_hand[row["Country"]] += Decimal(row["On Hand"])
    counts = len({row["Date"] for row in rows["inventory"]})
    for country, total in on_hand.items():
        assert 15 < (total / counts) / (units[country] / 731) < 40


def test_all_parts_of_an_order_refer_to_it(rows: Rows) -> None:
    orders = {row["order_id"] for row in rows["orders"]}
    assert len(orders) == len(rows["orders"]) == 6000
    for name in ("order_items", "order_payments", "order_reviews"):
        assert {row["order_id"] for row in rows[name]} <= orders
    for one, many, key in (
        ("customers", "orders", "customer_id"),
        ("products", "order_items", "product_id"),
        ("sellers", "order_items", "seller_id"),
    ):
        assert {row[key] for row in rows[many]} <= {row[key] for row in rows[one]}
    zip_codes = {row["geolocation_zip_code_prefix"] for row in rows["geolocation"]}
    assert {row["customer_zip_code_prefix"] for row in rows["customers"]} <= zip_codes
    assert {row["seller_zip_code_prefix"] for row in rows["sellers"]} <= zip_codes


def test_payments_are_what_the_items_cost(rows: Rows) -> None:
    cost: defaultdict[str, Decimal] = defaultdict(Decimal)
    paid: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in rows["order_items"]:
        cost[row["order_id"]] += Decimal(row["price"]) + Decimal(row["freight_value"])
    for row in rows["order_payments"]:
        paid[row["order_id"]] += Decimal(row["payment_value"])
    assert len(paid) == 6000
    assert {order: paid[order] for order in cost} == cost
    without = {row["order_id"] for row in rows["orders"] if row["order_status"] == "unavailable"}
    assert without == paid.keys() - cost.keys()
    per_order = Counter(Counter(row["order_id"] for row in rows["order_payments"]).values())
    assert 100 < 6000 - per_order[1] < 400
    assert {row["payment_type"] for row in rows["order_payments"]} == {
        "boleto",
        "credit_card",
        "debit_card",
        "voucher",
    }


def test_the_times_of_an_order_are_in_sequence(rows: Rows) -> None:
    late = delivered = 0
    for row in rows["orders"]:
        times = [
            row[name]
            for name in (
                "order_purchase_timestamp",
                "order_approved_at",
                "order_delivered_carrier_date",
                "order_delivered_customer_date",
            )
        ]
        known = [time for time in times if time]
        assert known == times[: len(known)] == sorted(set(known))
        assert known[-1] < "2025-03-01"
        assert (len(known) == 4) == (row["order_status"] == "delivered")
        delivered += len(known) == 4
        late += len(known) == 4 and known[-1][:10] > row["order_estimated_delivery_date"][:10]
    assert 0.93 < delivered / 6000 < 0.98
    assert 0.05 < late / delivered < 0.09


def test_customers_and_products_are_of_every_kind(rows: Rows) -> None:
    assert len({row["customer_state"] for row in rows["customers"]}) == 27
    persons = Counter(row["customer_unique_id"] for row in rows["customers"])
    assert 0.02 < sum(count > 1 for count in persons.values()) / len(persons) < 0.06
    categories = {row["product_category_name"] for row in rows["products"]} - {""}
    translated = {row["product_category_name"] for row in rows["product_category_name_translation"]}
    assert len(translated) == 70
    assert len(categories - translated) == 3
    assert translated <= categories
    reviews = Counter(row["order_id"] for row in rows["order_reviews"])
    assert set(reviews.values()) == {1, 2}
    assert 50 < len(rows["orders"]) - len(reviews) < 400
    assert any("\n" in row["review_comment_message"] for row in rows["order_reviews"])
