"""The whole stack, started once by `make up` in a clean clone and on its own ports."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from playwright.sync_api import Page

from deploy.databases.warehouse import connect
from deploy.stack.airflow_api import Airflow
from deploy.stack.supervisor import Supervisor
from tests.conftest import GUARD, skip
from tests.e2e.superset_api import Superset
from tests.support.clean_clone import clean_clone, share_environments
from tradewind.settings import Settings, text
from tradewind.warehouse.progress import progress

#: At the end of a page's address: all days, in place of the year to date.
ALL_DAYS = (
    "?native_filters=(NATIVE_FILTER-period:(extraFormData:(time_range:'No%20filter'),"
    "filterState:(value:'No%20filter'),id:NATIVE_FILTER-period,ownState:()))"
)
#: Seconds that a whole stack may need on a busy machine before a test gives up.
PATIENCE = 240


def chosen(name: str, column: str, value: str) -> str:
    """At the end of a page's address: one value of a filter."""
    value = quote(value)
    return (
        f"?native_filters=({name}:(extraFormData:(filters:!((col:{column},op:IN,val:!('{value}')))),"
        f"filterState:(label:'{value}',value:!('{value}')),id:{name},ownState:()))"
    )


@dataclass(frozen=True)
class Stack:
    """A running Tradewind, used like its three kinds of users do."""

    folder: Path
    environment: dict[str, str]
    #: One logged-in Airflow per password: a login costs more than the requests that follow it.
    logins: dict[str, Airflow] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        places = {"TRADEWIND_STATE": self.folder / ".local", "LANDING_DIR": self.folder / "landing"}
        return Settings.load({**self.environment, **{name: str(path) for name, path in places.items()}})

    @property
    def supervisor(self) -> Supervisor:
        return Supervisor(self.settings.state)

    @property
    def airflow(self) -> Airflow:
        settings = self.settings
        password = settings.get("AIRFLOW_ADMIN_PASSWORD")
        if password not in self.logins:
            self.logins[password] = Airflow(settings)
        return self.logins[password]

    @property
    def superset(self) -> Superset:
        return Superset(self.settings)

    def shell(self, command: str) -> str:
        """Run a command line in the clone like a user; returns its output."""
        outcome = subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE * 2,
        )
        assert outcome.returncode == 0, f"{command}\n{outcome.stdout}"
        return outcome.stdout

    def ask(self, query: str, role: str = "reporter") -> list[tuple]:
        """Query the warehouse as the reporter, which sees what executives see."""
        with psycopg.connect(text(self.settings.role_url(role))) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    def drop(self, file: Path, name: str | None = None) -> dict[str, Any]:
        """Drop a file into `landing/` and wait for its figures; returns the `ingest` run that loaded it."""
        # One that is still running may yet find the file.
        before = {run["dag_run_id"] for run in self._latest_loads() if has_finished(run)}
        target = self.settings.landing / (name or file.name)
        shutil.copy(file, target)
        wait_until(lambda: not target.exists(), f"nobody took {target.name}")
        run = wait_until(lambda: self._run_that_took(target.name, before), "the ingest run did not finish")
        self.wait_until_published()
        return run

    def drop_together(self, *files: Path) -> None:
        """Drop several files and wait for all their figures: one build processes them, not one build each."""
        targets = [self.settings.landing / file.name for file in files]
        for file, target in zip(files, targets, strict=True):
            shutil.copy(file, target)
        wait_until(lambda: not any(target.exists() for target in targets), "nobody took the files")
        self.wait_until_published()

    def wait_until_published(self) -> None:
        """Wait until the marts contain every load and the run that built them has finished."""
        wait_until(lambda: not progress(self.settings).is_behind, "the marts stay behind the loads")
        wait_until(lambda: not self.airflow.is_active("transform"), "the transform run did not finish")

    def forget(self) -> None:
        """Delete the warehouse's database and stop what runs; Airflow and Superset stay prepared."""
        settings = self.settings
        server = settings.embedded_url("postgres", settings.get("POSTGRES_PASSWORD"), "postgres")
        with connect(server) as connection:
            connection.execute("drop database warehouse with (force)")
        self.shell("make down")

    def empty(self) -> None:
        """Reset the warehouse to its state before the first file."""
        self.ask(
            "truncate staging.raw_sales_transactions, ops.loads, ops.load_scopes, ops.rejected_rows,"
            " ops.withdrawals",
            role="loader",
        )
        self.ask("truncate ops.published_loads", role="transformer")
        run = self.airflow.trigger("transform")
        wait_until(
            lambda: self.airflow.run("transform", run)["state"] == "success", "the empty build did not finish"
        )

    def _latest_loads(self) -> list[dict[str, Any]]:
        return self.airflow.runs("ingest", limit=10)

    def _run_that_took(self, name: str, before: set[str]) -> dict[str, Any] | None:
        for run in self._latest_loads():
            is_new = has_finished(run) and run["dag_run_id"] not in before
            if is_new and name in self.airflow.task_log("ingest", run["dag_run_id"], "load"):
                return run
        return None


