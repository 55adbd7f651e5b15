from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from tests.conftest import Warehouse
from tests.integration.dbt.builds import built_warehouse, load_file, run_tradewind


@pytest.fixture(scope="package")
def warehouse(postgres_server: URL, sample_orders: Path, dbt_state: Path) -> Iterator[Warehouse]:
    """A warehouse with these orders, built and published."""
    with built_warehouse(postgres_server) as found:
        for path in sample_orders.iterdir():
            load_file(found, path)
        outcome = run_tradewind(found, dbt_state, "build")
        assert outcome.returncode == 0, outcome.stdout
        assert outcome.stdout.endswith("0 warnings, published\n")
        yield found
