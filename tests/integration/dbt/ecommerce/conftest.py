from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from tests.conftest import Warehouse, new_warehouse
from tests.integration.dbt.builds import load_file, run_tradewind


@pytest.fixture(scope="package")
def warehouse(postgres_server: URL, sample_orders: Path, dbt_state: Path) -> Warehouse:
    """A warehouse of these orders, built and published."""
    found = new_warehouse(postgres_server, "ecommerce")
    for path in sample_orders.iterdir():
        load_file(found, path)
    outcome = run_tradewind(found, dbt_state, "build")
    assert outcome.returncode == 0, outcome.stdout
    assert outcome.stdout.endswith("0 warnings, published\n")
    return found
