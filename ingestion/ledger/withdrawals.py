"""Writes and reads withdrawals in `ops`, always in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import psycopg
from psycopg.rows import class_row

from ingestion.ledger.write import FileFacts

#: Loads at the place of another one: the same sheet in the same place of the order, or the same content.
_IN_ITS_PLACE = """
    select others.load_id
    from ops.loads as own
    inner join ops.loads as others using (source, part, is_sample)
    where own.load_id = %(load_id)s and others.load_id <> own.load_id and others.state = 'loaded'
        and (others.precedence = own.precedence or others.sha256 = own.sha256)
        and others.load_id is distinct from %(apart_from)s
    order by others.load_id
    limit 1
"""

_COUNTING = """
    select load_id, null as scope from ops.counted_loads where source = any(%(sources)s)
    union all
    select load_id, scope from ops.current_scopes where source = any(%(sources)s)
"""


class Entry(NamedTuple):
    """What a withdrawal needs to know of a load; `replaced_by` is the load that was read in its place."""

    load_id: int
    source: str
    file: str
    state: str
    rows_loaded: int
    replaces: int | None
    replaced_by: int | None


class Withdrawal(NamedTuple):
    """A withdrawal that was not undone; `restored` is the load that it has made count again."""

    load_id: int
    by: str
    why: str
    restored: int | None


def find_entry(connection: psycopg.Connection, load_id: int) -> Entry | None:
    """The entry of a load; None if there is none."""
    with connection.cursor(row_factory=class_row(Entry)) as cursor:
        return cursor.execute(
            "select load_id, source, file_name || case when part = '' then '' else ' [' || part || ']' end"
            " as file, state, rows_loaded, replaces, (select max(later.load_id) from ops.loads as later"
            " where later.replaces = loads.load_id and later.state = 'loaded') as replaced_by"
            " from ops.loads where load_id = %s",
            [load_id],
        ).fetchone()


def find_withdrawal(connection: psycopg.Connection, load_id: int) -> Withdrawal:
    """The withdrawal of a load that is withdrawn now."""
    with connection.cursor(row_factory=class_row(Withdrawal)) as cursor:
        return cursor.execute(
            "select load_id, withdrawn_by as by, why, restored_load_id as restored from ops.withdrawals"
            " where load_id = %s and undone_at is null",
            [load_id],
        ).fetchone()


def withdrawn_content(connection: psycopg.Connection, source: str, facts: FileFacts) -> Withdrawal | None:
    """The withdrawal of a load that brought the same content; None if there is none."""
    found = connection.execute(
        "select max(load_id) from ops.loads where source = %s and sha256 = %s and part = %s"
        " and is_sample = %s and state = 'withdrawn'",
        [source, facts.sha256, facts.part, facts.is_sample],
    ).fetchone()[0]
    return find_withdrawal(connection, found) if found else None


def counting(connection: psycopg.Connection, sources: Iterable[str]) -> set[tuple[int, str | None]]:
    """The loads of these sources that count, alone and with each scope that they count in."""
    return set(connection.execute(_COUNTING, {"sources": list(sources)}).fetchall())


def in_its_place(connection: psycopg.Connection, load_id: int, apart_from: int | None) -> int | None:
    """A load that counts in the place of this one, or with its content; None if there is none."""
    found = connection.execute(_IN_ITS_PLACE, {"load_id": load_id, "apart_from": apart_from}).fetchone()
    return found and found[0]


def withdraw(connection: psycopg.Connection, entry: Entry, by: str, why: str) -> None:
    """Make a loaded table count no more; the load that it was read in place of counts again."""
    connection.execute("update ops.loads set state = 'withdrawn' where load_id = %s", [entry.load_id])
    restored = None
    if entry.replaces and in_its_place(connection, entry.replaces, None) is None:
        restored = _change(connection, entry.replaces, "replaced", "loaded", "counts again")
    connection.execute(
        "insert into ops.withdrawals (load_id, withdrawn_by, why, restored_load_id) values (%s, %s, %s, %s)",
        [entry.load_id, by, why, restored],
    )


def undo(connection: psycopg.Connection, withdrawal: Withdrawal, by: str, why: str | None) -> None:
    """Make a withdrawn load count again, in its old place, and the load that it was read in place of not."""
    if withdrawal.restored:
        _change(connection, withdrawal.restored, "loaded", "replaced", "read again later")
    connection.execute("update ops.loads set state = 'loaded' where load_id = %s", [withdrawal.load_id])
    connection.execute(
        "update ops.withdrawals set undone_at = clock_timestamp(), undone_by = %s, undone_why = %s"
        " where load_id = %s and undone_at is null",
        [by, why, withdrawal.load_id],
    )


def _change(connection: psycopg.Connection, load_id: int, was: str, now: str, message: str) -> int | None:
    """Change the state of a load that is in another; returns its number, None if it is not."""
    found = connection.execute(
        "update ops.loads set state = %s, message = %s where load_id = %s and state = %s returning load_id",
        [now, message, load_id, was],
    ).fetchone()
    return found and found[0]
