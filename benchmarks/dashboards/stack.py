"""Superset on a throwaway warehouse, started as by `make up`, stopped with the block."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from benchmarks.build.history import LAST_DAY, histories, write_history
from benchmarks.build.warehouse import Build, Warehouse
from benchmarks.load.server import PASSWORD, Database, Server, cpu_of
from deploy.databases import readers
from deploy.databases.warehouse import connect, create_database, create_role
from deploy.setup.metadata import prepare_superset
from deploy.setup.secrets import GENERATORS
from deploy.stack.programs import programs
from ingestion.sample.write import write_sample_files
from tests.support.ports import free_port
from tradewind.dashboards.users import ADMIN, add_user, role_ids
from tradewind.dashboards.web import Session
from tradewind.settings import ROLES, Settings, text
from tradewind.warehouse.chart_caches import turn_over_caches

#: Who is measured: for viewers, more has to be checked than for an administrator.
VIEWER, ROLE = "viewer", "Executive"

#: Seconds that Superset has to answer after its start, and to stop.
_START, _END = 240, 30

#: What the dashboard shows in addition to sales.
_BESIDE = ("engagement", "inventory", "targets")


@dataclass(frozen=True)
class Stack:
    """A running Superset and its warehouse; `access_log` has one line per request."""

    server: Server
    warehouse: Warehouse
    settings: Settings
    pid: int
    access_log: Path
    viewer_password: str

    @property
    def base(self) -> str:
        """Superset's address."""
        return f"http://127.0.0.1:{self.settings.superset_port}"

    def session(self) -> Session:
        """Log in as the viewer."""
        return Session(self.base, VIEWER, self.viewer_password)

    def forget_charts(self) -> None:
        """Invalidate Superset's chart caches, as publishing does."""
        if not turn_over_caches(self.settings):
            raise RuntimeError("Superset's caches were not invalidated")

    def cpu(self) -> tuple[float, float]:
        """CPU seconds of Superset and of Postgres so far."""
        return cpu_of(self.pid), self.server.cpu_now()


@contextmanager
def stack(
    server: Server, database: Database, project: Path, folder: Path, rows: int, say: Callable[[str], None]
) -> Iterator[Stack]:
    """Load and build a history of `rows` rows, set Superset up on it, and start it."""
    settings = _settings(database, folder)
    owner = make_url(database.url).set(database="postgres")
    create_database(owner, "superset", "superset", settings.get("SUPERSET_DATABASE_PASSWORD"))
    create_role(owner, "freshness", settings.get("SUPERSET_FRESHNESS_PASSWORD"), "superset")
    known = ("POSTGRES_PORT", "SUPERSET_FRESHNESS_PASSWORD")
    environment = {name: settings.get(name) for name in known}
    warehouse = Warehouse(server, database, project, folder / "warehouse", environment)
    with connect(make_url(database.url)) as connection:
        readers.prepare(connection, settings.get("READERS_KEY"), readers.read_rules())
    build = _fill(warehouse, folder, rows, say)
    say(f"built in {build.command:.0f} s")
    prepare_superset(settings)
    _settle(owner)
    say("Superset is set up")
    with _running(settings) as (pid, access_log):
        admin = Session(
            f"http://127.0.0.1:{settings.superset_port}", ADMIN, settings.get("SUPERSET_ADMIN_PASSWORD")
        )
        _, password = add_user(admin, VIEWER, [role_ids(admin)[ROLE]])
        yield Stack(server, warehouse, settings, pid, access_log, password)


def _settings(database: Database, folder: Path) -> Settings:
    address = make_url(database.url)
    return Settings.load(
        {
            **{name: make() for name, make in GENERATORS.items()},
            **{f"{role.upper()}_PASSWORD": PASSWORD for role in ROLES},
            "POSTGRES_PASSWORD": PASSWORD,
            "POSTGRES_PORT": str(address.port),
            "WAREHOUSE_URL": database.url,
            "SUPERSET_PORT": str(free_port()),
            "TRADEWIND_STATE": str(folder / "state"),
        }
    )


def _fill(warehouse: Warehouse, folder: Path, rows: int, say: Callable[[str], None]) -> Build:
    """Load the longer of the histories, and the page's other sources; build all of it."""
    files = folder / "files"
    write_sample_files(files, until=LAST_DAY)
    warehouse.load(*(path for path in sorted(files.iterdir()) if path.name.startswith(_BESIDE)))
    for path in write_history(folder, histories(rows)[1]):
        warehouse.load(path)
    say(f"{rows:,} rows are loaded")
    return warehouse.build()


def _settle(owner) -> None:
    """Do what autovacuum would do to Superset's database within a minute; nothing is left to be written."""
    with psycopg.connect(text(owner.set(database="superset")), autocommit=True) as connection:
        connection.execute("vacuum analyze")
        connection.execute("checkpoint")


@contextmanager
def _running(settings: Settings) -> Iterator[tuple[int, Path]]:
    program = next(each for each in programs(settings) if each.name == "superset")
    log, access = settings.state / "superset.log", settings.state / "access.log"
    # gunicorn itself logs how long a request took; its configuration stays as it is.
    arguments = f"--access-logfile {access} --access-logformat '%({{x-request}}i)s %(D)s'"
    environment = {**os.environ, **program.environment, "GUNICORN_CMD_ARGS": arguments}
    with log.open("wb") as output:
        process = subprocess.Popen(
            program.command, stdout=output, stderr=output, cwd="/", env=environment, start_new_session=True
        )
        try:
            _wait_until_ready(process, settings.superset_port, log)
            yield process.pid, access
        finally:
            process.terminate()
            try:
                process.wait(_END)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait_until_ready(process: subprocess.Popen, port: int, log: Path) -> None:
    deadline = time.monotonic() + _START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"Superset did not start:\n{log.read_text()[-3000:]}")
