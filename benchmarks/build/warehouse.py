"""One warehouse of the benchmark: the project's own commands load files and build models."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from benchmarks.load.measure import measure
from benchmarks.load.server import PASSWORD, Database, Server
from tradewind.settings import ROLES, text

#: Where the lineage of sales begins.
_SALES = "source.tradewind.sales.transactions"

#: The dbt hook that publishes, the second at the end of a run.
_PUBLISHING = "operation.tradewind.tradewind-on-run-end-1"

#: Their rows contain the time of their publication.
_STAMPED = {"marts.mart_data_status", "marts.mart_dashboard_status"}


@dataclass(frozen=True, slots=True)
class Build:
    """What one build cost, in seconds; `models`, `tests` and `publishing` are dbt's times for sales.

    `command` is the wall time of the whole command, `cpu` the database's CPU time in it. `slowest` has the
    seconds of each node, the longest first.
    """

    models: float
    tests: float
    publishing: float
    command: float
    cpu: float
    steps: int
    slowest: Mapping[str, float] = field(default_factory=dict)

    @property
    def building(self) -> float:
        """Models and publishing."""
        return self.models + self.publishing

    @property
    def total(self) -> float:
        """Models, tests and publishing."""
        return self.building + self.tests


class Warehouse:
    """A database, and the copy of the project that fills it; dbt's results go to `folder`.

    `environment` has further variables for the project's commands, such as where Superset's database is.
    """

    def __init__(
        self,
        server: Server,
        database: Database,
        project: Path,
        folder: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._server = server
        self._project = project
        self._folder = folder
        self._database = database
        folder.mkdir()
        self._environment = {
            "WAREHOUSE_URL": database.url,
            "TRADEWIND_STATE": str(folder),
            "LANDING_DIR": str(folder / "landing"),
            "PYTHONPATH": "",
            **{f"{role.upper()}_PASSWORD": PASSWORD for role in ROLES},
            **(environment or {}),
        }

    def load(self, *paths: Path) -> float:
        """Load files; returns the seconds that it took."""
        command = [sys.executable, "-m", "ingestion", "load", *map(str, paths)]
        return self._run(command).command

    def build(self, *, full_refresh: bool = False) -> Build:
        """Build, test and publish all models.

        Raises:
            RuntimeError: if nothing was published, since the figures would be meaningless.
        """
        cost = self._run(
            [sys.executable, "-m", "tradewind", "build", *(["--full-refresh"] if full_refresh else [])]
        )
        results = self._read("run_results")["results"]
        published = self.rows("select invocation_id from ops.publications order by published_at desc limit 1")
        if published != [(self._read("run_results")["metadata"]["invocation_id"],)]:
            raise RuntimeError("the build was not published")
        return summary(results, sales_path(self._read("manifest")), cost.command, cost.server_cpu)

    def rows(self, query: str, role: str = "transformer") -> list[tuple]:
        """The rows of a query."""
        url = make_url(self._database.url).set(username=role, password=PASSWORD)
        with psycopg.connect(text(url)) as connection:
            return connection.execute(query).fetchall()

    def digests(self) -> dict[str, str]:
        """A hash of all rows, in any order, of each fact, dimension and published mart."""
        tables = self.rows(
            "select schemaname || '.' || tablename from pg_tables where schemaname in ('core', 'marts')"
        )
        digest = (
            "select count(*) || ' ' || coalesce(sum(hashtextextended(cast(t as text), 0)), 0) from {} as t"
        )
        return {name: self.rows(digest.format(name))[0][0] for (name,) in sorted(tables)}

    def _run(self, command: list[str]):
        return measure(self._server, command, self._project, self._environment, says_its_work=False)

    def _read(self, name: str) -> dict:
        return json.loads((self._folder / "dbt" / f"{name}.json").read_text())


def differing(some: dict[str, str], others: dict[str, str]) -> list[str]:
    """Names of tables whose rows differ, or that are missing on one side."""
    names = sorted(set(some) | set(others))
    return [name for name in names if name not in _STAMPED and some.get(name) != others.get(name)]


def sales_path(manifest: dict) -> frozenset[str]:
    """Models that read sales, directly or through others, and their tests."""
    children = manifest["child_map"]
    found, waiting = set(), [_SALES]
    while waiting:
        for child in children.get(waiting.pop(), []):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return frozenset(found)


def summary(results: list[dict], path: frozenset[str], command: float, cpu: float) -> Build:
    """Add up dbt's times for the nodes in `path`, and for publishing."""
    seconds = {each["unique_id"]: each["execution_time"] for each in results}
    of_kind = {
        kind: {name: value for name, value in seconds.items() if name in path and name.split(".")[0] in kinds}
        for kind, kinds in {"models": ("model",), "tests": ("test", "unit_test")}.items()
    }
    nodes = {**of_kind["models"], **of_kind["tests"], _PUBLISHING: seconds.get(_PUBLISHING, 0.0)}
    return Build(
        models=sum(of_kind["models"].values()),
        tests=sum(of_kind["tests"].values()),
        publishing=seconds.get(_PUBLISHING, 0.0),
        command=command,
        cpu=cpu,
        steps=sum(not name.startswith("operation.") for name in seconds),
        slowest=dict(sorted(nodes.items(), key=lambda item: -item[1])),
    )
