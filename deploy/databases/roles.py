"""Whether the warehouse's logins are as they were created: each can change its own password and settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from sqlalchemy.engine import URL

from deploy.databases import readers, scram, warehouse
from tradewind.dashboards import logins
from tradewind.settings import ROLES, Settings, text

_STATE = """
select
    roles.rolname::text,
    roles.rolcanlogin,
    roles.rolsuper or roles.rolbypassrls or roles.rolcreaterole as is_mighty,
    array(
        select each.setting
        from pg_db_role_setting as settings
        cross join unnest(settings.setconfig) as each (setting)
        left join pg_database as databases on settings.setdatabase = databases.oid
        left join pg_settings as known on split_part(each.setting, '=', 1) = known.name
        where settings.setrole = roles.oid
        and (settings.setdatabase = 0 or databases.datname = current_database())
        -- no reader made a setting that only a superuser may make
        and known.context is distinct from 'superuser'
    ) as settings,
    array(
        select groups.rolname::text
        from pg_auth_members as members inner join pg_roles as groups on members.roleid = groups.oid
        where members.member = roles.oid
    ) as groups,
    {password} as verifier
from {roles} as roles
where roles.rolname = any (%s)
"""

_SEVERAL = """
select roles.rolname::text, array_agg(groups.rolname::text)
from pg_roles as roles
inner join pg_auth_members as members on roles.oid = members.member
inner join pg_roles as groups on members.roleid = groups.oid
where starts_with(roles.rolname, 'reader_several_')
group by roles.rolname
"""

#: Ends the sessions that meet a condition, which is appended.
_END = "select count(pg_terminate_backend(pid)) from pg_stat_activity where pid <> pg_backend_pid() and "

# A session may lift its own limits, so they are enforced from outside. Fifteen minutes allow for reading in
# parts.
_OVERDUE = """
usename ~ '^(reporter|reader_.*)$' and datname = current_database() and (
    state = 'active' and clock_timestamp() - query_start > interval '35 seconds'
    or state like 'idle in transaction%' and clock_timestamp() - state_change > interval '65 seconds'
    or clock_timestamp() - xact_start > interval '15 minutes'
)
"""


@dataclass(frozen=True)
class Login:
    """A login of the warehouse as it must be; `groups` is None if it is not a reader."""

    name: str
    password: str
    groups: tuple[str, ...] | None = None


def wanted(settings: Settings, connection: psycopg.Connection) -> list[Login]:
    """Every login of the project, including existing readers for several restricted roles."""
    key = settings.get("READERS_KEY")
    found = [Login(role, settings.get(f"{role.upper()}_PASSWORD")) for role in ROLES if role != "reporter"]
    found.append(Login("reporter", settings.get("REPORTER_PASSWORD"), ("mart_readers", "every_row")))
    file = readers.known_rules(connection)
    for name, groups in readers.wanted(file).items():
        found.append(Login(name, logins.password(key, name), tuple(groups)))
    limits = {"mart_readers", *(logins.reader_of(role.name) for role in logins.restricted(file))}
    for name, groups in connection.execute(_SEVERAL):
        found.append(Login(name, logins.password(key, name), tuple(limits.intersection(groups))))
    return found


def faults(settings: Settings, connection: psycopg.Connection) -> dict[Login, list[str]]:
    """What is wrong with each login, in words; logins with nothing wrong are left out."""
    known = wanted(settings, connection)
    state = _state(connection, [login.name for login in known])
    url = settings.warehouse_url
    found = {login: list(_faults(login, state.get(login.name), url)) for login in known}
    return {login: words for login, words in found.items() if words}


def repair(connection: psycopg.Connection, login: Login) -> None:
    """Restore a login, and end its sessions: whoever changed it has one."""
    with connection.transaction():
        if login.groups is None:
            warehouse.set_password(connection, login.name, login.password)
        else:
            warehouse.create_reader(connection, login.name, login.password, login.groups)
    connection.execute(_END + "usename = %s", [login.name])


def end_overdue(connection: psycopg.Connection) -> int:
    """End readers' sessions that run, or hold a transaction, longer than any reader may; returns how many."""
    return connection.execute(_END + _OVERDUE).fetchone()[0]


def fingerprint(connection: psycopg.Connection) -> object:
    """A value that changes when a login's password or settings change, as far as the owner can see them."""
    query = """
        select array_agg(roles::text order by rolname), array_agg(settings::text order by settings::text)
        from pg_roles as roles left join pg_db_role_setting as settings on roles.oid = settings.setrole
        where rolname ~ '^(loader|transformer|reporter|reader_.*)$'
    """
    if warehouse.is_superuser(connection):
        query = query.replace("pg_roles", "pg_authid")
    return connection.execute(query).fetchone()


def _faults(login: Login, state: tuple | None, url: URL) -> Iterator[str]:
    if state is None:
        yield "is missing"
        return
    _, can_log_in, is_mighty, settings, groups, verifier = state
    if not can_log_in:
        yield "may not log in"
    elif not (scram.matches(verifier, login.password) if verifier else _takes(url, login)):
        yield "has another password than the one in secrets.env"
    if is_mighty:
        yield "may do more than a role of the project should (superuser, bypassrls or createrole)"
    if login.groups is None:
        return
    limits = {f"{name}={value}" for name, value in warehouse.READER_SETTINGS.items()}
    if set(settings) != limits:
        yield f"has changed settings ({', '.join(sorted(set(settings) ^ limits))})"
    if set(groups) != set(login.groups):
        yield f"is a member of {', '.join(sorted(groups)) or 'nothing'}, not of {', '.join(login.groups)}"


def _state(connection: psycopg.Connection, roles: list[str]) -> dict[str, tuple]:
    is_superuser = warehouse.is_superuser(connection)
    query = _STATE.format(
        roles="pg_authid" if is_superuser else "pg_roles",
        password="roles.rolpassword" if is_superuser else "null",
    )
    return {row[0]: row for row in connection.execute(query, [roles])}


def _takes(url: URL, login: Login) -> bool:
    """Whether the server accepts the login.

    Raises:
        psycopg.OperationalError: if it did not ask for the password, as with too many connections.
    """
    try:
        psycopg.connect(
            text(url.set(username=login.name, password=login.password)), connect_timeout=5
        ).close()
    except psycopg.OperationalError as error:
        if error.pgconn is None or not error.pgconn.used_password:
            raise
        return False
    return True
