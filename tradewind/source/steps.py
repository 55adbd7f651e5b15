"""The steps after a mapping is written: generated files, loads, the build. Each may be repeated."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psycopg

from ingestion.arrival.landing import waiting_files
from ingestion.commands.results import show_results
from ingestion.database.connection import WarehouseUnavailable, connect
from ingestion.loading.load import load, load_landing
from ingestion.loading.progress import shown_progress
from tradewind.dashboards.following import follow
from tradewind.mapping.write import delete
from tradewind.settings import Settings
from tradewind.source.errors import SourceError
from tradewind.source.screen import say
from tradewind.sync.generated import SyncError, steps
from tradewind.warehouse.build import BuildError, build, is_outdated
from tradewind.warehouse.chart_caches import turn_over_caches
from tradewind.warehouse.progress import progress

_CORRECT = (
    "Correct the mapping or the contract and run the same command again, or take the source back:"
    " make source-remove"
)


def end_at_once(message: str) -> None:
    """From now on, exit at once on Ctrl-C, with a message.

    This is safe because every step can resume an interrupted one. dbt would report the interruption as an
    error of the project.
    """

    def end(*_: object) -> None:
        print(f"\n{message}", file=sys.stderr, flush=True)
        os._exit(130)

    signal.signal(signal.SIGINT, end)


def refuse_without_warehouse() -> None:
    """Raises SourceError where the warehouse cannot be reached."""
    try:
        connect().close()
    except WarehouseUnavailable as error:
        raise SourceError(f"{error}. Nothing was written; then run the same command again") from error


def bring_up_to_date(settings: Settings, written: Sequence[Path]) -> list[Path]:
    """Everything that `make sync` generates; returns the files that changed.

    Raises:
        SourceError: it failed. What was `written` for it is deleted again: it would stop all builds.
    """
    try:
        return [path for step in steps(settings) for path in step.changed]
    except SyncError as error:
        delete(list(written))
        with suppress(SyncError):
            list(steps(settings))
        kept = "What this command had written is deleted again. " if written else ""
        raise SourceError(f"the models cannot be generated: {error}\n{kept}`make sync` says more") from error


def load_files(settings: Settings, paths: Sequence[Path]) -> None:
    """Load files, and set those aside that wait in the landing folder.

    Raises:
        SourceError: a file is held.
        psycopg.OperationalError: the connection was lost.
    """
    waiting = waiting_files(settings.landing) if settings.landing.is_dir() else {}
    inside = [path for path in paths if path.absolute() in waiting]
    with shown_progress() as shown:
        results = load([path for path in paths if path not in inside], progress=shown)
    if inside:
        results += load_landing(settings.landing, inside)
    if show_results(results):
        raise SourceError(
            "not all files are loaded, as the notes above say. What is written stays: when that is settled,"
            " run the same command again. make source-remove takes a source back"
        )
    for result in results:
        if result.rows_rejected:
            say(
                f"{result.rows_rejected:,} rows of {result.file} were rejected and count nowhere; they are in"
                f" .venv/bin/python -m ingestion rejected {result.load_id}"
            )


def build_models(settings: Settings, advice: str = _CORRECT) -> str | None:
    """Build, test and publish the models; returns a sentence on it, None where there was nothing to build.

    Args:
        settings: which warehouse.
        advice: what to do where it fails.

    Raises:
        SourceError: a model or a test failed.
        psycopg.OperationalError: the connection was lost.
    """
    if not progress(settings).is_behind and not is_outdated(settings):
        return None
    # dbt names each of hundreds of steps; what fails is in the error
    os.environ.setdefault("DBT_QUIET", "true")
    try:
        outcome = build(settings)
    except BuildError as error:
        raise SourceError(f"{error}\nDashboards keep their figures. {advice}") from error
    with suppress(psycopg.OperationalError):
        turn_over_caches(settings)
    for warning in outcome.warnings:
        say(f"warning: {warning}")
    try:
        if follow(settings):
            say("dashboards have tiles for the figures there are now")
    except RuntimeError as error:
        raise SourceError(str(error)) from error
    return f"{outcome.steps} steps, {'published' if outcome.published else 'not published'}"
