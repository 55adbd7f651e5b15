"""The users of a check are gone afterwards, and so are those that an earlier one left."""

from __future__ import annotations

import json
from urllib.error import URLError

import pytest

from tradewind.dashboards.temporary_users import LAST_NAME, temporary_users
from tradewind.dashboards.web import Answer, Session

ADA = {"id": 1, "username": "ada", "last_name": "Lovelace"}
NAMESAKE = {"id": 2, "username": "grace", "last_name": LAST_NAME}
LEFT = {"id": 3, "username": "check-0-1", "last_name": LAST_NAME}


class Users(Session):
    """A session with a Superset that keeps users, and hangs up when one of `stuck` is to be deleted."""

    def __init__(self, *users: dict, stuck: tuple[int, ...] = ()) -> None:
        self.users = {user["id"]: user for user in users}
        self.stuck = stuck

    def get(self, path: str) -> Answer:
        found = [{"id": 7, "name": "Executive"}, {"id": 8, "name": "Analyst"}]
        if path.startswith("/api/v1/security/users/"):
            found = list(self.users.values())
        return Answer(200, path, json.dumps({"count": len(found), "result": found}))

    def post(self, path: str, body: dict) -> Answer:
        new = max(self.users, default=0) + 1
        self.users[new] = {"id": new, **body}
        return Answer(201, path, json.dumps({"id": new}))

    def delete(self, path: str) -> Answer:
        user_id = int(path.rpartition("/")[2])
        if user_id in self.stuck:
            raise URLError("the connection was refused")
        del self.users[user_id]
        return Answer(200, path, "{}")


def test_they_are_deleted_with_those_of_an_earlier_check() -> None:
    admin, kept = Users(ADA, NAMESAKE, LEFT), []
    with temporary_users(admin, ["Executive", "Analyst"], kept) as users:
        assert users.keys() == {"Executive", "Analyst"}
        assert LEFT["id"] not in admin.users or admin.users[LEFT["id"]] != LEFT
        assert len(admin.users) == 4
    assert list(admin.users) == [1, 2] and kept == []


def test_one_that_cannot_be_deleted_keeps_no_other_and_is_named() -> None:
    admin, kept = Users(ADA, stuck=(2,)), []
    with pytest.raises(KeyboardInterrupt), temporary_users(admin, ["Executive", "Analyst"], kept):
        raise KeyboardInterrupt
    assert list(admin.users) == [1, 2]
    assert kept == [
        f"{admin.users[2]['username']} could not be deleted and has its role until the next check:"
        " <urlopen error the connection was refused>"
    ]
    admin.stuck, kept = (), []
    with temporary_users(admin, [], kept):
        assert list(admin.users) == [1]


def test_an_earlier_one_that_cannot_be_deleted_stops_no_check() -> None:
    admin, kept = Users(LEFT, stuck=(3,)), []
    with temporary_users(admin, ["Executive"], kept) as users:
        assert len(users) == 1
    assert list(admin.users) == [3] and len(kept) == 1
