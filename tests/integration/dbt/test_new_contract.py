"""A contract is added or changed in a checkout, but nobody runs `python -m ingestion sources`."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tests.conftest import Warehouse
from tests.integration.dbt.builds import Checkout
from tests.integration.ingestion.contract.test_new_source import CONTRACT

TRIPS = "Trip No.,Driver,Started,Arrived,Tons,Cooled\n1,Ada,2024-01-01,2024-01-02 03:04:05,12.500,yes\n"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, warehouse: Warehouse, dbt_state: Path) -> Checkout:
    return Checkout(tmp_path_factory.mktemp("checkout"), warehouse, dbt_state)


def test_the_build_follows_the_contracts(checkout: Checkout, warehouse: Warehouse) -> None:
    run, folder = checkout.run, checkout.folder
    contract = folder / "ingestion" / "contracts" / "fleet" / "trips.yaml"
    contract.parent.mkdir()
    contract.write_text(CONTRACT)
    (folder / "trips.csv").write_text(TRIPS)
    run("ingestion", "load", "trips.csv")

    assert "published" in run("tradewind", "build")
    assert run("ingestion", "sources", "--check") == ""

    # A wider number, and what builds have made from it meanwhile.
    with psycopg.connect(warehouse.url("transformer"), autocommit=True) as connection:
        connection.execute("create view staging.stg_trips as select * from staging.raw_fleet_trips")
    contract.write_text(CONTRACT.replace("numeric(9,3)", "numeric(12,3)"))
    (folder / "more.csv").write_text(TRIPS.replace("1,Ada", "2,Ada").replace("12.500", "123456789.000"))
    run("ingestion", "load", "more.csv")

    # One that contradicts its rows: they stay, its files wait, and everything else is built.
    contract.write_text(CONTRACT.replace("numeric(9,3)", "numeric(12,1)"))
    (folder / "last.csv").write_text(TRIPS.replace("1,Ada", "3,Ada").replace("12.500", "1.0"))
    output = run("ingestion", "load", "last.csv", code=1)
    assert "tons is numeric(12,3) there, numeric(12,1) in the contract" in output
    assert "published" in run("tradewind", "build")
