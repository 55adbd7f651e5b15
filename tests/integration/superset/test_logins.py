"""A hole in Superset is not a hole in the data: SQL that gets through reads as whoever asks."""

from __future__ import annotations

from functools import partial

import psycopg
import pytest

from deploy.databases import readers
from deploy.databases.warehouse import connect
from tests.conftest import PASSWORD, Warehouse
from tests.support.members import MEMBERS, rules
from tradewind.dashboards import logins
from tradewind.dashboards.tree import FOLDER

CANADA, FRANCE = "Country manager Canada", "Country manager France"
QUERY = "select sum(sales) as sales from marts.mart_sales_monthly"


@pytest.fixture(scope="module")
def marts(warehouse_of_superset: Warehouse) -> Warehouse:
    """One mart, and all readers of the repository's own `security.yaml`."""
    file = rules()
    warehouse = warehouse_of_superset
    with psycopg.connect(warehouse.url("transformer")) as connection:
        connection.execute("create table marts.mart_sales_monthly (country text, sales int)")
        connection.execute(
            "insert into marts.mart_sales_monthly values ('Canada', 1), ('France', 2), ('USA', 4)"
        )
    with connect(warehouse.owner) as owner:
        readers.prepare(owner, PASSWORD, file)
        readers.prepare_several(owner, PASSWORD, file, [[CANADA, FRANCE]])
    return warehouse


@pytest.fixture(scope="module", autouse=True)
def assets(superset, marts):
    assert superset.import_assets(folder=str(FOLDER / "assets")) == []
    superset.apply_roles(members=MEMBERS)


@pytest.mark.parametrize(
    ("roles", "sales"),
    [
        ([CANADA], 1),
        ([CANADA, FRANCE], 3),
        ([CANADA, "Executive", "Analyst", "Data engineer", "Admin"], 1),
        (["Executive"], 7),
        (["Analyst"], 7),
        (["Admin"], 7),
        (["Regional manager South"], None),
    ],
)
def test_each_reads_its_own_rows(superset, roles, sales):
    assert superset.users_view(roles=roles, dataset="mart_sales_monthly", query=QUERY)["rows"] == [[sales]]


def view(superset, *roles, **more):
    return superset.users_view(roles=list(roles), dataset="mart_sales_monthly", query=QUERY, **more)


def test_an_answer_for_one_login_is_not_served_to_another(superset):
    keys = [
        view(superset, *roles)["keys"] for roles in ([CANADA], [CANADA, FRANCE], ["Executive"], ["Admin"])
    ]
    assert len({tuple(key) for key in keys}) == len(keys)
    assert view(superset, "Analyst")["keys"] == view(superset, "Executive")["keys"], "they see the same"


def test_nobody_and_users_without_a_role_read_nothing(superset):
    for seen in (
        view(superset)["rows"],
        view(superset, "Public")["rows"],
        superset.nobodys_view(query=QUERY),
    ):
        assert "nobody" in seen or "password" in seen, seen
        assert "[[" not in seen
    assert view(superset, "Gamma")["login"] is None


def test_a_handmade_role_that_may_read_reads_the_marts(superset):
    grant = ["schema_access", "[warehouse].[x].[marts]"]
    assert view(superset, "Gamma", grants=[grant])["login"] == logins.MARTS
    assert view(superset, CANADA, grants=[grant])["rows"] == [[1]]


def test_a_schema_is_a_name_not_sql(superset):
    """Superset puts it into `set search_path = "…"`, which the server runs before the query."""
    ask = partial(superset.users_view, roles=["Analyst"], dataset="mart_sales_monthly")
    query = "select current_setting('statement_timeout')"
    assert ask(query=query, schema="marts")["rows"] == [["30s"]]
    answer = ask(query=query, schema='marts"; set statement_timeout = 0; --')["rows"]
    assert "is not the name of a schema" in answer


def test_no_password_is_stored_in_superset(superset, readers_url):
    assert superset.stored_address() == readers_url.render_as_string(hide_password=False)


def test_a_second_database_keeps_its_own_login(superset):
    assert (
        superset.chosen(address="postgresql://ada:secret@elsewhere/db")
        == "postgresql://ada:secret@elsewhere/db"
    )
