"""Runs dbt on the warehouse: one environment for the DAGs, the Makefile and an analyst's own calls."""

from __future__ import annotations

import gc
import hashlib
import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout, suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from ingestion.contract.files import CONTRACTS
from ingestion.database.connection import connect_as
from ingestion.database.migration import BUILD_LOCK
from tradewind.currencies import symbol
from tradewind.settings import ROOT, Settings
from tradewind.stamps import Stamps
from tradewind.warehouse import libpq
from tradewind.warehouse.failed_builds import failed_build, is_transient, ledger_version, note_failed
from tradewind.warehouse.lean_dbt import lean_dbt
from tradewind.warehouse.progress import progress
from tradewind.warehouse.publications import changed_sources, has_published, note_project, project_of_marts
from tradewind.warehouse.sources import follow_contracts

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunner, dbtRunnerResult

PROJECT = ROOT / "dbt_project"

#: dbt's commands that write tables, or test tables that another one may be writing.
WRITING = frozenset({"build", "run", "seed", "snapshot", "test", "run-operation", "clone", "retry"})

_PROJECT_FILES = frozenset({".sql", ".yml", ".csv"})
#: Stamp in dbt's folder: unit tests of models try logic, not data, so they run once per project version.
UNIT_TESTS = "unit_tests_passed"

#: Leaves out the manifest, which dbt writes twice in each build: a second of CPU time.
_NO_JSON = "--no-write-json"

log = logging.getLogger(__name__)


class BuildError(Exception):
    """A model or a test of the build failed; the message names them.

    Attributes:
        steps: unique ids of all that the build was to run.
        run: dbt's invocation id of the build, by which `ops` keeps its results.
        is_transient: whether the same build may succeed next time, as after a lost connection; a test that
            failed would fail again.
    """

    def __init__(
        self, message: str, steps: Sequence[str] = (), *, run: str = "", is_transient: bool = False
    ) -> None:
        super().__init__(message)
        self.steps = steps
        self.run = run
        self.is_transient = is_transient


@dataclass(frozen=True)
class BuildResult:
    """What a build did: steps run, steps that warn, and whether executives now see its figures."""

    steps: int
    warnings: list[str]
    published: bool


