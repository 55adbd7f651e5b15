"""What was built again, as `ops` keeps it: so that a back-fill that was killed goes on."""

from __future__ import annotations

from collections.abc import Iterable

import psycopg
from psycopg.types.json import Jsonb

from tradewind.backfill.file import Entry
from tradewind.backfill.plan import Batch

_TABLES = """
create table if not exists ops.backfills (
    name text primary key,
    what text not null,
    why text not null,
    who text not null,
    started_by text,
    began_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    figures_before jsonb not null
);
comment on table ops.backfills is 'Back-fills of backfills.yaml that were begun: one row per name.';
comment on column ops.backfills.started_by is 'The user of Airflow who started it; null for a command.';
comment on column ops.backfills.figures_before is 'The headline figures of all sources when it began.';
create table if not exists ops.backfilled_batches (
    name text references ops.backfills on delete cascade,
    source text,
    batch_id bigint,
    built_at timestamptz not null default clock_timestamp(),
    primary key (name, source, batch_id)
);
comment on table ops.backfilled_batches is 'Batches of loads that a back-fill has built again and published.';
"""

_BEGIN = """
insert into ops.backfills (name, what, why, who, started_by, figures_before)
values (%s, %s, %s, %s, %s, %s) on conflict (name) do nothing
"""

_NOTE = """
insert into ops.backfilled_batches (name, source, batch_id)
select %s, source, batch_id from unnest(%s::text[], %s::bigint[]) as batches (source, batch_id)
on conflict do nothing
"""

# What a model does not know that it has read, the next build gives it, with its tests, and to its readers.
_FORGET = """
delete from ops.model_batches as known
using unnest(%s::text[], %s::bigint[]) as again (source, batch_id)
where known.source = again.source and known.batch_id = again.batch_id
"""

_FIGURES = """
select source || ' ' || kpi, cast(coalesce(mart_total, fact_total, staging_total) as text)
from ops.kpi_reconciliation
"""


def begin(connection: psycopg.Connection, entry: Entry, by: str | None, *, again: bool) -> None:
    """Note that a back-fill begins, unless it has begun already; with `again` it begins anew."""
    with connection.transaction():
        connection.execute(_TABLES)
        if again:
            connection.execute("delete from ops.backfills where name = %s", [entry.name])
        said = [entry.name, entry.what, entry.why, entry.who, by, Jsonb(figures(connection))]
        connection.execute(_BEGIN, said)


def forget(connection: psycopg.Connection, batches: Iterable[Batch]) -> None:
    """Have the next build take up these batches as if they had just come."""
    with connection.transaction():
        connection.execute(_FORGET, _columns(batches))


def note_built(connection: psycopg.Connection, name: str, batches: Iterable[Batch]) -> None:
    """Note batches that were built again and published."""
    with connection.transaction():
        connection.execute(_NOTE, [name, *_columns(batches)])


def finish(connection: psycopg.Connection, name: str) -> dict[str, str | None]:
    """Note that a back-fill is done; returns the headline figures of when it began."""
    statement = (
        "update ops.backfills set finished_at = coalesce(finished_at, clock_timestamp())"
        " where name = %s returning figures_before"
    )
    with connection.transaction():
        return connection.execute(statement, [name]).fetchone()[0]


def built(connection: psycopg.Connection, name: str) -> set[tuple[str, int]]:
    """Source and number of the batches that are done."""
    if not _is_there(connection):
        return set()
    query = "select source, batch_id from ops.backfilled_batches where name = %s"
    return set(connection.execute(query, [name]))


def is_finished(connection: psycopg.Connection, name: str) -> bool:
    """Whether it was begun, and everything was built."""
    if not _is_there(connection):
        return False
    query = "select exists (select from ops.backfills where name = %s and finished_at is not null)"
    return connection.execute(query, [name]).fetchone()[0]


def states(connection: psycopg.Connection) -> dict[str, str]:
    """How far each back-fill is that was begun."""
    if not _is_there(connection):
        return {}
    query = "select name, to_char(finished_at at time zone 'UTC', 'YYYY-MM-DD') from ops.backfills"
    return {name: f"done on {day}" if day else "begun" for name, day in connection.execute(query)}


def figures(connection: psycopg.Connection) -> dict[str, str | None]:
    """The headline figures of each source, by source and name, as text: they are numeric."""
    return dict(connection.execute(_FIGURES))


def _is_there(connection: psycopg.Connection) -> bool:
    return connection.execute("select to_regclass('ops.backfilled_batches') is not null").fetchone()[0]


def _columns(batches: Iterable[Batch]) -> list[list]:
    batches = list(batches)
    return [[batch.source for batch in batches], [batch.batch_id for batch in batches]]
