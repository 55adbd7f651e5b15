"""One real Postgres server for all tests of a process; every test module gets its own database."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy.engine import URL
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from deploy.databases.warehouse import create_database, prepare
from deploy.stack import postgres
from tests.support.guardian import Guard
from tests.support.ports import free_port as find_free_port
from tradewind.settings import ROLES, ROOT, text

# Before anything is started: however this process ends, everything it started ends with it.
GUARD = Guard()

# What Python has compiled is kept for the many programs that tests start, whatever the shell says.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Before any test imports Airflow, which creates its home folder on import.
AIRFLOW_HOME = tempfile.TemporaryDirectory(prefix="tradewind-airflow-")
GUARD.folder(Path(AIRFLOW_HOME.name))
os.environ.update({"AIRFLOW_HOME": AIRFLOW_HOME.name, "AIRFLOW__CORE__LOAD_EXAMPLES": "False"})

# How fast examples are made says how busy the machine is, and nothing about what is tested.
settings.register_profile("tradewind", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tradewind")

PASSWORD = "only-for-tests"


@dataclass(frozen=True)
class Warehouse:
    """A fresh warehouse database with empty schemas and its roles."""

    owner: URL

    def url(self, role: str = "owner") -> str:
        """Address as `owner`, `loader`, `transformer` or `reporter`."""
        return text(self.owner if role == "owner" else self.owner.set(username=role, password=PASSWORD))

    def environment(self) -> dict[str, str]:
        """Environment variables that make every program of the project use this warehouse."""
        passwords = {f"{role.upper()}_PASSWORD": PASSWORD for role in ROLES}
        # a state folder without secrets, or else those of an installation here would take precedence
        return {**os.environ, "WAREHOUSE_URL": self.url(), **passwords, "TRADEWIND_STATE": AIRFLOW_HOME.name}


#: Folders of tests that share more than the server.
_TOGETHER = (
    "tests/e2e/",
    "tests/integration/dbt/ecommerce/",
    "tests/integration/dbt/sample_sales/",
    "tests/integration/superset/",
)


class _ByFile(LoadFileScheduling):
    """One process runs all tests of a file, which share a database, or all tests of such a folder."""

    def _split_scope(self, nodeid: str) -> str:
        folders = [folder for folder in _TOGETHER if nodeid.startswith(folder)]
        return folders[0] if folders else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    return _ByFile(config, log)


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """A function that finds an unused TCP port."""
    return find_free_port


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """Address of a throwaway server, as its superuser."""
    with throw_away_server() as url:
        yield url


@pytest.fixture(scope="module")
def warehouse(postgres_server: URL, request: pytest.FixtureRequest) -> Warehouse:
    """A warehouse for this test module alone."""
    return new_warehouse(postgres_server, database_of(request))


def database_of(request: pytest.FixtureRequest) -> str:
    """Name for the database of a test module."""
    return re.sub(r"\W+", "_", request.node.nodeid).strip("_")[-60:].lower()


def new_warehouse(server: URL, name: str) -> Warehouse:
    """A warehouse in a new database, or in one that was copied from another warehouse's."""
    create_database(server, name)
    url = server.set(database=name)
    prepare(url, dict.fromkeys(ROLES, PASSWORD))
    return Warehouse(url)


@pytest.fixture(scope="session")
def published_data() -> Path:
    """Folder of real published data; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("TRADEWIND_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "financial_sample" / "Financials.csv").is_file():
        skip(f"published data is not at {folder}: set TRADEWIND_DATA to its folder")
    return folder


def skip(reason: str) -> None:
    """Skip a test because something is missing; fail it with TRADEWIND_TESTS=all, which needs everything."""
    if os.environ.get("TRADEWIND_TESTS") == "all":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def throw_away_server() -> Iterator[URL]:
    """Address of a new Postgres server, as its superuser; the server and its data are gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="tradewind-tests-"))
    GUARD.folder(home)
    postgres.let_through(home / "data")
    postgres.initialise(home / "data", PASSWORD)
    port = find_free_port()
    owner = postgres.account()
    identity = {"user": owner.pw_uid, "group": owner.pw_gid} if owner else {}
    log = (home / "postgres.log").open("wb")
    command = postgres.command(home / "data", port, fsync="off", shared_buffers="128MB")
    server = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **identity)
    url = URL.create("postgresql", "postgres", PASSWORD, "127.0.0.1", port, "postgres")
    try:
        _wait_until_ready(url, server, home / "postgres.log")
        yield url
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)
        log.close()
        shutil.rmtree(home, ignore_errors=True)


def _wait_until_ready(url: URL, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        try:
            psycopg.connect(text(url)).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    pytest.fail(f"the test Postgres did not start:\n{log.read_text()}")
