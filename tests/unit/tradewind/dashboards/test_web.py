"""What is asked of a running Superset."""

from __future__ import annotations

import json
import re

from tradewind.dashboards.users import role_ids
from tradewind.dashboards.web import Answer, Session


class Listing(Session):
    """A session with a Superset of 250 roles, which gives at most a hundred of them at a time."""

    def __init__(self) -> None:
        self.roles = [{"name": f"Country manager {number}", "id": number} for number in range(250)]

    def get(self, path: str) -> Answer:
        size, page = (
            int(found[1]) if (found := re.search(rf"{name}:(\d+)", path)) else 0
            for name in ("page_size", "page")
        )
        size = size if 0 < size < 100 else 100
        result = {"count": len(self.roles), "result": self.roles[page * size :][:size]}
        return Answer(200, path, json.dumps(result))


def test_roles_beyond_the_first_hundred_are_listed() -> None:
    assert len(role_ids(Listing())) == 250
