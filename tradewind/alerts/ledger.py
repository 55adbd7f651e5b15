"""The alerts in the warehouse, `ops.alerts`: one row per cause each time that it comes.

`ops.alert_check` keeps when the last check ran: without it nobody knows how old "nothing is wrong" is.

What was said is kept after it was said: whatever is killed in between, it is said again, never left unsaid.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from ingestion.database.connection import connect_as
from tradewind.alerts.cause import Cause
from tradewind.settings import Settings

_TABLES = """
create table if not exists ops.alerts (
    alert_id bigint generated always as identity primary key,
    cause text not null,
    what text not null,
    means text not null,
    advice text not null,
    link text not null,
    first_seen timestamptz not null default clock_timestamp(),
    patience interval not null,
    over_at timestamptz,
    mailed_at timestamptz,
    posted_at timestamptz,
    over_mailed_at timestamptz,
    over_posted_at timestamptz
);
create unique index if not exists alerts_open on ops.alerts (cause) where over_at is null;
comment on table ops.alerts is
    'What went wrong, one row per cause each time that it came; open while over_at is null.';
comment on column ops.alerts.cause is 'Kind of the cause, and what it is about: held:12.';
comment on column ops.alerts.patience is 'How long it may last before anybody is told.';
comment on column ops.alerts.mailed_at is 'When it was said by e-mail; null where it was not.';
comment on column ops.alerts.posted_at is 'When it was said to the webhook; null where it was not.';
comment on column ops.alerts.over_mailed_at is 'When it was said by e-mail that it is over.';
comment on column ops.alerts.over_posted_at is 'When it was said to the webhook that it is over.';
create table if not exists ops.alert_check (
    checked_at timestamptz not null,
    not_known text[] not null
);
comment on table ops.alert_check is 'The last check, in one row.';
comment on column ops.alert_check.not_known is 'Kinds of causes that it could not look for.';
"""

_IS_THERE = "select to_regclass('ops.alerts') is not null"
_ARE_THERE = f"{_IS_THERE} and to_regclass('ops.alert_check') is not null"

# The words may have changed: a build that failed may fail again for another reason.
_NOTE = """
insert into ops.alerts (cause, what, means, advice, link, patience) values (%s, %s, %s, %s, %s, %s)
on conflict (cause) where over_at is null do update
set what = excluded.what, means = excluded.means, advice = excluded.advice, link = excluded.link,
    patience = excluded.patience
where (alerts.what, alerts.means, alerts.advice, alerts.link, alerts.patience)
    is distinct from (excluded.what, excluded.means, excluded.advice, excluded.link, excluded.patience)
"""

_END = """
update ops.alerts set over_at = clock_timestamp()
where over_at is null and split_part(cause, ':', 1) = any(%(kinds)s) and not cause = any(%(causes)s)
    and (
        %(sources)s::text[] is null
        or split_part(cause, ':', 1) not in ('late', 'gap')
        or split_part(cause, ':', 2) = any(%(sources)s)
    )
