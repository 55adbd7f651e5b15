"""The connection to the warehouse."""

from __future__ import annotations

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tradewind.settings import Settings

_SECONDS_TO_CONNECT = 10


class WarehouseUnavailable(Exception):
    """The server cannot be reached, or refuses the connection; the text says what to do."""


def connect(url: str | None = None) -> psycopg.Connection:
    """A connection in autocommit mode, as the role `loader` unless `url` (libpq form) says otherwise.

    Raises:
        WarehouseUnavailable: no connection can be made.
    """
    url = url or Settings.load().conninfo("loader")
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
