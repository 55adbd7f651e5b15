"""Loading and building against the module's own warehouse, as the programs do it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from ingestion.load import load
from tests.conftest import Warehouse
from tradewind.settings import ROOT


@pytest.fixture(scope="session")
def dbt_state(tmp_path_factory) -> Path:
    """One state folder, so that dbt parses the project once for all modules."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def build(warehouse: Warehouse, dbt_state: Path) -> Callable[..., subprocess.CompletedProcess]:
    """Run `python -m tradewind build`."""

    def run(*options: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "tradewind", "build", *options],
            cwd=ROOT,
            env={**warehouse.environment(), "TRADEWIND_STATE": str(dbt_state)},
            capture_output=True,
            text=True,
        )

    return run


@pytest.fixture(scope="module")
def take(warehouse: Warehouse) -> Callable[[Path], int]:
    """Load a file that must be loaded; its number in the ledger."""

    def run(path: Path) -> int:
        (result,) = load([path], url=warehouse.url("loader"))
        assert result.is_fine, result.message
        return result.load_id

    return run


@pytest.fixture(scope="module")
def ask(warehouse: Warehouse) -> Callable[..., list[tuple]]:
    """Query as the reporter, who sees what executives see; or as another role."""

    def run(query: str, role: str = "reporter") -> list[tuple]:
        with psycopg.connect(warehouse.url(role)) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    return run