"""

_FORGET_CHECK = "delete from ops.alert_check"
_NOTE_CHECK = "insert into ops.alert_check values (clock_timestamp(), %s)"
_LAST_CHECK = "select checked_at, not_known from ops.alert_check"

_COLUMNS = "alert_id, cause, what, means, advice, link, first_seen, over_at, mailed_at, posted_at"

# A message tells its first alerts in full: many files that were dropped at once are not to hide the others.
_ORDER = "order by split_part(cause, ':', 1) in ('held', 'rejected', 'gap'), alert_id"

_UNSAID = f"""
select {{columns}} from ops.alerts
where {{said}} is null and over_at is null and first_seen + patience <= clock_timestamp()
{_ORDER}
"""

_UNSAID_OVER = f"""
select {{columns}} from ops.alerts
where {{said}} is not null and {{over_said}} is null and over_at is not null
{_ORDER}
"""

_SAID = "update ops.alerts set {said} = clock_timestamp() where alert_id = any(%s)"

_OPEN = f"select {_COLUMNS} from ops.alerts where over_at is null order by alert_id"

#: Columns of a channel: when it said that something began, and that it is over.
CHANNELS = {"mail": ("mailed_at", "over_mailed_at"), "webhook": ("posted_at", "over_posted_at")}

_LOCK = "tradewind.alerts"


@dataclass(frozen=True, slots=True)
class Alert:
    """A row of `ops.alerts`, in UTC."""

    alert_id: int
    cause: str
    what: str
    means: str
    advice: str
    link: str
    first_seen: datetime
    over_at: datetime | None
    mailed_at: datetime | None
    posted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Check:
    """When the last check ran, in UTC, and the kinds of causes that it could not look for."""

    checked_at: datetime
    not_known: list[str]


@contextmanager
def alone(settings: Settings) -> Iterator[psycopg.Connection]:
    """A connection as the role `transformer` that commits each statement; others wait until it is closed.

    Two checks at once would say everything twice.
    """
    with connect_as(settings, "transformer", autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [_LOCK])
        if not connection.execute(_ARE_THERE).fetchone()[0]:
            connection.execute(_TABLES)
        yield connection


def note(
    connection: psycopg.Connection,
    causes: Sequence[Cause],
    kinds: Iterable[str],
    sources: Iterable[str] | None = None,
    not_known: Iterable[str] = (),
) -> None:
    """Keep what is wrong now; what is open, was looked for and is not among the causes, is over.

    Args:
        connection: one of `alone`.
        causes: what is wrong.
        kinds: the kinds that were looked for.
        sources: those that were asked for gaps and late files; all of them where None.
        not_known: the kinds that could not be looked for.
    """
    looked_for = {
        "kinds": list(kinds),
        "causes": [cause.key for cause in causes],
        "sources": None if sources is None else list(sources),
    }
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(_NOTE, [(c.key, c.what, c.means, c.advice, c.link, c.patience) for c in causes])
        cursor.execute(_END, looked_for)
        cursor.execute(_FORGET_CHECK)
        cursor.execute(_NOTE_CHECK, [sorted(not_known)])


def unsaid(connection: psycopg.Connection, channel: str) -> tuple[list[Alert], list[Alert]]:
    """What a channel has not said yet: what began and lasts, and what is over of that which it did say."""
    said, over_said = map(sql.Identifier, CHANNELS[channel])
    columns = sql.SQL(_COLUMNS)
    began = sql.SQL(_UNSAID).format(columns=columns, said=said)
    over = sql.SQL(_UNSAID_OVER).format(columns=columns, said=said, over_said=over_said)
    return _fetch(connection, began), _fetch(connection, over)


def note_said(
    connection: psycopg.Connection, channel: str, began: Sequence[Alert], over: Sequence[Alert]
) -> None:
    """Keep that a channel has said it."""
    with connection.transaction():
        for column, alerts in zip(CHANNELS[channel], (began, over), strict=True):
            statement = sql.SQL(_SAID).format(said=sql.Identifier(column))
            connection.execute(statement, [[alert.alert_id for alert in alerts]])


def open_alerts(settings: Settings) -> list[Alert]:
    """What is wrong, as the last check found it; nothing before the first check."""
    with connect_as(settings, "transformer") as connection:
        if not connection.execute(_IS_THERE).fetchone()[0]:
            return []
        return _fetch(connection, sql.SQL(_OPEN))


def last_check(settings: Settings) -> Check | None:
    """The last check; None if none has been kept yet."""
    with connect_as(settings, "transformer") as connection:
        if not connection.execute(_ARE_THERE).fetchone()[0]:
            return None
        row = connection.execute(_LAST_CHECK).fetchone()
    return Check(*row) if row else None


def _fetch(connection: psycopg.Connection, query: sql.Composable) -> list[Alert]:
    with connection.cursor(row_factory=class_row(Alert)) as cursor:
        return cursor.execute(query).fetchall()
