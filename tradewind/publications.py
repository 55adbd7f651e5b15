"""What has been published: by which version of the dbt project, and which sources have loads since."""

from __future__ import annotations

import psycopg

from tradewind.settings import Settings, text

#: Whether nothing was ever published.
IS_NEW = "select to_regclass('ops.publications') is null or to_regclass('ops.published_loads') is null"

# Through JSON: a table from before there was the column has nothing to say.
_LATEST = """
select to_jsonb(publications) ->> 'project' from ops.publications order by published_at desc limit 1
"""

#: Condition for loads that the published marts do not know of. Not by the highest number: a load with a lower
#: one may commit later.
IS_UNPUBLISHED = "not exists (select from ops.published_loads where published_loads.load_id = loads.load_id)"

_BEHIND = f"""
select distinct source from ops.loads where source is not null and {IS_UNPUBLISHED} order by source
"""


def has_published(settings: Settings, invocation_id: str) -> bool:
    """Whether a run of dbt turned the marts over."""
    query = "select exists (select from ops.publications where invocation_id = %s)"
    with _connect(settings) as connection:
        if connection.execute(IS_NEW).fetchone()[0]:
            return False
        return connection.execute(query, [invocation_id]).fetchone()[0]


def note_project(settings: Settings, invocation_id: str, project: str) -> None:
    """Keep by which version of the project a publication was built and tested."""
    statement = "update ops.publications set project = %s where invocation_id = %s"
    with _connect(settings) as connection:
        connection.execute(statement, [project, invocation_id])


def changed_sources(settings: Settings, project: str) -> list[str] | None:
    """Sources with loads that are not published; None where the project changed, or nothing ever was."""
    with _connect(settings) as connection:
        if connection.execute(IS_NEW).fetchone()[0]:
            return None
        latest = connection.execute(_LATEST).fetchone()
        if latest is None or latest[0] != project:
            return None
        return [source for (source,) in connection.execute(_BEHIND)]


def _connect(settings: Settings) -> psycopg.Connection:
    return psycopg.connect(text(settings.role_url("transformer")))
