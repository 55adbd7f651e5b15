"""A contract is added or changed in a checkout, but nobody runs `python -m ingestion sources`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.conftest import Warehouse
from tests.integration.dbt.builds import new_state
from tests.integration.ingestion.contract.test_new_source import CONTRACT
from tradewind.settings import ROOT

TRIPS = "Trip No.,Driver,Started,Arrived,Tons,Cooled\n1,Ada,2024-01-01,2024-01-02 03:04:05,12.500,yes\n"
Run = Callable[..., str]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The parts of the repository that load and build."""
    folder = tmp_path_factory.mktemp("checkout")
    for part in ("ingestion", "tradewind", "dbt_project", "docs"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("target", "__pycache__"))
    return folder


@pytest.fixture(scope="module")
def run(checkout: Path, warehouse: Warehouse, dbt_state: Path) -> Run:
    """Runs a module of the checkout, which must exit with this code."""
    state = new_state(checkout / "state", dbt_state)

    def run(*arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=checkout,
            env={**warehouse.environment(), "TRADEWIND_STATE": str(state)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == code, done.stdout
        return done.stdout

    return run


def test_the_build_follows_the_contracts(checkout: Path, run: Run, warehouse: Warehouse) -> None:
    contract = checkout / "ingestion" / "contracts" / "fleet" / "trips.yaml"
    contract.parent.mkdir()
    contract.write_text(CONTRACT)
    (checkout / "trips.csv").write_text(TRIPS)
    run("ingestion", "load", "trips.csv")

    assert "published" in run("tradewind", "build")
    assert run("ingestion", "sources", "--check") == ""

    # A wider number, and what builds have made from it meanwhile.
    with psycopg.connect(warehouse.url("transformer"), autocommit=True) as connection:
        connection.execute("create view staging.stg_trips as select * from staging.raw_fleet_trips")
    contract.write_text(CONTRACT.replace("numeric(9,3)", "numeric(12,3)"))
    (checkout / "more.csv").write_text(TRIPS.replace("1,Ada", "2,Ada").replace("12.500", "123456789.000"))
    run("ingestion", "load", "more.csv")

    # One that contradicts its rows: they stay, its files wait, and everything else is built.
    contract.write_text(CONTRACT.replace("numeric(9,3)", "numeric(12,1)"))
    (checkout / "last.csv").write_text(TRIPS.replace("1,Ada", "3,Ada").replace("12.500", "1.0"))
    output = run("ingestion", "load", "last.csv", code=1)
    assert "tons is numeric(12,3) there, numeric(12,1) in the contract" in output
    assert "published" in run("tradewind", "build")
