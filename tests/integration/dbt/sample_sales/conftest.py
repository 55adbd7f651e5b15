from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import URL

from ingestion.sample import write_sample_file
from tests.conftest import Warehouse, database_of, new_warehouse
from tests.integration.dbt.builds import load_file, run_tradewind
from tradewind.settings import text

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
    """Database in which they are loaded; one build of them is kept and published."""
    warehouse = new_warehouse(postgres_server, TEMPLATE)
    load_file(warehouse, sample_file)
    outcome = run_tradewind(warehouse, dbt_state, "build")
    assert outcome.returncode == 0, outcome.stdout
    return TEMPLATE


@pytest.fixture(scope="module")
def warehouse(postgres_server: URL, template: str, request: pytest.FixtureRequest) -> Warehouse:
    """A copy for this module alone."""
    name = database_of(request)
    with psycopg.connect(text(postgres_server), autocommit=True) as connection:
        names = map(sql.Identifier, (name, template))
        connection.execute(sql.SQL("create database {} template {}").format(*names))
    return new_warehouse(postgres_server, name)
