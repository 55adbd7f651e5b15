"""Create a Superset user with one role, and print the password: `make user NAME=ada ROLE=Executive`."""

from __future__ import annotations

import argparse
import os
import secrets
import sys

from tradewind.dashboards import security
from tradewind.dashboards.web import Answer, LoginError, Session

ADMIN = "admin"


class UserError(RuntimeError):
    """The user cannot be created; the message says why."""


def role_ids(admin: Session) -> dict[str, int]:
    """Ids of all roles by name.

    Raises:
        LookupError: Superset does not list them.
    """
    return {role["name"]: role["id"] for role in admin.list_all("security/roles")}


def add_user(admin: Session, name: str, roles: list[int], last_name: str = "") -> tuple[int, str]:
    """Create a user; returns the id and the generated password.

    Raises:
        UserError: if Superset refuses, for example because the name is taken.
    """
    password = secrets.token_urlsafe(16)
    user = {
        "username": name,
        "first_name": name,
        "last_name": last_name or name,
        "email": f"{name}@localhost",
        "active": True,
        "password": password,
        "roles": roles,
    }
    answer = admin.post("/api/v1/security/users/", user)
    if answer.status == 422:
        raise UserError(f"there is already a user {name}")
    return _result(answer)["id"], password


def delete_user(admin: Session, user_id: int) -> None:
    """Delete a user.

    Raises:
        UserError: where Superset refuses.
    """
    _result(admin.delete(f"/api/v1/security/users/{user_id}"))


def _result(answer: Answer) -> dict:
    if answer.status not in (200, 201):
        raise UserError(f"Superset answered {answer}")
    return answer.json


def main() -> int:
    """Create the user; exit code 1 with the reason if that fails."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog="The administrator's password is read from SUPERSET_PASSWORD.",
    )
    parser.add_argument("--url", default="http://127.0.0.1:8088")
    parser.add_argument("name", help="to log in with")
    parser.add_argument("role", help="as in superset/security.yaml")
    args = parser.parse_args()
    file = security.read()
    try:
        admin = Session(args.url, ADMIN, os.environ.get("SUPERSET_PASSWORD", ""))
        ids = role_ids(admin)
        fixed = {role.name for role in file.roles()}
        known = sorted(name for name in ids if name in fixed or file.is_of_all(name))
        if args.role not in known:
            raise UserError(f"there is no role {args.role!r}, there are: {', '.join(known)}")
        _, password = add_user(admin, args.name, [ids[args.role]])
    except (LoginError, LookupError, UserError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{args.name} is {args.role}; the password, shown only now: {password}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
