"""What was fetched, in `ops.fetched_files`, and how the last look went, in `ops.landing_looks`."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import psycopg

from ingestion.database.schema import ensure_schema

#: Held by the one process that fetches from a place.
_LOCK = "tradewind.fetching"


class Coming(NamedTuple):
    """A file that was copied as a whole, of which it is not known whether it has come to its place."""

    fetch_id: int
    path: str


def prepare(connection: psycopg.Connection) -> None:
    """Create the tables where they are missing."""
    with connection.transaction():
        ensure_schema(connection, ())


def take_lock(connection: psycopg.Connection) -> bool:
    """Whether this session fetches; another one does otherwise. It ends with the session."""
    query = "select pg_try_advisory_lock(hashtextextended(%s, 0))"
    return connection.execute(query, [_LOCK]).fetchone()[0]


def versions(connection: psycopg.Connection) -> dict[str, str]:
    """The version of each address that was fetched last."""
    query = (
        "select distinct on (address) address, version from ops.fetched_files order by address, fetch_id desc"
    )
    return dict(connection.execute(query).fetchall())


def enter(
    connection: psycopg.Connection,
    address: str,
    version: str,
    size: int,
    modified: datetime | None,
    path: str,
) -> int:
    """Note that a version was copied as a whole, before it comes to its place; returns its number."""
    return connection.execute(
        "insert into ops.fetched_files (address, version, bytes, modified_at, path)"
        " values (%s, %s, %s, %s, %s) returning fetch_id",
        [address, version, size, modified, path],
    ).fetchone()[0]


def landed(connection: psycopg.Connection, fetch_id: int) -> None:
    """Note that it is in its place."""
    query = "update ops.fetched_files set landed_at = clock_timestamp() where fetch_id = %s"
    connection.execute(query, [fetch_id])


def coming(connection: psycopg.Connection) -> list[Coming]:
    """What an earlier process had not ended."""
    query = "select fetch_id, path from ops.fetched_files where landed_at is null order by fetch_id"
    return [Coming(*row) for row in connection.execute(query)]


def forget(connection: psycopg.Connection, fetch_id: int) -> bool:
    """Forget a copy that is gone, so that it is fetched again; returns whether. One that was loaded stays."""
    query = (
        "delete from ops.fetched_files as fetched where fetch_id = %s and not exists (select from ops.loads"
        " where came_from = fetched.address and started_at >= fetched.fetched_at)"
    )
    return connection.execute(query, [fetch_id]).rowcount == 1


def forget_silent_looks(connection: psycopg.Connection) -> None:
    """Forget looks at places that nothing has checked for 15 minutes: the settings name none any more."""
    connection.execute(
        "delete from ops.landing_looks where looked_at < clock_timestamp() - interval '15 minutes'"
    )


def note_look(connection: psycopg.Connection, address: str, problem: str | None) -> None:
    """Note that there was a look, and what was wrong with it."""
    connection.execute(
        "insert into ops.landing_looks (address, looked_at, failing_since, problem)"
        " values (%(address)s, clock_timestamp(),"
        " case when %(problem)s::text is not null then clock_timestamp() end, %(problem)s)"
        " on conflict (address) do update set looked_at = excluded.looked_at, problem = excluded.problem,"
        " failing_since = case when excluded.problem is not null"
        " then coalesce(landing_looks.failing_since, excluded.failing_since) end",
        {"address": address, "problem": problem},
    )
