"""Databases, roles and schemas of the warehouse, with the least rights that each role needs."""

from __future__ import annotations

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL

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

#: What each role may do beyond what it owns. The reporter sees published marts, and of schema ops the views
#: `health_*` alone, on which dbt grants it select: the ledger and the quarantine may quote personal data.
GRANTS = """
grant usage, create on schema staging, ops to transformer;
grant select on all tables in schema staging, ops to transformer;
alter default privileges for role loader in schema staging, ops grant select on tables to transformer;

grant usage on schema marts, ops to reporter;
grant select on all tables in schema marts to reporter;
alter default privileges for role transformer in schema marts grant select on tables to reporter;

alter role reporter set default_transaction_read_only = on;
alter role reporter set statement_timeout = '30s';
-- a forgotten notebook must not hold up the next publication
alter role reporter set idle_in_transaction_session_timeout = '60s';
alter role loader set timezone = 'UTC';
alter role transformer set timezone = 'UTC';
alter role reporter set timezone = 'UTC';
revoke all on schema public from public;
"""


def create_database(server: URL, name: str, owner: str | None = None, password: str = "") -> bool:
    """Make a database, and its owner, on the server that `server` points to; False if it was there."""
    with _connect(server) as connection:
        if owner:
            _create_role(connection, owner, password)
        found = connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone()
        if not found:
            statement = sql.SQL("create database {}").format(sql.Identifier(name))
            if owner:
                statement += sql.SQL(" owner {}").format(sql.Identifier(owner))
            connection.execute(statement)
        revoke = sql.SQL("revoke all on database {} from public").format(sql.Identifier(name))
        connection.execute(revoke)
        return not found


def create_role(server: URL, name: str, password: str, database: str) -> None:
    """Make a role that may connect to one database; what it may do there, the database's owner grants."""
    with _connect(server) as connection:
        _create_role(connection, name, password)
        statement = sql.SQL("grant connect on database {} to {}")
        connection.execute(statement.format(sql.Identifier(database), sql.Identifier(name)))


def prepare(warehouse: URL, passwords: dict[str, str]) -> None:
    """Make roles, schemas and grants in the warehouse; the same call again changes nothing.

    Args:
        warehouse: address as an owner who may create roles and schemas.
        passwords: one for each of `ROLES`.
    """
    with _connect(warehouse) as connection:
        database = sql.Identifier(warehouse.database)
        for role in ROLES:
            _create_role(connection, role, passwords[role])
            name = sql.Identifier(role)
            connection.execute(sql.SQL("grant {} to current_user").format(name))
            rights = "connect" if role == "reporter" else "connect, temporary"
            connection.execute(sql.SQL(f"grant {rights} on database {{}} to {{}}").format(database, name))
        for schema, owner in SCHEMAS.items():
            statement = sql.SQL("create schema if not exists {} authorization {}")
            connection.execute(statement.format(sql.Identifier(schema), sql.Identifier(owner)))
        connection.execute(GRANTS)


def _connect(url: URL) -> psycopg.Connection:
    try:
        return psycopg.connect(text(url), autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        where = f"{url.host}:{url.port or 5432}/{url.database}"
        raise SetupError(f"cannot connect to Postgres at {where} as {url.username}: {error}") from error


def _create_role(connection: psycopg.Connection, role: str, password: str) -> None:
    verb = "alter" if _role_exists(connection, role) else "create"
    statement = sql.SQL(verb + " role {} login password {}")
    connection.execute(statement.format(sql.Identifier(role), sql.Literal(password)))


def _role_exists(connection: psycopg.Connection, role: str) -> bool:
    return connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone() is not None
