"""Superset's `DB_CONNECTION_MUTATOR`: chooses the warehouse login by who asks.

Each query opens its own connection, so this costs nothing, and nobody's connection serves somebody else.
"""

import os
from typing import Any

from flask import g, has_app_context
from sqlalchemy.engine import URL

from tradewind.dashboards import logins, security

#: Superset rights that let a handmade role read from a database.
_READING = {
    *("all_database_access", "all_datasource_access", "catalog_access", "database_access"),
    *("datasource_access", "schema_access"),
}

_FILE = security.read()
_KEY = os.environ.get("WAREHOUSE_READERS_KEY", "")


def login_of_user(security_manager: Any) -> str | None:
    """Login of whoever asks; None without a user, and for a user who may read nothing."""
    user = g.get("user") if has_app_context() else None
    if user is None or user.is_anonymous:
        return None
    roles = security_manager.get_user_roles(user)
    names = {role.name for role in roles}
    if found := logins.login(names, _FILE):
        return found
    rights = security_manager.rights_of(roles)
    may_read_marts = any(permission in _READING for permission, _ in rights)
    return logins.login(names, _FILE, may_read_marts=may_read_marts)


def choose_login(
    url: URL, engine: dict[str, Any], _user: str | None, security_manager: Any, _source: Any
) -> tuple[URL, dict[str, Any]]:
    """The warehouse's address with the login of whoever asks; those of other databases as they are.

    Without a login the address stays unchanged, with a name that Postgres does not know.
    """
    if url.username == logins.UNCHOSEN and (login := login_of_user(security_manager)):
        url = url.set(username=login, password=logins.password(_KEY, login))
    return url, engine
