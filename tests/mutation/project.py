"""The project under test: parsed once, and built once into a database of which every mutant gets a copy.

A mutant is never written to a file: it replaces the model's text in the manifest of a forked process, so
mutants run in parallel and nothing is parsed again.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL

from tests.conftest import PASSWORD
from tests.mutation.mutators import Mutant, mutants
from tradewind.settings import ROLES, Settings, text
from tradewind.warehouse.build import PROJECT, environment

#: A mutant that takes longer than this for one statement counts as killed: a join went wrong.
STATEMENT_TIMEOUT = "30s"

_FORK = multiprocessing.get_context("fork")

#: dbt results that stop a build.
_BROKEN = ("error", "fail", "runtime error")


class ProjectError(Exception):
    """The project fails without any mutation, so mutants cannot be judged."""


@dataclass(frozen=True)
class Verdict:
    """The outcome of a mutant; `by` is the test that killed it, or why it does not count."""

    state: str
    by: str = ""

    @property
    def counts(self) -> bool:
        """Whether the mutant is valid SQL that keeps the model's contract."""
        return self.state != "invalid"


@dataclass
class Project:
    """A dbt project, a database that holds its sources' rows, and a folder for what dbt writes."""

    base: URL
    state: Path
    folder: Path = PROJECT
    manifest: Any = field(init=False)

    def __post_init__(self) -> None:
        before = dict(os.environ)
        os.environ.update(self._environment(self.base.database))
        try:
            outcome = _dbt(["parse"], None)
        finally:
            os.environ.clear()
            os.environ.update(before)
        if outcome.exception:
            raise ProjectError(f"without any mutation: {outcome.exception}")
        self.manifest = outcome.result

    def models(self) -> dict[str, Any]:
        """Nodes of the models by name."""
        return {n.name: n for n in self.manifest.nodes.values() if n.resource_type == "model"}

    def mutants_of(self, model: str) -> list[Mutant]:
        node = self.models()[model]
        types = {name.lower(): column.data_type or "" for name, column in node.columns.items()}
        return mutants(model, node.raw_code, types)

    def build(self) -> None:
        """Build the unchanged project, which must pass, in the database that is copied for mutants.

        Raises:
            ProjectError: naming what fails.
        """
        broken = next(run_all([lambda: self._build_base()], jobs=1))[1]
        if broken:
            raise ProjectError("without any mutation: " + "; ".join(broken))

    def judge_all(self, chosen: Iterable[Mutant], jobs: int) -> Iterator[tuple[Mutant, Verdict]]:
        """Judge mutants in forked processes; yields results as they are ready."""
        chosen = list(chosen)
        with self._copy("units") as units:
            tasks = [lambda mutant=mutant: self._judge(mutant, units) for mutant in chosen]
            for i, verdict in run_all(tasks, jobs):
                yield chosen[i], verdict

    def _judge(self, mutant: Mutant, units: str) -> Verdict:
        """Run unit tests first, in a database that is not written to; then the model and what reads it."""
        self.models()[mutant.model].raw_code = mutant.text
        unit_tests = [t for t in self.manifest.unit_tests.values() if t.model == mutant.model]
        if unit_tests:
            results = self._run(units, ["test", "--select", f"{mutant.model},test_type:unit"])
            if failed := [r for r in results if r.status == "fail"]:
                return Verdict("killed", failed[0].node.name)
            if errors := [r for r in results if r.status in _BROKEN]:
                return self._by_error(mutant, units, errors[0])
        with self._copy(f"mutant_{os.getpid()}") as database:
            arguments = ["build", "--full-refresh", "--fail-fast", "--exclude-resource-type", "unit_test"]
            results = self._run(database, [*arguments, "--select", f"{mutant.model}+1"])
            broken = [r for r in results if r.status in _BROKEN]
            if not broken:
                return Verdict("survived")
            if broken[0].node.name == mutant.model:
                return self._by_error(mutant, database, broken[0])
            return Verdict("killed", broken[0].node.name)

    def _by_error(self, mutant: Mutant, database: str, result: Any) -> Verdict:
        """Whether an error of the database comes from the text of the mutant or from its rows."""
        message = " ".join(str(result.message).split())
        if "enforced contract" in message:
            return Verdict("invalid", "breaks the contract")
        compiled = self._run(database, ["compile", "--select", mutant.model])[0].node.compiled_code
        with psycopg.connect(text(self._as_transformer(database))) as connection:
            try:
                connection.execute(f"explain {compiled}")
            except psycopg.Error as error:
                return Verdict("invalid", str(error).splitlines()[0])
        return Verdict("killed", f"{result.node.name}: {message[-80:]}")

    def _build_base(self) -> list[str]:
        results = self._run(self.base.database, ["build"])
        return [f"{r.node.name}: {r.message}" for r in results if r.status in _BROKEN]

    def _run(self, database: str, arguments: list[str]) -> list[Any]:
        """Results of a dbt command in a database; all names in the manifest are changed accordingly."""
        os.environ.update(self._environment(database))
        for node in [*self.manifest.nodes.values(), *self.manifest.sources.values()]:
            if node.relation_name:
                node.relation_name = node.relation_name.replace(f'"{node.database}"', f'"{database}"', 1)
            node.database = database
        outcome = _dbt(arguments, self.manifest)
        if outcome.exception:
            raise outcome.exception
        return outcome.result.results

    @contextmanager
    def _copy(self, name: str) -> Iterator[str]:
        """Name of a copy of the base database, which is dropped afterwards."""
        server = self.base.set(database="postgres")
        copy, base = sql.Identifier(name), sql.Identifier(self.base.database)
        with psycopg.connect(text(server), autocommit=True) as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(copy))
            connection.execute(sql.SQL("create database {} template {}").format(copy, base))
        try:
            yield name
        finally:
            with psycopg.connect(text(server), autocommit=True) as connection:
                connection.execute(sql.SQL("drop database {} with (force)").format(copy))
            shutil.rmtree(self.state / name, ignore_errors=True)

    def _as_transformer(self, database: str) -> URL:
        return self.base.set(database=database, username="transformer", password=PASSWORD)

    def _environment(self, database: str) -> dict[str, str]:
        """dbt variables for a database; each process writes into its own folder."""
        passwords = {f"{role.upper()}_PASSWORD": PASSWORD for role in ROLES}
        target = self.state / database / str(os.getpid())
        settings = Settings.load(
            {
                "WAREHOUSE_URL": text(self.base.set(database=database)),
                "TRADEWIND_STATE": str(target),
                **passwords,
            }
        )
        return {
            **environment(settings),
            "DBT_PROJECT_DIR": str(self.folder),
            "DBT_PROFILES_DIR": str(self.folder),
            "PGOPTIONS": f"-c statement_timeout={STATEMENT_TIMEOUT} -c jit=off",
        }


