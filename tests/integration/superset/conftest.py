"""One Superset for all modules of this folder, each of which gets a fresh metadata database."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import URL

from deploy.databases.warehouse import connect, create_database
from deploy.setup.secrets import GENERATORS
from deploy.stack.programs import python_of, superset_environment
from tests.conftest import PASSWORD, Warehouse, new_warehouse, skip
from tradewind.dashboards import logins
from tradewind.settings import Settings, text

DRIVER = Path(__file__).with_name("driver.py")


class Superset:
    """Calls the functions of `driver.py` in Superset's process."""

    def __init__(self, process: subprocess.Popen, log: Path) -> None:
        self.process = process
        self.log = log
        assert self.read() == "closed"

    def __getattr__(self, name: str) -> Any:
        def call(**arguments: Any) -> Any:
            self.process.stdin.write(json.dumps([name, arguments]) + "\n")
            self.process.stdin.flush()
            answer = self.read()
            if isinstance(answer, dict) and "error" in answer:
                raise RuntimeError(answer["error"])
            return answer

        return call

    def read(self) -> Any:
        """The next answer."""
        line = self.process.stdout.readline()
        assert line, f"Superset has ended:\n{self.log.read_text()[-3000:]}"
        return json.loads(line)


#: Superset's metadata, and a copy of them from before the first test.
DATABASE, NEW = "superset_metadata", "superset_new"


@pytest.fixture(scope="package")
def warehouse_of_superset(postgres_server: URL) -> Warehouse:
    """The warehouse that Superset reads."""
    return new_warehouse(postgres_server, "warehouse_of_superset")


@pytest.fixture(scope="package")
def readers_url(warehouse_of_superset: Warehouse) -> URL:
    """Address of the warehouse as Superset stores it."""
    url = warehouse_of_superset.owner.set(drivername="postgresql+psycopg2", username=logins.UNCHOSEN)
    return url._replace(password=None)


@pytest.fixture(scope="package")
def running(
    postgres_server: URL, readers_url: URL, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Superset]:
    """Superset's process, with no database open."""
    python = python_of(".venv-superset")
    if not Path(python).exists():
        skip("no .venv-superset: make install")
    state = tmp_path_factory.mktemp("superset")
    create_database(postgres_server, DATABASE)
    settings = Settings({**dict.fromkeys(GENERATORS, PASSWORD), "TRADEWIND_STATE": str(state)})
    environment = {
        **os.environ,
        **superset_environment(settings),
        "SUPERSET_METADATA_URL": text(
            postgres_server.set(drivername="postgresql+psycopg2", database=DATABASE)
        ),
        "WAREHOUSE_READERS_URL": text(readers_url),
        "WAREHOUSE_READERS_KEY": PASSWORD,
    }
    log = state / "superset.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [python, str(DRIVER)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            superset = Superset(process, log)
            with connect(postgres_server) as server:
                server.execute(f"create database {NEW} template {DATABASE}")
            yield superset
        finally:
            process.stdin.close()
            process.wait(20)


@pytest.fixture(scope="module")
def superset(postgres_server: URL, running: Superset) -> Iterator[Superset]:
    """An empty Superset."""
    with connect(postgres_server) as server:
        server.execute(f"drop database {DATABASE}")
        server.execute(f"create database {DATABASE} template {NEW}")
    assert running.open() == "open"
    yield running
    assert running.close() == "closed"
