"""The contracts that the project ships are valid, and the published data fits them."""

from __future__ import annotations

import csv
import gzip
from fnmatch import fnmatch
from pathlib import Path

import pytest

from ingestion.contract.files import CONTRACTS, read_contracts
from ingestion.contract.model import Contract, Upsert
from ingestion.rows.checks import RowCheck
from ingestion.tabular.table import Row

SHIPPED = {contract.source: contract for contract in read_contracts()}

#: Rows of each published file.
OLIST = {
    "sample_15000_orders/olist_orders_dataset.csv.gz": 15_000,
    "sample_15000_orders/olist_order_items_dataset.csv.gz": 17_071,
    "sample_15000_orders/olist_order_payments_dataset.csv": 15_733,
    "sample_15000_orders/olist_order_reviews_dataset.csv.gz": 14_944,
    "sample_15000_orders/olist_customers_dataset.csv.gz": 15_000,
    "sample_15000_orders/olist_products_dataset.csv": 9_255,
    "sample_15000_orders/olist_sellers_dataset.csv": 1_904,
    "sample_15000_orders/olist_geolocation_dataset.csv.gz": 50_000,
    "sample_15000_orders/product_category_name_translation.csv": 71,
    "full_tables/olist_order_payments_dataset.csv.gz": 103_886,
    "full_tables/olist_products_dataset.csv.gz": 32_951,
    "full_tables/olist_sellers_dataset.csv": 3_095,
    "full_tables/product_category_name_translation.csv": 71,
}


#: The sources of the design; a company has its own in addition.
SOURCES = {
    *(f"sales.{table}" for table in ("transactions", "engagement", "inventory", "targets")),
    *(f"olist.{table}" for table in ("orders", "order_items", "order_payments", "order_reviews")),
    *(f"olist.{table}" for table in ("customers", "products", "sellers", "geolocation")),
    "olist.category_translation",
}


def test_every_source_of_the_design_has_a_contract() -> None:
    assert set(SHIPPED) >= SOURCES


def test_each_is_in_the_folder_of_its_domain() -> None:
    mappings = (".sales_lines", ".targets", ".inventory", ".engagement")
    files = [path for path in CONTRACTS.rglob("*.yaml") if not path.stem.endswith(mappings)]
    places = {f"{path.parent.name}.{path.stem}" for path in files}
    assert places == set(SHIPPED)


def test_raw_tables_and_headers_are_unique() -> None:
    assert len({contract.raw_table for contract in SHIPPED.values()}) == len(SHIPPED)
    assert len({frozenset(contract.headers) for contract in SHIPPED.values()}) == len(SHIPPED)


@pytest.mark.parametrize("contract", SHIPPED.values(), ids=SHIPPED)
def test_column_names_are_unique_and_short_enough(contract: Contract) -> None:
    names = [column.name for column in contract.columns]
    assert len(set(names)) == len(names)
    assert max(map(len, [*names, f"{contract.raw_table}_load"])) <= 63


@pytest.mark.parametrize(
    ("source", "cells", "values"),
    [
        (
            "sales.engagement",
            ["2026-03-31", "Canada", "Government", "1,200", "3,400", "3,400", "-"],
            ["2026-03-31", "Canada", "Government", "1200", "3400", "3400", "0"],
        ),
        (
            "sales.inventory",
            ["31/03/2026", "France", " Paseo ", "(12.5)", "1,000", "250", "250"],
            ["2026-03-31", "France", "Paseo", "-12.5", "1000", "250", "250"],
        ),
        (
            "sales.targets",
            ["Germany", "Enterprise", "2026-03", "$1,25,000.00"],
            ["Germany", "Enterprise", "2026-03-01", "125000.00"],
        ),
    ],
)
def test_a_row_of_sales(source: str, cells: list[str], values: list[str]) -> None:
    contract = SHIPPED[source]
    assert RowCheck(contract, range(len(cells))).values(Row(2, cells)) == values


@pytest.mark.parametrize("name", OLIST)
def test_no_published_row_is_refused(published_data: Path, name: str) -> None:
    path = published_data / "olist" / name
    (contract,) = (
        each for each in SHIPPED.values() if any(fnmatch(path.name, pattern) for pattern in each.file_names)
    )
    assert isinstance(contract.relation, Upsert)
    check = RowCheck(contract, range(len(contract.columns)))
    key = [contract.position(column) for column in contract.relation.key]
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        assert next(rows) == contract.headers
        keys = [
            tuple(values[place] for place in key) for values in (check.values(Row(0, row)) for row in rows)
        ]
    assert len(keys) == OLIST[name]
    if contract.table != "geolocation":
        assert len(set(keys)) == len(keys)
