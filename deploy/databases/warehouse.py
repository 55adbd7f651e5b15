"""Databases, roles and schemas of the warehouse, with the least rights that each role needs."""

from __future__ import annotations

from collections.abc import Iterable

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL

from deploy.databases import functions, mart_access
from deploy.errors import SetupError
from tradewind.settings import ROLES, text

#: Schema and the role that owns it.
SCHEMAS = {
    "staging": "loader",
    "ops": "loader",
    "core": "transformer",
    "marts_next": "transformer",
    "marts": "transformer",
}

#: Groups that a reader belongs to. `mart_readers` may read the published marts, in which each member sees the
#: rows that a policy grants it; `every_row` sees all rows; `health_readers` may read the views
#: `ops.health_*`, on which dbt grants it select, but not the ledger and the quarantine, which may quote
#: personal data.
GROUPS = ("mart_readers", "every_row", "health_readers")

#: What a reader's session begins with, as Postgres settings.
READER_SETTINGS = {
    "default_transaction_read_only": "on",
    "statement_timeout": "30s",
    # a forgotten notebook must not hold up the next publication
    "idle_in_transaction_session_timeout": "60s",
    "TimeZone": "UTC",
}

#: Only a superuser may set these, even for others: disk space for sorting and joining, per session.
SUPERUSERS_SETTINGS = {"temp_file_limit": "4GB"}

#: What each role may do with what it does not own.
GRANTS = """
grant usage, create on schema staging, ops to transformer;
grant select on all tables in schema staging, ops to transformer;
alter default privileges for role loader in schema staging, ops grant select on tables to transformer;

grant usage on schema marts to mart_readers;
grant usage on schema ops to health_readers;
grant mart_readers, every_row to reporter;
-- what earlier versions granted
alter default privileges for role transformer in schema marts revoke select on tables from reporter;
revoke all on all tables in schema marts, ops from reporter;
revoke all on schema marts, ops from reporter;

alter role loader set timezone = 'UTC';
alter role transformer set timezone = 'UTC';
revoke all on schema public from public;
"""


_GROUPS_OF = """
select groups.rolname
from pg_auth_members as members
inner join pg_roles as groups on members.roleid = groups.oid
inner join pg_roles as roles on members.member = roles.oid
where roles.rolname = %s
"""


def create_database(server: URL, name: str, owner: str | None = None, password: str = "") -> bool:
    """Create a database, and its owner, on the server that `server` points to; False if it existed."""
    with connect(server) as connection:
        if owner:
            set_password(connection, owner, password)
        found = connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone()
        if not found:
            statement = sql.SQL("create database {}").format(sql.Identifier(name))
            if owner:
                statement += sql.SQL(" owner {}").format(sql.Identifier(owner))
            connection.execute(statement)
        revoke = sql.SQL("revoke all on database {} from public").format(sql.Identifier(name))
        connection.execute(revoke)
        return not found


def close_server(server: URL) -> None:
    """Revoke, as their owner, what Postgres grants to everybody in the databases that it comes with."""
    with connect(server) as connection:
        connection.execute("revoke all on database postgres, template1 from public")


def create_role(server: URL, name: str, password: str, database: str) -> None:
    """Create a role that may connect to one database; the database's owner grants what it may do there."""
    with connect(server) as connection:
        set_password(connection, name, password)
        statement = sql.SQL("grant connect on database {} to {}")
        connection.execute(statement.format(sql.Identifier(database), sql.Identifier(name)))


def prepare(warehouse: URL, passwords: dict[str, str]) -> None:
    """Create roles, schemas and grants in the warehouse; repeating the call changes nothing.

    Args:
        warehouse: address, with an owner who may create roles and schemas.
        passwords: one for each of `ROLES`.
    """
    with connect(warehouse) as connection:
        database = sql.Identifier(warehouse.database)
        for group in GROUPS:
            if not role_exists(connection, group):
                connection.execute(sql.SQL("create role {} nologin").format(sql.Identifier(group)))
        connection.execute(sql.SQL("grant connect on database {} to mart_readers").format(database))
        for role in ROLES:
            set_password(connection, role, passwords[role])
            name = sql.Identifier(role)
            connection.execute(sql.SQL("grant {} to current_user").format(name))
            if role != "reporter":
                statement = sql.SQL("grant connect, temporary on database {} to {}")
                connection.execute(statement.format(database, name))
        for schema, owner in SCHEMAS.items():
            statement = sql.SQL("create schema if not exists {} authorization {}")
            connection.execute(statement.format(sql.Identifier(schema), sql.Identifier(owner)))
        # in one transaction: a reader that loses a grant of an earlier version gets its new one
        with connection.transaction():
            connection.execute(GRANTS)
            limit_reader(connection, "reporter")
            mart_access.prepare(connection)
        functions.close(connection)


def create_reader(connection: psycopg.Connection, name: str, password: str, groups: Iterable[str]) -> None:
    """Create a login that can only read; `groups` determine what, and it is in no others."""
    set_password(connection, name, password)
    role, groups = sql.Identifier(name), set(groups)
    connection.execute(sql.SQL("grant {} to current_user").format(role))
    present = groups_of(connection, name)
    for verb, changed in (("grant {} to {}", groups - present), ("revoke {} from {}", present - groups)):
        for group in changed:
            connection.execute(sql.SQL(verb).format(sql.Identifier(group), role))
    if is_superuser(connection):  # nobody else could have granted these
        connection.execute(sql.SQL("alter role {} nosuperuser nobypassrls nocreaterole").format(role))
    limit_reader(connection, name)


def groups_of(connection: psycopg.Connection, name: str) -> set[str]:
    """Roles that a role is a member of; none if it does not exist."""
    return {group for (group,) in connection.execute(_GROUPS_OF, [name])}


def is_superuser(connection: psycopg.Connection) -> bool:
    """Whether the connection's user is a superuser of the server."""
    return connection.info.parameter_status("is_superuser") == "on"


def limit_reader(connection: psycopg.Connection, name: str) -> None:
    """Give a reader's sessions their settings, and remove others that it may have given itself."""
    role = sql.Identifier(name)
    connection.execute(sql.SQL("alter role {} reset all").format(role))
    here = sql.Identifier(connection.info.dbname)
    connection.execute(sql.SQL("alter role {} in database {} reset all").format(role, here))
    settings = READER_SETTINGS | (SUPERUSERS_SETTINGS if is_superuser(connection) else {})
    for setting, value in settings.items():
        statement = sql.SQL("alter role {} set {} = {}")
        connection.execute(statement.format(role, sql.Identifier(setting), sql.Literal(value)))


def connect(url: URL) -> psycopg.Connection:
    """Connect, committing each statement.

    Raises:
        SetupError: if the server cannot be reached, or refuses.
    """
    try:
        return psycopg.connect(text(url), autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        where = f"{url.host}:{url.port or 5432}/{url.database}"
        raise SetupError(f"cannot connect to Postgres at {where} as {url.username}: {error}") from error


def set_password(connection: psycopg.Connection, role: str, password: str) -> None:
    """Set a login's password; create the login if it is missing.

    The server is sent the verifier that it keeps, not the password, since its log may hold statements.
    """
    verb = "alter" if role_exists(connection, role) else "create"
    statement = sql.SQL(verb + " role {} login password {}")
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    connection.execute(statement.format(sql.Identifier(role), sql.Literal(verifier.decode())))


def role_exists(connection: psycopg.Connection, role: str) -> bool:
    """Whether the server has the role."""
    return connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone() is not None
