"""Loads files and builds models like the programs do."""

import os
import pty
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL

import tradewind.__main__
from deploy.databases.warehouse import connect
from ingestion.loading.load import load
from tests.conftest import Warehouse, new_warehouse
from tests.support.forked import run_forked, run_module
from tradewind.settings import ROOT, Settings
from tradewind.warehouse.build import PROJECT, environment

#: Name of every warehouse that is built here: for another name dbt would parse the whole project again.
DATABASE = "built"

#: Nobody reads dbt's log file here, which has a line for each event.
_NO_LOG = {"DBT_LOG_LEVEL_FILE": "none"}

#: Variable by which dbt leaves out kinds of steps.
_LEFT_OUT = "DBT_EXCLUDE_RESOURCE_TYPES"

#: Time of the build, not of the data.
_UNLIKE = {"mart_data_status": ["published_at"], "mart_dashboard_status": ["published_at"]}

#: Calls of generated macros whose text depends on which sources are mapped.
_OF_MAPPINGS = re.compile(r"\b(sources_of_\w+|relation_of|kpis)\(")


@contextmanager
def built_warehouse(server: URL, template: str = "") -> Iterator[Warehouse]:
    """The current warehouse, empty or a copy of another database; it is dropped afterwards."""
    if template:
        administer(server, "create database {} template {}", DATABASE, template)
    yield new_warehouse(server, DATABASE)
    administer(server, "drop database {} with (force)", DATABASE)


def administer(server: URL, statement: str, *names: str) -> None:
    """Run a statement about databases, whose names fill its braces."""
    with connect(server) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def run_tradewind(warehouse: Warehouse, state: Path, *arguments: str) -> CompletedProcess:
    """Run `python -m tradewind`, with dbt's results in `state`."""
    variables = {**warehouse.environment(), "TRADEWIND_STATE": str(state)}
    return run_forked(tradewind.__main__.main, arguments, {**variables, **_NO_LOG})


def run_dbt(warehouse: Warehouse, state: Path, *arguments: str) -> CompletedProcess:
    """Run `dbt` itself, in the environment that it needs here."""
    settings = Settings.load({**warehouse.environment(), "TRADEWIND_STATE": str(state)})
    return run_forked(_dbt, arguments, {**os.environ, **environment(settings), **_NO_LOG})


def _dbt(arguments: list[str]) -> None:
    from dbt.cli.main import cli

    cli(arguments)


def new_state(folder: Path, parsed: Path) -> Path:
    """A state folder that starts with what dbt has parsed for another: it parses only what differs."""
    cache = Path("dbt", "partial_parse.msgpack")
    if (parsed / cache).exists():
        (folder / cache).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(parsed / cache, folder / cache)
    return folder


def load_file(warehouse: Warehouse, path: Path) -> int:
    """Load a file, which must succeed; returns its number in the ledger."""
    (result,) = load([path], url=warehouse.url("loader"))
    assert result.is_fine, result.message
    return result.load_id


def digests(warehouse: Warehouse) -> dict[str, tuple]:
    """Number and hash of the rows of each table that builds create."""
    found = {}
    with psycopg.connect(warehouse.url("transformer")) as connection:
        tables = connection.execute(
            "select schemaname, tablename from pg_tables"
            " where schemaname in ('core', 'marts_next', 'marts')"
            " or schemaname = 'staging' and tablename like 'stg\\_%'"
            " or schemaname = 'ops' and tablename like 'kpi\\_%' order by 1, 2"
        ).fetchall()
        for schema, table in tables:
            row = f"to_jsonb(t) - '{{{','.join(_UNLIKE.get(table, []))}}}'::text[]"
            found[f"{schema}.{table}"] = connection.execute(
                f"select count(*), sum(hashtextextended(({row})::text, 0)) from {schema}.{table} as t"
            ).fetchone()
    return found


class Checkout:
    """The parts of the repository that load and build, and `more`, copied; `parsed` is as in `new_state`."""

    def __init__(self, folder: Path, warehouse: Warehouse, parsed: Path, more: Iterable[str] = ()) -> None:
        self.folder = folder
        for part in ("ingestion", "tradewind", "dbt_project", "docs", *more):
            # with what Python has compiled of it
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("target", "logs"))
        state = new_state(folder / "state", parsed)
        self.environment = {
            **warehouse.environment(),
            "TRADEWIND_STATE": str(state),
            _LEFT_OUT: "unit_test",
            **_NO_LOG,
        }

    def contracts(self) -> set[str]:
        """The files of contracts and mappings, from their folder on."""
        folder = self.folder / "ingestion" / "contracts"
        return {path.relative_to(folder).as_posix() for path in folder.rglob("*.yaml")}

    def run_in_terminal(self, answers: bytes, *arguments: str | Path, code: int = 0) -> str:
        """Run a module as `run` does, for a person in a terminal who gives these answers."""
        ours, theirs = pty.openpty()
        try:
            os.write(ours, answers)
            return self.run(*arguments, code=code, stdin=os.ttyname(theirs))
        finally:
            os.close(theirs)
            os.close(ours)

    def run(self, *arguments: str | Path, code: int = 0, stdin: str = os.devnull) -> str:
        """Run a module, which must exit with this code; returns its output.

        Builds leave out the unit tests of models, all of which they would run again for each change of the
        project: `try_unit_tests` runs those that it concerns.
        """
        return self._run(self.environment, *arguments, code=code, stdin=stdin)

    def try_unit_tests(self) -> None:
        """Run the unit tests of the models that are only here, and of those that mappings change.

        Those of all others are as they were: `test_published_figures.py` runs them.
        """
        found = {path.stem: path for path in (self.folder / "dbt_project" / "models").rglob("*.sql")}
        new = found.keys() - {path.stem for path in (PROJECT / "models").rglob("*.sql")}
        changed = {name for name, path in found.items() if _OF_MAPPINGS.search(path.read_text())}
        assert new and changed
        chosen = [f"{name},test_type:unit" for name in sorted(new | changed)]
        environment = {name: value for name, value in self.environment.items() if name != _LEFT_OUT}
        output = self._run(environment, "tradewind", "dbt", "test", "--select", *chosen)
        assert "START unit_test int_sales_lines::" in output

    def _run(
        self, environment: dict[str, str], *arguments: str | Path, code: int = 0, stdin: str = os.devnull
    ) -> str:
        done = run_module(self.folder, list(map(str, arguments)), environment, stdin)
        assert done.returncode == code, done.stdout
        return done.stdout
