"""The parameters of a Postgres address, for programs that cannot be given an address."""

from __future__ import annotations

import psycopg
from sqlalchemy.engine import URL

from tradewind.settings import SettingError

#: Parameters that have no variable, and that a connection works without.
_DISPENSABLE = {
    *("fallback_application_name", "tcp_user_timeout"),
    *("keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval"),
}


def variables(url: URL) -> dict[str, str]:
    """What stands behind the `?` of an address, as the environment variables that libpq reads.

    Raises:
        SettingError: for one that libpq does not know, or reads from no variable.
    """
    known = {
        each.keyword.decode(): each.envvar.decode() if each.envvar else ""
        for each in psycopg.pq.Conninfo.get_defaults()
    }
    found = {}
    for name, value in url.query.items():
        if known.get(name):
            found[known[name]] = value if isinstance(value, str) else ",".join(value)
        elif name not in _DISPENSABLE:
            raise SettingError(f"{name} of WAREHOUSE_URL cannot be passed on to dbt: leave it out")
    return found
