"""The users of a check of the dashboards: one per role, for as long as the check runs."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException

from tradewind.dashboards.users import UserError, add_user, delete_user, role_ids
from tradewind.dashboards.web import Session

#: Last name of these users, and how their names begin.
LAST_NAME, _PREFIX = "Check of dashboards", "check-"


@contextmanager
def temporary_users(
    admin: Session, roles: Sequence[str], kept: list[str]
) -> Iterator[dict[str, tuple[str, str]]]:
    """A user for each role, as name and password by the role's name; they are deleted afterwards.

    What an interrupted check left behind is deleted first; one check at a time may run.

    Args:
        admin: who creates and deletes them.
        roles: names of roles.
        kept: gets a sentence for each user that could not be deleted.

    Raises:
        LookupError: Superset lacks a role, or does not list users or roles.
        UserError: it does not create a user.
    """
    ids = role_ids(admin)
    if missing := [name for name in roles if name not in ids]:
        raise LookupError(f"Superset has no role {missing[0]}: run make dashboards")
    _delete(admin, _left_behind(admin), kept)
    run, made, users = secrets.token_hex(4), {}, {}
    try:
        for number, role in enumerate(roles, 1):
            name = f"{_PREFIX}{run}-{number}"
            user_id, password = add_user(admin, name, [ids[role]], LAST_NAME)
            made[user_id] = name
            users[role] = (name, password)
        yield users
    finally:
        _delete(admin, made, kept)


def _left_behind(admin: Session) -> dict[int, str]:
    return {
        user["id"]: user["username"]
        for user in admin.list_all("security/users")
        if user["last_name"] == LAST_NAME and user["username"].startswith(_PREFIX)
    }


def _delete(admin: Session, users: dict[int, str], kept: list[str]) -> None:
    """Delete all that can be deleted, whatever happens to the others."""
    for user_id, name in users.items():
        try:
            delete_user(admin, user_id)
        except (UserError, OSError, HTTPException) as error:
            kept.append(f"{name} could not be deleted and has its role until the next check: {error}")
