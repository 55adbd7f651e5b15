"""Files to load, and access to the warehouse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ingestion.loading import table as table_load
from tests.conftest import skip

Query = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def empty(warehouse) -> Callable[[], None]:
    """Removes everything that was loaded into the module's warehouse."""

    def forget() -> None:
        with psycopg.connect(warehouse.url("loader"), autocommit=True) as connection:
            children = connection.execute("select inhrelid::regclass::text from pg_inherits").fetchall()
            for (name,) in children:
                connection.execute(f"drop table {name}")
            tables = connection.execute(
                "select format('%I.%I', schemaname, tablename) from pg_tables"
                " where schemaname in ('staging', 'ops')"
            ).fetchall()
            if tables:
                connection.execute(f"truncate {', '.join(name for (name,) in tables)} restart identity")

    return forget


@pytest.fixture
def empty_warehouse(warehouse, empty: Callable[[], None]) -> str:
    """Address of the module's warehouse as `loader`, with nothing loaded."""
    empty()
    return warehouse.url("loader")


@pytest.fixture
def query(empty_warehouse: str) -> Iterator[Query]:
    """Runs SQL in the warehouse and returns all rows."""
    with psycopg.connect(empty_warehouse, autocommit=True) as connection:
        yield lambda sql, *arguments: connection.execute(sql, arguments).fetchall()


@pytest.fixture(scope="session")
def published_csv(published_data: Path) -> Path:
    return published_data / "financial_sample" / "Financials.csv"


@pytest.fixture(scope="session")
def published_workbook(published_data: Path) -> Path:
    return published_data / "financial_sample" / "Financial Sample.xlsx"


@pytest.fixture(scope="session")
def cases(published_data: Path) -> Path:
    """Folder of the small odd files."""
    folder = published_data.parent / "cases"
    if not folder.is_dir():
        skip(f"the small odd files are not at {folder}")
    return folder


@pytest.fixture(params=["rows", "bulk"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of loading: every file counts as large enough for bulk loading, or none does."""
    monkeypatch.setattr(table_load, "BULK_FROM", 0 if request.param == "bulk" else 1 << 60)
    return request.param


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    folder = tmp_path / "landing"
    (folder / "sample").mkdir(parents=True)
    return folder
