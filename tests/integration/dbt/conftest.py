"""Loading and building against the module's own warehouse."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from subprocess import CompletedProcess

import psycopg
import pytest
from sqlalchemy.engine import URL

from deploy.databases.warehouse import create_database
from tests.conftest import PASSWORD, Warehouse
from tests.integration.dbt.builds import DATABASE, administer, built_warehouse, load_file, run_tradewind
from tradewind.settings import Settings, text
from tradewind.stamps import Stamps
from tradewind.warehouse.build import UNIT_TESTS, project_version


@pytest.fixture(scope="session")
def dbt_state(postgres_server: URL, tmp_path_factory) -> Path:
    """One state folder, so that dbt parses the project once for all modules, and for copies of the project.

    Builds leave out the unit tests of models: `test_published_figures.py` runs them.
    """
    state = tmp_path_factory.mktemp("state")
    Stamps(state / "dbt").set(UNIT_TESTS, project_version(Settings.load()))
    warehouse = Warehouse(postgres_server.set(database=DATABASE))
    parsed = run_tradewind(warehouse, state, "dbt", "parse", "--no-write-json")
    assert parsed.returncode == 0, parsed.stdout
    return state


@pytest.fixture(scope="session")
def sample_orders(published_data: Path) -> Path:
    """Folder with 15,000 published orders, and everything that belongs to them."""
    return published_data / "olist" / "sample_15000_orders"


@pytest.fixture(scope="module")
def warehouse(postgres_server: URL) -> Iterator[Warehouse]:
    """A warehouse for this test module alone."""
    with built_warehouse(postgres_server) as found:
        yield found


@pytest.fixture(scope="module")
def build(warehouse: Warehouse, dbt_state: Path) -> Callable[..., CompletedProcess]:
    """Build with these options."""
    return partial(run_tradewind, warehouse, dbt_state, "build")


@pytest.fixture(scope="module")
def take(warehouse: Warehouse) -> Callable[[Path], int]:
    """Load a file, which must succeed; returns its number in the ledger."""
    return partial(load_file, warehouse)


@pytest.fixture(scope="module")
def ask(warehouse: Warehouse) -> Callable[..., list[tuple]]:
    """Query as the reporter, which sees what executives see, or as another role."""

    def run(query: str, role: str = "reporter") -> list[tuple]:
        with psycopg.connect(warehouse.url(role)) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    return run


@pytest.fixture(scope="module")
def own(ask: Callable[..., list[tuple]]) -> Callable[[str], list[tuple]]:
    """Query as the role that builds, which owns the models."""
    return partial(ask, role="transformer")


@pytest.fixture(scope="module")
def airflow_database(warehouse: Warehouse, tmp_path_factory) -> Iterator[str]:
    """Airflow's own database, made by Airflow; its address."""
    server = warehouse.owner.set(database="postgres")
    create_database(server, "airflow", "airflow", PASSWORD)
    url = server.set(username="airflow", password=PASSWORD, database="airflow")
    home = tmp_path_factory.mktemp("airflow")
    conn = text(url.set(drivername="postgresql+psycopg2"))
    variables = {**os.environ, "AIRFLOW_HOME": str(home), "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": conn}
    done = subprocess.run(
        [Path(sys.executable).parent / "airflow", "db", "migrate"],
        env=variables,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    yield text(url.set(drivername="postgresql"))
    administer(server, "drop database {} with (force)", "airflow")