def has_finished(run: dict[str, Any]) -> bool:
    return run["state"] in ("success", "failed")


def wait_until(condition: Callable[[], Any], problem: str, seconds: float = PATIENCE) -> Any:
    """Poll until the answer is true; returns it."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"{problem} within {seconds:.0f} s")
        time.sleep(0.5)
    return answer


@pytest.fixture(scope="package")
def clone(free_port) -> Iterator[Stack]:
    """A clean clone that has not been started yet; everything that runs at the end is stopped."""
    # Not pytest's own temporary folder, which later sessions make inaccessible to the database's account.
    folder = Path(tempfile.mkdtemp(prefix="tradewind-clone-"))
    GUARD.folder(folder)
    own = ("AIRFLOW_HOME", "LANDING_DIR", "SAMPLE", "TRADEWIND_STATE", "WAREHOUSE_URL")
    environment = {
        **{name: value for name, value in os.environ.items() if name not in own},
        "POSTGRES_PORT": str(free_port()),
        "AIRFLOW_PORT": str(free_port()),
        "SUPERSET_PORT": str(free_port()),
    }
    share_environments(clean_clone(folder))
    stack = Stack(folder, environment)
    yield stack
    stack.supervisor.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="package")
def stack(clone: Stack) -> Stack:
    """The running stack with an empty warehouse."""
    if clone.supervisor.is_running():
        clone.forget()
    clone.shell("SAMPLE=0 make up")
    return clone


@pytest.fixture(scope="package")
def sample(clone: Stack) -> Stack:
    """The running stack with the sample's 13 sources, for the files that run before any is published."""
    clone.shell("make up")
    assert clone.ask("select count(*) from marts.mart_data_status where rows_loaded > 0") == [(13,)]
    return clone


@pytest.fixture(scope="session")
def financials(published_data: Path) -> Path:
    return published_data / "financial_sample" / "Financials.csv"


@pytest.fixture(scope="session")
def workbook(published_data: Path) -> Path:
    return published_data / "financial_sample" / "Financial Sample.xlsx"


@pytest.fixture(scope="session")
def screenshot():
    """The module that takes pictures of dashboards, where there is a browser."""
    if not (shutil.which("chromium") or shutil.which("chromium-browser")):
        skip("no Chromium: apt-get install chromium")
    from tradewind.dashboards import screenshot

    return screenshot


@contextmanager
def administrators_page(screenshot: ModuleType, superset: Superset) -> Iterator[Page]:
    """A browser in which the administrator is logged in; its tests load Superset's scripts once."""
    with screenshot.browser_page(1440) as page:
        screenshot.log_in(page, superset.base, "admin", superset.password)
        yield page


@pytest.fixture(scope="session")
def orders_archive(published_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published sample of e-commerce orders, as the one archive that users download."""
    archive = tmp_path_factory.mktemp("orders") / "archive.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for path in sorted((published_data / "olist" / "sample_15000_orders").iterdir()):
            with (
                (gzip.open if path.suffix == ".gz" else open)(path, "rb") as source,
                packed.open(path.name.removesuffix(".gz"), "w") as target,
            ):
                shutil.copyfileobj(source, target)
    return archive
