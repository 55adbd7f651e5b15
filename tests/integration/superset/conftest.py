"""One Superset with a metadata database of its own for a test module."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import URL

from deploy.databases.warehouse import create_database
from deploy.setup.secrets import GENERATORS
from deploy.stack.programs import python_of, superset_environment
from tests.conftest import PASSWORD, database_of, skip
from tradewind.settings import ROOT, Settings, text

DRIVER = Path(__file__).with_name("driver.py")


class Superset:
    """Calls the functions of `driver.py` in Superset's process."""

    def __init__(self, process: subprocess.Popen, log: Path) -> None:
        self.process = process
        self.log = log
        assert self.read() == "ready"

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


@pytest.fixture(scope="module")
def readers_url(postgres_server: URL) -> URL:
    """Address of the warehouse as Superset keeps it; here nothing reads it."""
    return postgres_server.set(drivername="postgresql+psycopg2")._replace(username="nobody", password=None)


@pytest.fixture(scope="module")
def superset(
    postgres_server: URL,
    readers_url: URL,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Superset]:
    """A Superset in which there is nothing yet."""
    python = python_of(".venv-superset")
    if not Path(python).exists():
        skip("no .venv-superset: make install")
    state = tmp_path_factory.mktemp("superset")
    database = f"{database_of(request)[-50:]}_superset"
    create_database(postgres_server, database)
    settings = Settings({**dict.fromkeys(GENERATORS, PASSWORD), "TRADEWIND_STATE": str(state)})
    address = text(postgres_server.set(drivername="postgresql+psycopg2", database=database))
    environment = {
        **os.environ,
        **superset_environment(settings),
        "SUPERSET_METADATA_URL": address,
        "WAREHOUSE_READERS_URL": text(readers_url),
        "WAREHOUSE_READERS_KEY": PASSWORD,
        "PYTHONPATH": str(ROOT / "superset"),
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
            yield Superset(process, log)
        finally:
            process.stdin.close()
            process.wait(20)
