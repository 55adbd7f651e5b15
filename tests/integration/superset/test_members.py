"""Roles made of the members that the data have, whatever their names: each sees its rows and no others."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.conftest import Warehouse
from tests.support.strange_names import NAMES
from tradewind.dashboards.security import role_name
from tradewind.dashboards.tree import FOLDER

ROLES = {role_name("Country manager", name): name for name in NAMES}


@pytest.fixture(scope="module", autouse=True)
def marts(superset, warehouse_of_superset: Warehouse) -> Iterator[Warehouse]:
    """A mart with a row for each member and two that nobody manages, and the repository's assets."""
    with psycopg.connect(warehouse_of_superset.url("transformer")) as connection:
        connection.execute("drop table if exists marts.mart_sales_monthly")
        connection.execute("create table marts.mart_sales_monthly (country text)")
        with connection.cursor() as cursor:
            rows = [(name,) for name in [*NAMES, "Tomorrow", None]]
            cursor.executemany("insert into marts.mart_sales_monthly values (%s)", rows)
    assert superset.import_assets(folder=str(FOLDER / "assets")) == []
    yield warehouse_of_superset
    with psycopg.connect(warehouse_of_superset.url("transformer")) as connection:
        connection.execute("drop table marts.mart_sales_monthly")


def test_a_role_sees_the_rows_of_its_member_and_no_others(superset, marts: Warehouse) -> None:
    """What Superset sends to the warehouse, run as somebody whom no policy of Postgres limits."""
    superset.apply_roles(members={"country": NAMES})
    found = superset.queries(dataset="mart_sales_monthly", roles=list(ROLES))
    with psycopg.connect(marts.url("transformer")) as connection:
        seen = {role: [name for (name,) in connection.execute(found[role])] for role in ROLES}
    assert seen == {role: [name] for role, name in ROLES.items()}


def test_a_role_whose_member_is_unknown_stays_with_those_who_have_it(superset) -> None:
    superset.apply_roles(members={"country": ["Canada", "France", "Japan"]})
    superset.give(role="Country manager Japan")
    superset.apply_roles(members={"country": ["Canada"]})
    left = {name for name in superset.names_of_roles() if name.startswith("Country manager ")}
    assert left == {"Country manager Canada", "Country manager Japan"}
    superset.give(role=None)
    superset.apply_roles(members={"country": ["Canada"]})
    assert "Country manager Japan" not in superset.names_of_roles()


def test_250_members(superset) -> None:
    answer = superset.apply_roles(members={"country": [f"Country {number}" for number in range(250)]})
    assert answer == "253 roles, 251 row filters"
