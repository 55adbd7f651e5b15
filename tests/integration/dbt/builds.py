"""Loads files and builds models like the programs do."""

import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess

from psycopg import sql
from sqlalchemy.engine import URL

import tradewind.__main__
from deploy.databases.warehouse import connect
from ingestion.loading.load import load
from tests.conftest import Warehouse, new_warehouse
from tests.support.forked import run_forked
from tradewind.settings import ROOT, Settings
from tradewind.warehouse.build import environment

#: Name of every warehouse that is built here: for another name dbt would parse the whole project again.
DATABASE = "built"

#: Nobody reads dbt's log file here, which has a line for each event.
_NO_LOG = {"DBT_LOG_LEVEL_FILE": "none"}


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


class Checkout:
    """The parts of the repository that load and build, and `more`, copied; `parsed` is as in `new_state`."""

    def __init__(self, folder: Path, warehouse: Warehouse, parsed: Path, more: Iterable[str] = ()) -> None:
        self.folder = folder
        for part in ("ingestion", "tradewind", "dbt_project", "docs", *more):
            shutil.copytree(
                ROOT / part, folder / part, ignore=shutil.ignore_patterns("target", "__pycache__")
            )
        state = new_state(folder / "state", parsed)
        self.environment = {**warehouse.environment(), "TRADEWIND_STATE": str(state)}

    def contracts(self) -> set[str]:
        """The files of contracts and mappings, from their folder on."""
        folder = self.folder / "ingestion" / "contracts"
        return {path.relative_to(folder).as_posix() for path in folder.rglob("*.yaml")}

    def run_in_terminal(self, answers: bytes, *arguments: str | Path, code: int = 0) -> str:
        """Run a module as `run` does, for a person in a terminal who gives these answers."""
        ours, theirs = pty.openpty()
        try:
            os.write(ours, answers)
            return self.run(*arguments, code=code, stdin=theirs)
        finally:
            os.close(theirs)
            os.close(ours)

    def run(self, *arguments: str | Path, code: int = 0, stdin: int | None = None) -> str:
        """Run a module, which must exit with this code; returns its output."""
        done = subprocess.run(
            [sys.executable, "-m", *map(str, arguments)],
            cwd=self.folder,
            env=self.environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == code, done.stdout
        return done.stdout
