"""What each role of the warehouse may do, tried on a real server."""

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege, ReadOnlySqlTransaction

from deploy.databases import scram
from deploy.databases.warehouse import connect, prepare, set_password
from tests.conftest import PASSWORD
from tradewind.settings import ROLES


def run(url: str, statement: str) -> list[tuple]:
    with psycopg.connect(url) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="module", autouse=True)
def tables(warehouse):
    run(warehouse.url("loader"), "create table staging.raw_x as select 1 as x")
    run(warehouse.url("transformer"), "create table core.fct_x as select * from staging.raw_x")
    run(warehouse.url("transformer"), "create table marts.mart_x as select * from core.fct_x")
    run(warehouse.url("transformer"), "select access.protect('marts.mart_x')")


def test_reporter_reads_marts(warehouse):
    assert run(warehouse.url("reporter"), "select x from marts.mart_x") == [(1,)]


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("reporter", "select * from core.fct_x"),
        ("reporter", "select * from staging.raw_x"),
        ("loader", "select * from core.fct_x"),
        ("loader", "create table marts.mine (x int)"),
        ("transformer", "delete from staging.raw_x"),
        ("transformer", "create table public.mine (x int)"),
    ],
)
def test_roles_are_refused_what_they_do_not_own(warehouse, role, statement):
    with pytest.raises(InsufficientPrivilege):
        run(warehouse.url(role), statement)


def test_reporter_cannot_write(warehouse):
    with pytest.raises(ReadOnlySqlTransaction):
        run(warehouse.url("reporter"), "delete from marts.mart_x")


def test_reporter_has_a_statement_timeout(warehouse):
    assert run(warehouse.url("reporter"), "show statement_timeout") == [("30s",)]


def test_preparing_again_changes_nothing(warehouse):
    prepare(warehouse.owner, dict.fromkeys(ROLES, PASSWORD))
    assert run(warehouse.url("reporter"), "select x from marts.mart_x") == [(1,)]


def test_a_password_is_not_sent_as_text(warehouse):
    """The server's log, and its list of sessions, hold statements."""
    with connect(warehouse.owner) as connection, connect(warehouse.owner) as another:
        set_password(connection, "reporter", PASSWORD)
        query = "select query from pg_stat_activity where pid = %s"
        (last,) = another.execute(query, [connection.info.backend_pid]).fetchone()
        stored = "select rolpassword from pg_authid where rolname = 'reporter'"
        assert scram.matches(another.execute(stored).fetchone()[0], PASSWORD)
    assert "reporter" in last and PASSWORD not in last
    assert run(warehouse.url("reporter"), "select 1") == [(1,)]
