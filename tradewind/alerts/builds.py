"""Causes in builds: failed models and tests, and figures that differ between layers."""

from __future__ import annotations

import re
from datetime import timedelta

import psycopg

from tradewind.alerts.cause import Cause
from tradewind.alerts.options import Options
from tradewind.alerts.shown import Shown
from tradewind.settings import Settings
from tradewind.warehouse.build import inputs_version
from tradewind.warehouse.failed_builds import failed_build

#: A build that failed for a transient reason is retried meanwhile.
_MAY_PASS = timedelta(minutes=15)

#: The models and tests in the message of a failed build. What they say in words may quote rows.
_NAMES = re.compile(r"(?:^dbt: |; )([a-z][a-z0-9_]*): ")

_DIFFERING = """
select source, string_agg(replace(kpi, '_', ' '), ', ' order by kpi)
from ops.reconciliation_results
where not is_reconciled and run_at = (select max(run_at) from ops.reconciliation_results)
group by source
order by source
"""

#: Names that are listed in full.
_MOST = 8


def failed(settings: Settings, options: Options, shown: Shown) -> list[Cause]:
    """The last complete build, if it failed."""
    found = failed_build(settings, inputs_version(settings))
    if found is None:
        return []
    broken = list(dict.fromkeys(_NAMES.findall(found.message)))
    why = f" in {_list(broken)}" if broken else ""
    again = "A new load starts a build, or trigger transform" if found.waits else "It is retried by itself"
    return [
        Cause(
            key="build",
            what=f"The build of {found.when} failed{why}.",
            means=f"New files are not in the figures. {shown.sentence}",
            advice=f"See the log of the last run of transform, and correct what it names. {again}.",
            link=options.dag("transform"),
            patience=_MAY_PASS if found.is_transient else timedelta(),
        )
    ]


def figures_that_differ(connection: psycopg.Connection, options: Options, shown: Shown) -> list[Cause]:
    """Sources of which the last run that compared them found other totals in one layer than in another."""
    if not connection.execute("select to_regclass('ops.reconciliation_results')").fetchone()[0]:
        return []
    return [
        Cause(
            key=f"reconciliation:{source}",
            what=f"Figures of {source} are not the same in all layers: {figures}.",
            means=f"The last build was not published. {shown.sentence}",
            advice="Compare the layers on the page Data health, and trigger transform with a full refresh.",
            link=options.health,
        )
        for source, figures in connection.execute(_DIFFERING)
    ]


def _list(names: list[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more
