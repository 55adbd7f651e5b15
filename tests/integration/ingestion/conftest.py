"""Files to load, and a look into the warehouse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

Query = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def empty(warehouse) -> Callable[[], None]:
    """Forgets everything that was loaded into the module's warehouse."""

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
    """Runs SQL in the warehouse and gives all rows."""
    with psycopg.connect(empty_warehouse, autocommit=True) as connection:
        yield lambda sql, *arguments: connection.execute(sql, arguments).fetchall()


@pytest.fixture(scope="session")
def published_csv(published_data: Path) -> Path:
    return published_data / "financial_sample" / "Financials.csv"


@pytest.fixture(scope="session")
def published_workbook(published_data: Path) -> Path:
    return published_data / "financial_sample" / "Financial Sample.xlsx"


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    folder = tmp_path / "landing"
    (folder / "sample").mkdir(parents=True)
    return folder
