"""Builds that failed: recorded in the warehouse, so that they are repeated only when that may help.

A build that failed for a transient reason (a lost connection, a lock) is tried again. One that failed in a
model or a test would fail again until a load arrives or a person changes something.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
from psycopg import sql

from ingestion.database.connection import connect_as
from tradewind.settings import Settings
from tradewind.warehouse.chart_caches import turn_over_caches

#: What Postgres and its client say of transient errors, after which the same build may succeed.
_TRANSIENT = re.compile(
    "connection refused|connection to server|could not connect|could not receive|server closed the connection"
    "|connection already closed|connection is closed|connection has been closed|connection timed out"
    "|terminating connection|the database system is|too many clients|remaining connection slots"
    "|deadlock detected|lock timeout|could not obtain lock|could not serialize|timeout expired"
    "|could not translate host name",
    re.IGNORECASE,
)

_TABLE = """
create table if not exists ops.failed_builds (
    invocation_id text primary key,
    failed_at timestamptz not null default now(),
    inputs text not null,
    ledger text not null,
    may_pass boolean not null,  -- whether the error was transient
    message text not null
);
comment on table ops.failed_builds is
    'Complete builds that failed since the last publication: from which inputs, on which ledger, and why.';
"""

#: The loads and what they count for, in a few letters.
_LEDGER = """
select md5(coalesce(string_agg(concat_ws(' ', load_id, state), ',' order by load_id), '')) from ops.loads
"""

#: The line of status on every page is red until the next publication.
_MARK = """
update marts.{} set build_failed_at = now() at time zone 'utc'
"""
_STATUS = ("mart_data_status", "mart_dashboard_status")
#: Those of an older project lack the column, and there are none before the first build.
_MARKED = """
select table_name from information_schema.columns
where table_schema = 'marts' and table_name = any(%s) and column_name = 'build_failed_at'
"""

_LATEST = """
select failed_at, inputs, ledger, may_pass, message
from ops.failed_builds as failed
where not exists (select from ops.publications where published_at >= failed.failed_at)
order by failed_at desc
limit 1
"""

_LONGEST_MESSAGE = 4000


@dataclass(frozen=True)
class FailedBuild:
    """The last complete build, where it failed.

    Attributes:
        is_transient: whether the same build may succeed next time.
        is_of_now: whether neither the ledger nor the inputs have changed since.
    """

    failed_at: datetime
    message: str
    is_transient: bool
    is_of_now: bool

    @property
    def when(self) -> str:
        """The time of the failure, for people."""
        return f"{self.failed_at:%d %b %Y %H:%M} UTC"

    @property
    def waits(self) -> bool:
        """Whether another build would fail in the same way, so that it waits for a load or a person."""
        return self.is_of_now and not self.is_transient


def is_transient(message: str) -> bool:
    """Whether the same build may succeed next time, by what a database or its client says of the error."""
    return bool(_TRANSIENT.search(message)) and "authentication failed" not in message


def ledger_version(settings: Settings) -> str:
    """What tells one state of the ledger from another."""
    with _connect(settings) as connection:
        return connection.execute(_LEDGER).fetchone()[0]


def note_failed(
    settings: Settings, invocation_id: str, inputs: str, ledger: str, message: str, *, transient: bool
) -> None:
    """Keep that a complete build failed, on which ledger, and from which inputs; pages say so."""
    with _connect(settings) as connection:
        connection.execute(_TABLE)
        connection.execute("delete from ops.failed_builds where failed_at < now() - interval '90 days'")
        connection.execute(
            "insert into ops.failed_builds (invocation_id, inputs, ledger, may_pass, message)"
            " values (%s, %s, %s, %s, %s) on conflict (invocation_id) do nothing",
            [invocation_id, inputs, ledger, transient, message[:_LONGEST_MESSAGE]],
        )
        for (mart,) in connection.execute(_MARKED, [list(_STATUS)]).fetchall():
            connection.execute(sql.SQL(_MARK).format(sql.Identifier(mart)))
    turn_over_caches(settings)


def failed_build(settings: Settings, inputs: str) -> FailedBuild | None:
    """The last complete build, if it failed; None after a publication.

    Args:
        settings: which warehouse.
        inputs: version of what the build depends on besides data, as it is now.
    """
    with _connect(settings) as connection:
        tables = "select to_regclass('ops.failed_builds') is null or to_regclass('ops.publications') is null"
        if connection.execute(tables).fetchone()[0]:
            return None
        row = connection.execute(_LATEST).fetchone()
        if row is None:
            return None
        failed_at, its_inputs, its_ledger, transient, message = row
        failed_at = failed_at.astimezone(UTC)
        ledger = connection.execute(_LEDGER).fetchone()[0]
    return FailedBuild(failed_at, message, transient, (its_inputs, its_ledger) == (inputs, ledger))


def _connect(settings: Settings) -> psycopg.Connection:
    return connect_as(settings, "transformer")
