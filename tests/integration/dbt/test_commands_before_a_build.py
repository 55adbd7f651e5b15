"""Commands that read what builds make say in a sentence that there is none yet, or that nothing answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from tests.conftest import Warehouse
from tests.integration.dbt.builds import run_tradewind

COMMANDS = [["countries"], ["gaps"], ["trace", "sales"], ["forecast", "sales"]]


@pytest.mark.parametrize("command", COMMANDS)
def test_before_the_first_build(warehouse: Warehouse, tmp_path: Path, command: list[str]) -> None:
    done = run_tradewind(warehouse, tmp_path, *command)
    assert "Traceback" not in done.stdout + done.stderr
    assert done.returncode == (1 if done.stderr else 0)
    assert done.stdout or done.stderr.startswith("error: ")


@pytest.mark.parametrize("command", [*COMMANDS, ["build"], ["alerts"], ["backfill"]], ids="-".join)
def test_without_a_warehouse(postgres_server: URL, tmp_path: Path, command: list[str]) -> None:
    done = run_tradewind(Warehouse(postgres_server.set(database="nowhere")), tmp_path, *command)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


def test_dbt_says_how_it_is_used(warehouse: Warehouse, tmp_path: Path) -> None:
    done = run_tradewind(warehouse, tmp_path, "dbt")
    assert done.returncode == 0 and "Usage: " in done.stdout
    done = run_tradewind(warehouse, tmp_path, "dbt", "biuld")
    assert done.returncode == 1 and "error: No such command 'biuld'" in done.stderr
