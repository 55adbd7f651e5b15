"""All that is wrong now."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import psycopg

from ingestion.contract.files import find_contracts
from tradewind.alerts import builds, files, gaps, runs
from tradewind.alerts.cause import Cause, NotKnown, safe
from tradewind.alerts.options import Options
from tradewind.alerts.shown import Shown
from tradewind.backups import overdue
from tradewind.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, and what was looked for.

    Attributes:
        causes: what is wrong.
        kinds: the kinds that were looked for.
        not_known: the others, of which nothing is known.
        faults: why some of these could not be looked for.
        sources: the sources whose contracts can be read, if some cannot: of other sources it is not known
            whether they are late or have gaps. None where all can be read.
    """

    causes: list[Cause]
    kinds: frozenset[str]
    not_known: frozenset[str]
    faults: list[str]
    sources: frozenset[str] | None = None


def find(connection: psycopg.Connection, settings: Settings, options: Options, shown: Shown) -> Found:
    """Look for every kind of cause; one that cannot be looked for does not hide the others.

    Raises:
        psycopg.Error: the warehouse cannot be asked.
    """
    is_new = connection.execute("select to_regclass('ops.loads') is null").fetchone()[0]
    contracts, broken = find_contracts()
    failed: list[Cause] = []

    def failed_builds() -> list[Cause]:
        if not is_new:
            failed.extend(builds.failed(settings, options, shown))
        return failed

    looks: Mapping[str, Callable[[], list[Cause]]] = {
        "build": failed_builds,
        "reconciliation": lambda: builds.figures_that_differ(connection, options, shown),
        "held": lambda: [] if is_new else files.held_files(connection, options, shown),
        "rejected": lambda: [] if is_new else files.rejected_rows(connection, options, shown),
        "late": lambda: [] if is_new else files.sources_that_are_late(connection, contracts, options, shown),
        "fetching": lambda: files.places_that_fail(connection, options, shown),
        "gap": lambda: [] if is_new else gaps.missing_days(connection, contracts, options, shown),
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
    for fault in broken:
        log.warning("whether its source is late or has gaps is not known: %s", fault)
    sources = frozenset(contract.source for contract in contracts) if broken else None
    return Found(causes, frozenset(kinds), frozenset(looks.keys() - kinds), faults, sources)


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
