"""Which login reads the warehouse for a user of Superset: one for each set of rows and schemas.

Such a login is called a reader. Postgres itself hides what a restricted reader may not see, whatever SQL a
hole in Superset lets through. This module does not need Superset: `deploy/databases/readers.py` creates the
logins, and `superset/config/warehouse_login.py` chooses among them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass

from tradewind.dashboards.security import Role, Security

#: All rows of the published marts.
MARTS = "reader_marts"

#: The same, and the views of data health.
HEALTH = "reader_health"

#: The user in the address that Superset keeps. There is no such role: unless one is chosen, nothing is read.
UNCHOSEN = "nobody"

#: Superset's own role that may see everything.
ADMIN = "Admin"

_HEALTH_SCHEMA = "ops"
_LONGEST_SLUG = 40


@dataclass(frozen=True)
class Rule:
    """Rows of a mart that a restricted reader sees: those with `value` in `column`, or all if it is None."""

    mart: str
    reader: str
    column: str | None = None
    value: str | None = None


def reader_of(role: str) -> str:
    """Login of a restricted role: readable, and different for every name."""
    slug = re.sub(r"[^a-z0-9]+", "_", role.lower()).strip("_")[:_LONGEST_SLUG]
    return f"reader_{slug}_{_digest(role)}"


def reader_of_several(roles: Iterable[str]) -> str:
    """Login of somebody with several restricted roles, who sees the rows of all of them."""
    return f"reader_several_{_digest(chr(0).join(sorted(roles)))}"


def restricted(security: Security) -> list[Role]:
    """Roles that are limited to some rows."""
    return [role for role in security.roles() if role.of]


def limits(roles: Iterable[str], security: Security) -> list[str]:
    """Those of somebody's roles that limit rows, in order, whether or not their members are known here."""
    known = {role.name for role in restricted(security)}
    return sorted({name for name in roles if name in known or security.is_of_all(name)})


def login(roles: Iterable[str], security: Security, *, may_read_marts: bool = False) -> str | None:
    """Login for somebody who has these roles; None if they may read nothing.

    Args:
        may_read_marts: whether a handmade role lets them read from the warehouse.
    """
    roles = set(roles)
    limited = limits(roles, security)
    if limited:
        return reader_of(limited[0]) if len(limited) == 1 else reader_of_several(limited)
    if ADMIN in roles or roles & _families_of_health(security):
        return HEALTH
    return MARTS if may_read_marts or roles & {role.name for role in security.roles()} else None


def rules(security: Security) -> list[Rule]:
    """What each restricted reader sees of each mart; nothing of marts that are not listed."""
    found = []
    for dataset in sorted(security.rules):
        schema, _, mart = dataset.partition(".")
        for role in restricted(security):
            share = security.sees(role, dataset)
            if schema == _HEALTH_SCHEMA or share == "none":
                continue
            own = (role.of, role.value) if share == "own" else (None, None)
            found.append(Rule(mart, reader_of(role.name), *own))
    return found


def password(key: str, reader: str) -> str:
    """Password of a reader, derived from the installation's secret `READERS_KEY`."""
    digest = hmac.new(key.encode(), reader.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _families_of_health(security: Security) -> set[str]:
    return {name for name, data in security.families.items() if _HEALTH_SCHEMA in data.get("schemas", ())}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
