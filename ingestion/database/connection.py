"""The connection to the warehouse."""

from __future__ import annotations

import re

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tradewind.settings import SettingError, Settings

_SECONDS_TO_CONNECT = 10


class WarehouseUnavailable(Exception):
    """The server cannot be reached, or refuses the connection; the text says what to do."""


def conninfo(settings: Settings, role: str) -> str:
    """The address that `Settings.role_url` gives, as libpq reads it; SQLAlchemy is not imported for it.

    Raises:
        SettingError: `WAREHOUSE_URL` is not an address.
    """
    password = settings.get(f"{role.upper()}_PASSWORD")
    login = {"user": role, "password": password} if password else {}
    if own := settings.get("WAREHOUSE_URL"):
        try:
            return make_conninfo(re.sub(r"^\w+(\+\w+)?://", "postgresql://", own), **login)
        except psycopg.ProgrammingError:  # whose text holds the password
            form = "postgresql://user:password@host:port/database"
            raise SettingError(f"WAREHOUSE_URL is not an address of the form {form}") from None
    where = {"host": settings.postgres_host, "port": settings.postgres_port, "dbname": "warehouse"}
    owner = {"user": "postgres", "password": settings.get("POSTGRES_PASSWORD")}
    return make_conninfo(**where, **(login or owner))


def connect_as(settings: Settings, role: str, *, autocommit: bool = False) -> psycopg.Connection:
    """A connection as one of `ROLES`; as the owner where the role has no password.

    Raises:
        psycopg.OperationalError: no connection can be made within ten seconds.
        SettingError: `WAREHOUSE_URL` is not an address.
    """
    return psycopg.connect(
        conninfo(settings, role), autocommit=autocommit, connect_timeout=_SECONDS_TO_CONNECT
    )


def connect(url: str | None = None) -> psycopg.Connection:
    """A connection in autocommit mode, as the role `loader` unless `url` (libpq form) says otherwise.

    Raises:
        WarehouseUnavailable: no connection can be made.
    """
    url = url or conninfo(Settings.load(), "loader")
    try:
        return psycopg.connect(
            url,
            autocommit=True,
            connect_timeout=_SECONDS_TO_CONNECT,
            client_encoding="utf8",
            application_name="tradewind ingestion",
        )
    except psycopg.OperationalError as error:
        address = conninfo_to_dict(url)
        where = f"{address.get('host', 'localhost')}:{address.get('port', 5432)}"
        cause = str(error).strip().splitlines()[-1].strip()
        raise WarehouseUnavailable(f"no warehouse at {where} ({cause}): is the stack up? make up") from error
