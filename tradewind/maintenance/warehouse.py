"""The warehouse: rejected rows and alerts that are history, dead rows, and the planner's statistics.

Raw rows are never removed. Even those of a load that was replaced or withdrawn count again when the later
load is withdrawn, or the withdrawal undone.
"""

from __future__ import annotations

from contextlib import suppress

import psycopg
from psycopg import sql

from ingestion.database.connection import connect_as
from tradewind.maintenance.outcome import Outcome
from tradewind.settings import Settings

# Of files that were held and whose content was loaded later: that load has rejected rows of its own.
_REJECTED = """
from ops.rejected_rows as rejected
where exists (
    select from ops.loads as loads
    where loads.load_id = rejected.load_id and loads.state = 'resolved'
        and loads.finished_at < now() - make_interval(days => %s)
)
"""

_ALERTS = "from ops.alerts where over_at < now() - make_interval(days => %s)"

_TABLES = """
select stats.schemaname, stats.relname, stats.n_dead_tup
from pg_stat_user_tables as stats
inner join pg_class as tables on tables.oid = stats.relid
where tables.relowner = current_user::regrole
order by stats.schemaname, stats.relname
"""


def remove_rejected(settings: Settings, days: int, *, is_dry_run: bool) -> Outcome:
    """Remove the rejected rows of held files whose content was loaded later."""
    number = _delete(settings, "loader", "ops.rejected_rows", _REJECTED, days, is_dry_run=is_dry_run)
    what = f"rejected rows of files held more than {days} days ago, whose content was loaded later"
    return Outcome("rejected", number, f"{number:,} {what}")


def remove_alerts(settings: Settings, days: int, *, is_dry_run: bool) -> Outcome:
    """Remove alerts that are over."""
    number = _delete(settings, "transformer", "ops.alerts", _ALERTS, days, is_dry_run=is_dry_run)
    return Outcome("alerts", number, f"{number:,} alerts that have been over for {days} days")


def vacuum(settings: Settings, *, is_dry_run: bool) -> Outcome:
    """Vacuum and analyze every table; one that is locked at that moment is left to the next time."""
    tables = dead = 0
    for role in ("loader", "transformer"):
        with connect_as(settings, role, autocommit=True) as connection:
            for schema, name, rows in connection.execute(_TABLES).fetchall():
                tables += 1
                dead += rows
                if not is_dry_run:
                    statement = sql.SQL("vacuum (analyze, skip_locked) {}")
                    # a build may have replaced it meanwhile
                    with suppress(psycopg.errors.UndefinedTable):
                        connection.execute(statement.format(sql.Identifier(schema, name)))
    return Outcome("vacuum", dead, f"about {dead:,} dead rows of {tables} tables")


def _delete(settings: Settings, role: str, table: str, condition: str, days: int, *, is_dry_run: bool) -> int:
    """Delete, or only count; returns the number of rows."""
    with connect_as(settings, role) as connection:
        if connection.execute("select to_regclass(%s) is null", [table]).fetchone()[0]:
            return 0
        if is_dry_run:
            return connection.execute(f"select count(*) {condition}", [days]).fetchone()[0]
        return connection.execute(f"delete {condition}", [days]).rowcount
