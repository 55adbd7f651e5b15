"""What has been published: by which version of the dbt project, and which sources have changed since."""

from __future__ import annotations

import psycopg

from ingestion.database.connection import connect_as
from tradewind.settings import Settings

# Through JSON: a table from before there was the column has nothing to say.
_LATEST = """
select to_jsonb(publications) ->> 'project' from ops.publications order by published_at desc limit 1
"""

_UNKNOWN_TO_CHARTS = """
select invocation_id
from (select * from ops.publications order by published_at desc limit 1) as latest
where to_jsonb(latest) ->> 'turned_over_at' is null
"""

# For a table that no build has brought up to date yet.
_ADD_TURNED_OVER = "alter table ops.publications add column if not exists turned_over_at timestamptz"

#: Condition for loads that the published marts do not know of, or know in another state, as after a
#: withdrawal. Not by the highest number: a load with a lower one may commit later. Through JSON as above.
IS_UNPUBLISHED = """
not exists (
    select from ops.published_loads as known
    where known.load_id = loads.load_id and coalesce(to_jsonb(known) ->> 'state', loads.state) = loads.state
)
"""

# What the last build saw of the ledger against what it says now, and against what is published: a build may
# have been killed in between. A load can also count no more, or again.
_CHANGED = """
with seen as (
    select source, load_id, is_counted, current_scope, batch_id from staging.stg_ops__loads
),
now as (
    select
        loads.source,
        loads.load_id,
        counted.load_id is not null as is_counted,
        scopes.scope as current_scope
    from ops.loads as loads
    left join ops.counted_loads as counted on loads.load_id = counted.load_id
    left join ops.current_scopes as scopes on loads.load_id = scopes.load_id
),
was as (select source, load_id, is_counted, current_scope from seen),
built as (select source, batch_id from seen where batch_id is not null),
published as (select source, batch_id from ops.model_batches where model = 'publication')
select source
from (
    (table was except table now) union all (table now except table was)
) as loads
where source is not null
union
select source
from (
    (table built except table published) union all (table published except table built)
) as batches
order by source
"""

#: Source whose rows are forecasts, as dbt's selection names it.
_FORECASTS = "forecasts.forecast_runs"

#: Whether there is all that the next query reads.
_HAS_FORECASTS = """
select to_regclass('ops.forecast_runs') is not null
    and to_regclass('staging.stg_forecasts__runs') is not null
"""

# What was forecast since the last build, or was built by one that was killed before it published.
_FORECASTS_WAIT = """
with stored as (select run_id, is_latest from ops.forecast_runs),
built as (select run_id, is_latest from staging.stg_forecasts__runs)
select exists ((table stored except table built) union all (table built except table stored)) or exists (
    select from ops.model_changes as changes
    inner join ops.model_follows as follows on changes.model = follows.upstream
    where follows.model = 'publication' and changes.change_id > follows.change_id
    and changes.model in ('stg_forecasts__runs', 'fct_forecast')
)
"""


def is_new(connection: psycopg.Connection) -> bool:
    """Whether nothing was ever published."""
    missing = "select to_regclass('ops.publications') is null or to_regclass('ops.published_loads') is null"
    if connection.execute(missing).fetchone()[0]:
        return True
    return not connection.execute("select exists (select from ops.publications)").fetchone()[0]


def has_published(settings: Settings, invocation_id: str) -> bool:
    """Whether a run of dbt turned the marts over."""
    query = "select exists (select from ops.publications where invocation_id = %s)"
    with _connect(settings) as connection:
        if is_new(connection):
            return False
        return connection.execute(query, [invocation_id]).fetchone()[0]


def note_project(settings: Settings, invocation_id: str, project: str) -> None:
    """Keep by which version of the project a publication was built and tested."""
    statement = "update ops.publications set project = %s where invocation_id = %s"
    with _connect(settings) as connection:
        connection.execute(statement, [project, invocation_id])


def project_of_marts(settings: Settings) -> str | None:
    """Version of the project that the published marts were built by; None where that is not known."""
    with _connect(settings) as connection:
        if is_new(connection):
            return None
        latest = connection.execute(_LATEST).fetchone()
        return latest[0] if latest else None


def unknown_to_charts(settings: Settings) -> list[str]:
    """Latest publication that charts may not show yet, as their caches were not turned over; at most one."""
    with _connect(settings) as connection:
        if is_new(connection):
            return []
        return [name for (name,) in connection.execute(_UNKNOWN_TO_CHARTS)]


def note_known_to_charts(settings: Settings, invocation_ids: list[str]) -> None:
    """Keep that caches were turned over after these publications."""
    statement = "update ops.publications set turned_over_at = now() where invocation_id = any(%s)"
    if invocation_ids:
        with _connect(settings) as connection:
            connection.execute(_ADD_TURNED_OVER)
            connection.execute(statement, [invocation_ids])


def changed_sources(settings: Settings, project: str) -> list[str] | None:
    """Sources of which other loads count than are published, and forecasts; None for another project."""
    is_unknown = "select to_regclass('staging.stg_ops__loads') is null"
    with _connect(settings) as connection:
        if is_new(connection) or connection.execute(is_unknown).fetchone()[0]:
            return None
        latest = connection.execute(_LATEST).fetchone()
        if latest is None or latest[0] != project:
            return None
        sources = [source for (source,) in connection.execute(_CHANGED)]
        return [*sources, *([_FORECASTS] if _forecasts_wait(connection) else [])]


def forecasts_wait(settings: Settings) -> bool:
    """Whether forecasts are stored that the published marts do not show; a build publishes them."""
    with _connect(settings) as connection:
        return _forecasts_wait(connection)


def _forecasts_wait(connection: psycopg.Connection) -> bool:
    queries = (_HAS_FORECASTS, _FORECASTS_WAIT)
    return all(connection.execute(query).fetchone()[0] for query in queries)


def _connect(settings: Settings) -> psycopg.Connection:
    return connect_as(settings, "transformer")
