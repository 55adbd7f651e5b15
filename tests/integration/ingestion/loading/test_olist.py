"""The published Olist files are loaded completely and exactly, as a folder and as Kaggle's archive."""

from __future__ import annotations

import csv
import gzip
import io
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import URL

from deploy.databases.warehouse import create_database, prepare
from ingestion.loading.load import load
from ingestion.loading.result import LoadResult
from tests.conftest import PASSWORD, Warehouse
from tradewind.settings import ROLES

SAMPLE_ROWS = {
    "olist.category_translation": 71,
    "olist.customers": 15_000,
    "olist.geolocation": 50_000,
    "olist.order_items": 17_071,
    "olist.order_payments": 15_733,
    "olist.order_reviews": 14_944,
    "olist.orders": 15_000,
    "olist.products": 9_255,
    "olist.sellers": 1_904,
}
FULL_ROWS = {
    "olist.category_translation": 71,
    "olist.order_payments": 103_886,
    "olist.products": 32_951,
    "olist.sellers": 3_095,
}
MONEY = [("order_items", "price"), ("order_items", "freight_value"), ("order_payments", "payment_value")]


@dataclass(frozen=True)
class Loaded:
    """The result of loading the sample."""

    results: list[LoadResult]
    url: str
    query: Callable[..., list[tuple[Any, ...]]]


def unpacked(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def rows(folder: Path, table: str) -> list[dict[str, str]]:
    """The rows of a table's file, as Python's own csv module reads them."""
    (path,) = folder.glob(f"olist_{table}_dataset.csv*")
    return list(csv.DictReader(io.StringIO(unpacked(path).decode("utf-8-sig"), newline="")))


@pytest.fixture(scope="module")
def sample(published_data: Path) -> Path:
    return published_data / "olist" / "sample_15000_orders"


@pytest.fixture(scope="module")
def full(published_data: Path) -> Path:
    return published_data / "olist" / "full_tables"


@pytest.fixture(scope="module")
def forms(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same files as they are, and uncompressed in one zip."""
    archive = tmp_path_factory.mktemp("olist") / "archive.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for path in sorted(sample.iterdir()):
            packed.writestr(path.name.removesuffix(".gz"), unpacked(path))
    return {"folder": sample, "zip": archive}


@pytest.fixture(scope="module", params=["folder", "zip"])
def loaded(request: pytest.FixtureRequest, forms: dict[str, Path], postgres_server: URL) -> Iterator[Loaded]:
    """The sample in its own warehouse."""
    create_database(postgres_server, f"olist_{request.param}")
    owner = postgres_server.set(database=f"olist_{request.param}")
    prepare(owner, dict.fromkeys(ROLES, PASSWORD))
    url = Warehouse(owner).url("loader")
    results = load([forms[request.param]], url=url)
    with psycopg.connect(url, autocommit=True) as connection:
        yield Loaded(results, url, lambda sql, *values: connection.execute(sql, values).fetchall())


def test_every_row_is_loaded(loaded: Loaded) -> None:
    assert {result.source: result.rows_loaded for result in loaded.results} == SAMPLE_ROWS
    assert {(result.outcome, result.rows_rejected) for result in loaded.results} == {("loaded", 0)}
    for result in loaded.results:
        table = f"staging.raw_{result.source.replace('.', '_')}"
        assert loaded.query(
            f"select count(*), count(distinct _line) from {table} where _load_id = %s", result.load_id
        ) == [(result.rows_read, result.rows_read)]


@pytest.mark.parametrize(("table", "column"), MONEY)
def test_money_is_exact(loaded: Loaded, sample: Path, table: str, column: str) -> None:
    expected = sum(Decimal(row[column]) for row in rows(sample, table))
    load_id = next(result.load_id for result in loaded.results if result.source == f"olist.{table}")
    assert loaded.query(
        f"select sum({column}) from staging.raw_olist_{table} where _load_id = %s", load_id
    ) == [(expected,)]


def test_coordinates_are_exact(loaded: Loaded, sample: Path) -> None:
    found = loaded.query(
        "select geolocation_lat, geolocation_lng from staging.raw_olist_geolocation order by _line"
    )
    assert found == [
        (Decimal(row["geolocation_lat"]), Decimal(row["geolocation_lng"]))
        for row in rows(sample, "geolocation")
    ]


def test_zip_codes_get_their_zeros_back(loaded: Loaded, sample: Path) -> None:
    texts = [row["customer_zip_code_prefix"] for row in rows(sample, "customers")]
    found = loaded.query("select customer_zip_code_prefix from staging.raw_olist_customers order by _line")
    assert found == [(text.zfill(5),) for text in texts]
    assert (texts[0], found[0]) == ("8775", ("08775",))


def test_comments_keep_their_line_breaks(loaded: Loaded, sample: Path) -> None:
    """Compared as the loader trims them; a comment of only white space is none."""
    found = loaded.query("select review_comment_message from staging.raw_olist_order_reviews order by _line")
    expected = [row["review_comment_message"].strip() or None for row in rows(sample, "order_reviews")]
    assert any("\n" in (text or "") for text in expected)
    assert found == [(text,) for text in expected]


def test_another_form_of_the_same_files_is_known(loaded: Loaded, forms: dict[str, Path]) -> None:
    for path in forms.values():
        assert {result.outcome for result in load([path], url=loaded.url)} == {"known"}
    assert loaded.query("select count(*) from ops.loads") == [(len(SAMPLE_ROWS),)]


def test_full_tables(empty_warehouse: str, query, full: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(full, tmp_path / "full"))
    results = load([folder], url=empty_warehouse)

    assert {result.source: result.rows_loaded for result in results} == FULL_ROWS
    assert {(result.outcome, result.rows_rejected) for result in results} == {("loaded", 0)}
    paid = sum(Decimal(row["payment_value"]) for row in rows(full, "order_payments"))
    assert query("select count(*), sum(payment_value) from staging.raw_olist_order_payments") == [
        (FULL_ROWS["olist.order_payments"], paid)
    ]