def run_all(tasks: list[Callable[[], Any]], jobs: int) -> Iterator[tuple[int, Any]]:
    """Number and result of each task, each run in its own forked process, at most `jobs` at once."""
    waiting = list(enumerate(tasks))
    running: dict[Connection, tuple[int, Any]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                number, task = waiting.pop(0)
                ours, theirs = _FORK.Pipe(duplex=False)
                process = _FORK.Process(target=_send, args=(task, theirs))
                process.start()
                theirs.close()
                running[ours] = number, process
            for ready in wait(list(running)):
                number, process = running.pop(ready)
                result = _receive(ready)
                process.join()
                if isinstance(result, Exception):
                    raise result
                yield number, result
    finally:
        for _, process in running.values():
            process.terminate()
            process.join()


def _send(task: Callable[[], Any], pipe: Connection) -> None:
    try:
        pipe.send(task())
    except Exception as error:
        pipe.send(ProjectError(f"{type(error).__name__}: {error}"))


def _receive(pipe: Connection) -> Any:
    try:
        return pipe.recv()
    except EOFError:
        return ProjectError("a process ended without a result")
    finally:
        pipe.close()


def _dbt(arguments: list[str], manifest: Any) -> Any:
    from dbt.cli.main import dbtRunner  # a second to import

    quiet = [
        "--quiet",
        "--log-level",
        "none",
        "--log-level-file",
        "none",
        "--no-write-json",
        "--threads",
        "2",
    ]
    if arguments[0] == "parse":
        quiet = quiet[:-2]
    return dbtRunner(manifest).invoke([*arguments, *quiet])