def environment(settings: Settings) -> dict[str, str]:
    """Variables that `dbt_project/profiles.yml`, dbt itself and its libpq read."""
    url = settings.role_url("transformer")
    target = settings.state / "dbt"
    return {
        **libpq.variables(url),
        "WAREHOUSE_HOST": url.host or "127.0.0.1",
        "WAREHOUSE_PORT": str(url.port or 5432),
        "WAREHOUSE_DATABASE": url.database or "",
        "WAREHOUSE_USER": url.username or "",
        "DBT_ENV_SECRET_WAREHOUSE_PASSWORD": url.password or "",
        "DBT_PROJECT_DIR": str(PROJECT),
        "DBT_PROFILES_DIR": str(PROJECT),
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(target / "logs"),
        # a line per statement and more, which dbt scrubs of secrets one by one
        "DBT_LOG_LEVEL_FILE": os.environ.get("DBT_LOG_LEVEL_FILE", "info"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        **settings.of_models,
        "CURRENCY_SYMBOL": symbol(settings.reporting_currency),
        # What models share; when it changes, all of them are rebuilt.
        "TRADEWIND_MACROS": _hash(
            [PROJECT / "dbt_project.yml", *(PROJECT / "macros").rglob("*.sql")], settings.of_models
        ),
    }


def run_dbt(arguments: Sequence[str], settings: Settings):
    """Run a dbt command in this process, alone if it writes; returns dbt's own result object.

    `parse` must also fail if a model could silently go stale (`macros/slices/declared.sql`). dbt has no hook
    for that, so it is checked afterwards.
    """
    from dbt.cli.main import dbtRunner  # a second to import: only where dbt is run

    lock = alone(settings) if WRITING.intersection(arguments) else nullcontext()
    with lock, _ready_for_dbt(settings):
        outcome = dbtRunner().invoke(list(arguments))
        if list(arguments[:1]) != ["parse"] or not outcome.success:
            return outcome
        folders = [word for word in arguments[1:] if word not in ("--no-partial-parse", "--quiet", "-q")]
        return _work_out(dbtRunner(manifest=outcome.result), "{{ refuse_undeclared() }}", folders)


def build(settings: Settings, *, select: str = "", full_refresh: bool = False) -> BuildResult:
    """Build and test the models; a complete build that passes is published.

    Files that are generated from the contracts, and raw tables, follow the contracts first.

    Args:
        settings: which warehouse.
        select: dbt's selection of nodes; all of them where empty. A partial build never publishes.
        full_refresh: rebuild every model and seed.

    Raises:
        BuildError: naming each model and test that failed, and what is wrong with contracts. What executives
            see is as it was.
    """
    problems = follow_contracts(settings)
    try:
        return _build(settings, select, full_refresh)
    except BuildError as error:
        if not problems:
            raise
        raise BuildError(
            "; ".join([str(error), *problems]), error.steps, run=error.run, is_transient=error.is_transient
        ) from error


def _build(settings: Settings, select: str, full_refresh: bool) -> BuildResult:
    arguments = ["build"]
    if select:
        arguments += ["--select", *select.split()]
    if full_refresh:
        arguments.append("--full-refresh")
    project = project_version(settings)
    if select:
        return _run(arguments, settings, project, is_complete=False)
    with _noting_failure(settings):
        return _build_all(arguments, settings, project, is_narrow=not full_refresh)


def _build_all(arguments: Sequence[str], settings: Settings, project: str, *, is_narrow: bool) -> BuildResult:
    sources = changed_sources(settings, project) if is_narrow else None
    built: set[str] | None = None
    # again if loads arrived meanwhile
    while sources is not None and (built is None or not built.issuperset(sources)):
        built = (built or set()).union(sources)
        result = _narrow(arguments, settings, project, sorted(built))
        if result is None:
            break
        if result.published:
            return result
        sources = changed_sources(settings, project)
    if built is not None:
        log.info("a build of what new loads reach was not published: building everything")
    return _run(arguments, settings, project, is_complete=True)


def _narrow(
    arguments: Sequence[str], settings: Settings, project: str, sources: Sequence[str]
) -> BuildResult | None:
    """A build of what loads of these sources reach; None if it failed and a full build could still succeed.

    Raises:
        BuildError: it failed, and left out nothing that needs a build: one of everything would fail too.
    """
    arguments = [*arguments, *_reached_by(sources)]
    if _has_manifest(settings, project):
        arguments.append(_NO_JSON)
    try:
        return _run(arguments, settings, project, is_complete=True)
    except BuildError as error:
        if error.is_transient or not _left_out(error.steps, settings):
            raise
        return None


@contextmanager
def _noting_failure(settings: Settings) -> Iterator[None]:
    """Keep in the warehouse that the build failed, and on what; see `tradewind.warehouse.failed_builds`."""
    ledger = ledger_version(settings)
    try:
        yield
    except BuildError as error:
        with suppress(psycopg.Error):
            note_failed(
                settings,
                error.run,
                inputs_version(settings),
                ledger,
                str(error),
                transient=error.is_transient,
            )
        raise


def is_outdated(settings: Settings) -> bool:
    """Whether the published marts were built by another version of the project, as after an upgrade."""
    return project_of_marts(settings) != project_version(settings)


def nothing_to_build(settings: Settings) -> str | None:
    """Why a build would change nothing; None if there may be work."""
    if not progress(settings).is_behind:
        return "The marts already include every load: nothing to build."
    if (failed := failed_build(settings, inputs_version(settings))) and failed.waits:
        return (
            f"The build of {failed.when} failed, and nothing has changed since. It waits for a load, for a"
            f" change of the project, or for you to trigger transform: {failed.message}"
        )
    return None


def _left_out(steps: Sequence[str], settings: Settings) -> bool:
    """Whether a model or test that is not among these, by unique id, has something to do."""
    question = "{% if execute %}{{ left_out_wrongly(" + repr(list(steps)) + ") | join(' ') }}{% endif %}"
    from dbt.cli.main import dbtRunner

    with _ready_for_dbt(settings):
        outcome = _work_out(dbtRunner(), question)
    return not outcome.success or bool(outcome.result.results[0].node.compiled_code.strip())


def _work_out(runner: dbtRunner, code: str, options: Sequence[str] = ()) -> dbtRunnerResult:
    """Have dbt render a piece of Jinja, and nothing else; what dbt prints of it is shown only if it fails."""
    printed = StringIO()
    with redirect_stdout(printed):
        # without files: those of the build before it stay
        quietly = ["--quiet", "--no-populate-cache", _NO_JSON]
        outcome = runner.invoke(["compile", "--inline", code, *quietly, *options])
    if not outcome.success:
        print(printed.getvalue(), end="")
    return outcome


def _reached_by(sources: Sequence[str]) -> list[str]:
    """Options that leave out models and tests that no load of these sources reaches.

    Safe by what `publish` asks for: a model that is left out has nothing to do, and a test reads nothing that
    changed.
    """
    # made by every build: seeds, tables that keep no account of what they read, views dropped with them
    always = [
        "resource_type:seed+1",
        "config.materialized:table",
        *(f"stg_ops__loads+1,{what}" for what in ("config.materialized:view", "resource_type:test")),
        "resource_type:seed+2,config.materialized:view",
        "mart_data_status+1",
        "mart_dashboard_status+1",
    ]
    return ["--indirect-selection", "empty", "--select", *always, *(f"source:{name}+" for name in sources)]


def _run(arguments: Sequence[str], settings: Settings, project: str, *, is_complete: bool) -> BuildResult:
    """Run dbt's build; what it found, as `build` says."""
    stamps = Stamps(settings.state / "dbt")
    if stamps.is_current(UNIT_TESTS, project):
        arguments = [*arguments, "--exclude-resource-type", "unit_test"]
    outcome = run_dbt(arguments, settings)
    from dbt_common.invocation import get_invocation_id

    run = get_invocation_id()
    if outcome.exception:
        message = str(outcome.exception)
        raise BuildError(
            f"dbt: {message}", run=run, is_transient=is_transient(message)
        ) from outcome.exception
    if _NO_JSON in arguments:
        from dbt.constants import RUN_RESULTS_FILE_NAME

        # the option also leaves out what this run found, which `dbt retry` starts from
        outcome.result.write(str(settings.state / "dbt" / RUN_RESULTS_FILE_NAME))
    results = outcome.result.results
    if not outcome.success:
        raise _failure(results, run)
    published = has_published(settings, run)
    if is_complete:
        if _NO_JSON not in arguments:  # the manifest that it stands for was not written by this build
            stamps.set(UNIT_TESTS, project)
        note_project(settings, run, project)
    warnings = [f"{r.node.name}: {r.message}" for r in results if r.status == "warn"]
    return BuildResult(len(results), warnings, published)


def _has_manifest(settings: Settings, project: str) -> bool:
    """Whether a build of this version wrote `manifest.json`, and no other command of dbt did since."""
    folder = settings.state / "dbt"
    manifest, stamp = folder / "manifest.json", folder / UNIT_TESTS
    if not manifest.is_file() or not Stamps(folder).is_current(UNIT_TESTS, project):
        return False
    return manifest.stat().st_mtime_ns <= stamp.stat().st_mtime_ns


def _failure(results: Sequence[Any], run: str = "") -> BuildError:
    """The error of a failed run of dbt, from its results."""
    broken = [r for r in results if r.status in ("error", "fail")]
    message = "; ".join(f"{r.node.name}: {r.message}" for r in broken) or "failed without a message"
    transient = bool(broken) and all(r.status == "error" and is_transient(str(r.message)) for r in broken)
    steps = [r.node.unique_id for r in results]
    return BuildError(f"dbt: {message}", steps, run=run, is_transient=transient)


def project_changed_at() -> float:
    """When a file of the project was last changed, added or removed, in seconds of the epoch."""
    paths = (path for path in PROJECT.rglob("*") if path.is_dir() or path.suffix in _PROJECT_FILES)
    return max(path.stat().st_mtime for path in paths)


def project_version(settings: Settings) -> str:
    """Version of the project: a hash of its files and of the settings that models read."""
    return _hash(_project_files(), settings.of_models)


def inputs_version(settings: Settings) -> str:
    """Version of all that a build depends on besides data: the project, and the contracts that it follows."""
    return _hash([*_project_files(), *CONTRACTS.rglob("*.yaml")], settings.of_models)


def _project_files() -> list[Path]:
    return [path for path in PROJECT.rglob("*") if path.suffix in _PROJECT_FILES]


def _hash(files: Iterable[Path], settings: Mapping[str, str]) -> str:
    parts = [path.read_bytes() for path in sorted(files)]
    parts += [f"{name}={value}".encode() for name, value in settings.items() if value]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def is_building(settings: Settings) -> bool:
    """Whether a build is at work now, whoever started it."""
    held = (
        "select exists (select from pg_locks where locktype = 'advisory' and objid = %s and classid = 0"
        " and granted and database = (select oid from pg_database where datname = current_database()))"
    )
    with connect_as(settings, "transformer") as connection:
        return connection.execute(held, [BUILD_LOCK]).fetchone()[0]


@contextmanager
def _variables(values: dict[str, str]) -> Iterator[None]:
    """Set environment variables, and put back what was there: libpq reads them for other databases too."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _ready_for_dbt(settings: Settings) -> Iterator[None]:
    """dbt's environment variables, and dbt without the work that nobody needs."""
    with _variables(environment(settings)), _no_collections(), lean_dbt(settings.state):
        yield


@contextmanager
def _no_collections() -> Iterator[None]:
    """Do not search for garbage: nearly all that dbt makes lives as long as dbt runs."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Hold the build lock; another build waits, and the lock is gone with the process that held it."""
    with connect_as(settings, "transformer", autocommit=True) as connection:
        if not connection.execute("select pg_try_advisory_lock(%s)", [BUILD_LOCK]).fetchone()[0]:
            log.info("another build is running: waiting for it")
            connection.execute("select pg_advisory_lock(%s)", [BUILD_LOCK])
        yield
