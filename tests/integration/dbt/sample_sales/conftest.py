from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from ingestion.sample import write_sample_file
from tests.conftest import Warehouse, new_warehouse
from tests.integration.dbt.builds import DATABASE, administer, built_warehouse, load_file, run_tradewind

TEMPLATE = "sample_sales"


@pytest.fixture(scope="package")
def sample_file(tmp_path_factory) -> Path:
    """300 sales."""
    folder = tmp_path_factory.mktemp("sample")
    write_sample_file(folder, rows=300, seed=3)
    (path,) = folder.iterdir()
    return path


@pytest.fixture(scope="package")
def template(postgres_server: URL, sample_file: Path, dbt_state: Path) -> str:
    """Database in which they are loaded, built and published once."""
    warehouse = new_warehouse(postgres_server, DATABASE)
    load_file(warehouse, sample_file)
    outcome = run_tradewind(warehouse, dbt_state, "build")
    assert outcome.returncode == 0, outcome.stdout
    administer(postgres_server, "alter database {} rename to {}", DATABASE, TEMPLATE)
    return TEMPLATE


@pytest.fixture(scope="module")
def warehouse(postgres_server: URL, template: str) -> Iterator[Warehouse]:
    """A copy for this module."""
    with built_warehouse(postgres_server, template) as found:
        yield found
