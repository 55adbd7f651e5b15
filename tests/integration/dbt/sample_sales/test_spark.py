"""Models on Spark have the same rows as on Postgres, to the last digit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.conftest import Warehouse, skip
from tests.integration.dbt.builds import run_tradewind
from tests.support.ports import free_port
from tradewind.extra_environments import SPARK, EnvironmentMissing, environment_python

pytestmark = pytest.mark.spark

#: The marts that most of the sales models lead to.
MARTS = "mart_sales_daily mart_sales_monthly mart_profit_effects"

#: Three marts, one of them below another, facts, dimensions, rates, and seeds.
TABLES = 20

Run = Callable[..., CompletedProcess]


@pytest.fixture(scope="module")
def run(warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs `python -m tradewind spark`; Spark works with one processor."""
    try:
        environment_python(SPARK)
    except EnvironmentMissing as missing:
        skip(str(missing))
    settings = {"THRIFT_PORT": str(free_port()), "SPARK_MASTER": "local[1]", "SPARK_MEMORY": "768m"}
    state = tmp_path_factory.mktemp("state")

    def start(*arguments: str) -> CompletedProcess:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in settings.items():
                patch.setenv(name, value)
            return run_tradewind(warehouse, state, "spark", *arguments)

    return start


def test_nothing_is_compared_before_spark_has_built(run: Run):
    outcome = run("compare")
    assert outcome.returncode == 1
    assert "no build on Spark has succeeded here yet" in outcome.stderr


def test_spark_builds_the_rows_that_postgres_built(run: Run, own, take, tmp_path: Path):
    outcome = run("build", "--without-tests", "--select", MARTS)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "1 new loads with 300 rows are in the lake" in outcome.stdout
    outcome = run("compare")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    tables, rows = map(int, outcome.stdout.splitlines()[-1].replace(" tables with ", " ").split()[:2])
    assert tables >= TABLES
    assert rows > 300
    assert "marts_next.mart_stock_daily" in outcome.stdout, "it was not built, and that is said"

    spoiled = "update marts_next.mart_sales_monthly set sales = sales + 0.0001"
    own(spoiled)
    outcome = run("compare")
    assert outcome.returncode == 1
    assert "marts_next.mart_sales_monthly (" in outcome.stdout
    assert outcome.stdout.endswith(": 1 differ\n")
