"""All that is wrong now."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import psycopg

from tradewind.alerts import builds, files, gaps, runs
from tradewind.alerts.cause import Cause, NotKnown, safe
from tradewind.alerts.options import Options
from tradewind.alerts.shown import Shown
from tradewind.backups import overdue
from tradewind.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """The causes, the kinds that were looked for, and why others could not be: of those nothing is known."""

    causes: list[Cause]
    kinds: frozenset[str]
    faults: list[str]


def find(connection: psycopg.Connection, settings: Settings, options: Options, shown: Shown) -> Found:
    """Look for every kind of cause; one that cannot be looked for does not hide the others.

    Raises:
        psycopg.Error: the warehouse cannot be asked.
    """
    is_new = connection.execute("select to_regclass('ops.loads') is null").fetchone()[0]
    failed = [] if is_new else builds.failed(settings, options, shown)
    looks: Mapping[str, Callable[[], list[Cause]]] = {
        "build": lambda: failed,
        "reconciliation": lambda: builds.figures_that_differ(connection, options, shown),
        "held": lambda: [] if is_new else files.held_files(connection, options, shown),
        "rejected": lambda: [] if is_new else files.rejected_rows(connection, options, shown),
        "late": lambda: [] if is_new else files.sources_that_are_late(connection, options, shown),
        "fetching": lambda: files.places_that_fail(connection, options, shown),
        "gap": lambda: [] if is_new else gaps.missing_days(connection, options, shown),
        "backup": lambda: _backups(settings, options),
        "run": lambda: runs.failed_runs(settings, options, shown, build_failed=bool(failed)),
    }
    causes, kinds, faults = [], set(), []
    for kind, look in looks.items():
        try:
            causes += look()
            kinds.add(kind)
        except NotKnown as reason:
            log.warning("no alerts of the kind %s: %s", kind, reason)
        except Exception as error:
            log.exception("no alerts of the kind %s", kind)
            faults.append(f"no alerts of the kind {kind}: {safe(str(error))}")
    return Found(causes, frozenset(kinds), faults)


def _backups(settings: Settings, options: Options) -> list[Cause]:
    reason = overdue(settings)
    if reason is None:
        return []
    cause = Cause(
        key="backup",
        what=f"A backup is overdue: {safe(reason)}.",
        means="Dashboards are not affected. What came since the last backup would be lost with this machine.",
        advice="See the log of the last run of backup, and whether the disk is full; then trigger it.",
        link=options.dag("backup"),
    )
    return [cause]
