"""A server that is killed during a load neither loses nor doubles rows."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import psycopg
import pytest

from ingestion.database.connection import WarehouseUnavailable
from ingestion.loading.load import load_landing
from tests.conftest import Warehouse
from tests.integration.ingestion.sales_files import WRITE, state, write_untidy_file
from tests.integration.ingestion.servers import Server, own_server
from tradewind.settings import ROOT

#: For each way of loading.
KILLS = 5


@pytest.fixture(scope="module")
def server(free_port) -> Iterator[Server]:
    with own_server(free_port) as server:
        yield server


@pytest.fixture(scope="module")
def warehouse(server: Server) -> Warehouse:
    """Replaces the one on the server of all tests."""
    return server.warehouse()


def look(url: str) -> str:
    with psycopg.connect(url) as connection:
        return state(lambda sql: connection.execute(sql).fetchall())


@pytest.mark.parametrize("way", WRITE)
def test_killed_at_any_moment(
    way: str, server: Server, landing: Path, empty_warehouse: str, empty, tmp_path: Path
) -> None:
    url, original = empty_warehouse, WRITE[way](tmp_path)
    for _ in range(2):
        empty()
        shutil.copy2(original, landing)
        start = time.monotonic()
        load_landing(landing, url=url)
        seconds = time.monotonic() - start
    undisturbed = look(url)
    chance = random.Random(1)

    for i in range(KILLS):
        empty()
        shutil.copy2(original, landing)
        timer = Timer((i + chance.random()) / KILLS * seconds, server.kill)
        timer.start()
        try:
            load_landing(landing, url=url)
        except (psycopg.OperationalError, WarehouseUnavailable) as error:
            assert str(error).strip()
            assert (landing / original.name).exists()
        timer.join()
        server.start()
        load_landing(landing, url=url)

        assert look(url) == undisturbed
        assert not (landing / original.name).exists()


def test_command_says_so(
    server: Server, warehouse: Warehouse, empty_warehouse: str, query, landing: Path
) -> None:
    path = write_untidy_file(landing, rows=30_000)
    command = subprocess.Popen(
        [sys.executable, "-m", "ingestion", "load", path],
        cwd=ROOT,
        env=warehouse.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not query(
        "select from pg_stat_activity where state = 'active' and query like 'copy \"staging\"%%'"
    ):
        assert command.poll() is None
        time.sleep(0.01)
    server.kill()
    output, errors = command.communicate()
    server.start()

    assert (command.returncode, output) == (1, "")
    (line,) = errors.splitlines()
    assert line.startswith("error: the warehouse failed (")
    assert line.endswith("): what was not finished left no trace; put it right, and run this again")
