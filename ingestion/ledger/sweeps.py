"""Files that came together: what one run of the loader is given.

A run that was killed leaves its sweep open, and the next run takes it up: its files are the rest of the same
delivery. An advisory lock tells a run that was killed from one at work.
"""

from __future__ import annotations

import psycopg


def begin(connection: psycopg.Connection) -> int:
    """Number of the sweep that this connection works on until it is closed, in the caller's transaction."""
    # A ledger that was emptied gives its numbers again: what is noted of loads beyond its last one goes.
    # A new sweep is locked before the commit, so that nobody takes it for one that was killed.
    begun = connection.execute(
        f"""
        with left_over as (
            delete from ops.sweep_loads
            where load_id > (select coalesce(max(load_id), 0) from ops.loads)
        ),
        begun as (
            insert into ops.sweeps (began_at)
            select clock_timestamp() where not exists (select from ops.sweeps where finished_at is null)
            returning sweep_id
        )
        select sweep_id, pg_advisory_lock({_lock("sweep_id")}) from begun
        """
    ).fetchone()
    return begun[0] if begun else _begin_beside_others(connection)


def _begin_beside_others(connection: psycopg.Connection) -> int:
    """Like `begin`, where a sweep is open: that of a run that was killed is taken over."""
    killed = [
        sweep_id
        for (sweep_id,) in connection.execute(
            "select sweep_id from ops.sweeps where finished_at is null order by sweep_id"
        ).fetchall()
        if _take(connection, sweep_id)
    ]
    for older in killed[:-1]:
        finish(connection, older)
    if killed:
        return killed[-1]
    (sweep_id,) = connection.execute("insert into ops.sweeps default values returning sweep_id").fetchone()
    connection.execute(f"select pg_advisory_lock({_lock('%s')})", [sweep_id])
    return sweep_id


def finish(connection: psycopg.Connection, sweep_id: int) -> None:
    """The sweep came to its end: files that come from now on belong to another."""
    connection.execute(
        "update ops.sweeps set finished_at = clock_timestamp() where sweep_id = %s", [sweep_id]
    )


def enter(connection: psycopg.Connection, sweep_id: int, load_id: int) -> None:
    """Note that the load's file was given to the run."""
    connection.execute(
        "insert into ops.sweep_loads (sweep_id, load_id) values (%s, %s) on conflict do nothing",
        [sweep_id, load_id],
    )


def _take(connection: psycopg.Connection, sweep_id: int) -> bool:
    """Take over an open sweep, unless a run works on it or has just finished it; whether it was taken."""
    if not connection.execute(f"select pg_try_advisory_lock({_lock('%s')})", [sweep_id]).fetchone()[0]:
        return False
    # Asked under the lock: it may just have been finished.
    return connection.execute(
        "select finished_at is null from ops.sweeps where sweep_id = %s", [sweep_id]
    ).fetchone()[0]


def _lock(sweep_id: str) -> str:
    return f"hashtextextended('tradewind.sweep ' || {sweep_id}::bigint, 0)"
