"""Whether the warehouse's walls are intact: its roles, the functions they may call, the rows they may see."""

from __future__ import annotations

from typing import NamedTuple

import psycopg

from deploy.databases import functions, mart_access, roles, warehouse
from deploy.errors import SetupError
from tradewind.settings import Settings

#: How many names of a long list are shown.
_NAMED = 4


class Findings(NamedTuple):
    """What is wrong, and what the warehouse's owner cannot fix: sentences that say what to do."""

    faults: list[str]
    limits: list[str]


def look(settings: Settings) -> Findings:
    """Check everything; empty if all walls are intact."""
    try:
        with warehouse.connect(settings.warehouse_url) as connection:
            return _look(settings, connection)
    except (SetupError, psycopg.Error) as error:
        return Findings([f"the walls of the warehouse cannot be checked: {error}"], [])


def _look(settings: Settings, connection: psycopg.Connection) -> Findings:
    found = [
        f"role {login.name} {word}: make up repairs it"
        for login, words in roles.faults(settings, connection).items()
        for word in words
    ]
    if marts := mart_access.unprotected(connection):
        found.append(f"{_list(marts)} may be read without row-level security: make up repairs it")
    limits = []
    if opened := functions.open_functions(connection):
        words = f"readers may call {_list(opened)}"
        if warehouse.is_superuser(connection):
            found.append(f"{words}: make up repairs it")
        else:
            limits.append(f"{words}: {_what_stays_open(connection)}")
    return Findings(found, limits)


def _what_stays_open(connection: psycopg.Connection) -> str:
    return (
        f"{connection.info.user} is not a superuser of the server and cannot revoke them; its administrator "
        "can, see docs/security.md. Row-level security holds in them too; advisory locks, large objects, "
        "sleeping and changed limits stay possible"
    )


def _list(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
