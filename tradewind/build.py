"""Runs dbt on the warehouse: one environment for the DAGs, the Makefile and an analyst's own calls."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from tradewind.settings import ROOT, Settings, text

PROJECT = ROOT / "dbt_project"

#: Key of the advisory lock that keeps two builds from writing the same tables.
BUILD_LOCK = 0x7241DE

log = logging.getLogger(__name__)


class BuildError(Exception):
    """A model or a test of the build failed; the message names them."""


@dataclass(frozen=True)
class BuildResult:
    """What a build did: steps run, steps that warn, and whether executives now see its figures."""

    steps: int
    warnings: list[str]
    published: bool


def environment(settings: Settings) -> dict[str, str]:
    """Variables that `dbt_project/profiles.yml` and dbt itself read."""
    url = settings.role_url("transformer")
    target = settings.state / "dbt"
    return {
        "WAREHOUSE_HOST": url.host or "127.0.0.1",
        "WAREHOUSE_PORT": str(url.port or 5432),
        "WAREHOUSE_DATABASE": url.database or "",
        "WAREHOUSE_USER": url.username or "",
        "WAREHOUSE_SSLMODE": str(url.query.get("sslmode", "prefer")),
        "DBT_ENV_SECRET_WAREHOUSE_PASSWORD": url.password or "",
        "DBT_PROJECT_DIR": str(PROJECT),
        "DBT_PROFILES_DIR": str(PROJECT),
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(target / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def dbt(arguments: Sequence[str], settings: Settings):
    """Run a dbt command in this process and return dbt's own result object."""
    os.environ.update(environment(settings))
    from dbt.cli.main import dbtRunner  # a second to import: only where dbt is run

    return dbtRunner().invoke(list(arguments))


def build(settings: Settings, *, select: str = "", full_refresh: bool = False) -> BuildResult:
    """Build and test the models; a complete build that passes is published.

    Args:
        settings: which warehouse.
        select: dbt's selection of nodes; all of them where empty. A partial build never publishes.
        full_refresh: build incremental models anew.

    Raises:
        BuildError: naming each model and test that failed. What executives see is as it was.
    """
    arguments = ["build"]
    if select:
        arguments += ["--select", *select.split()]
    if full_refresh:
        arguments.append("--full-refresh")
    with _alone(settings) as connection:
        before = _publications(connection)
        outcome = dbt(arguments, settings)
        if outcome.exception:
            raise outcome.exception
        results = outcome.result.results
        if not outcome.success:
            broken = [f"{r.node.name}: {r.message}" for r in results if r.status in ("error", "fail")]
            raise BuildError("dbt: " + "; ".join(broken or ["failed without a message"]))
        warnings = [f"{r.node.name}: {r.message}" for r in results if r.status == "warn"]
        return BuildResult(len(results), warnings, published=_publications(connection) > before)


@contextmanager
def _alone(settings: Settings) -> Iterator[psycopg.Connection]:
    """Hold the build lock; another build waits, and the lock is gone with the process that held it."""
    with psycopg.connect(text(settings.role_url("transformer")), autocommit=True) as connection:
        if not connection.execute("select pg_try_advisory_lock(%s)", [BUILD_LOCK]).fetchone()[0]:
            log.info("another build is running: waiting for it")
            connection.execute("select pg_advisory_lock(%s)", [BUILD_LOCK])
        yield connection


def _publications(connection: psycopg.Connection) -> int:
    if connection.execute("select to_regclass('ops.publications')").fetchone()[0] is None:
        return 0
    return connection.execute("select count(*) from ops.publications").fetchone()[0]
