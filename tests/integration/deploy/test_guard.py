"""The guard undoes what a reader changes about itself to lock others out or to run forever."""

import threading
import time

import psycopg
import pytest
from psycopg.errors import AdminShutdown, OperationalError

from deploy.databases import make as databases
from deploy.databases import readers, roles, walls
from deploy.databases.guard import Guard
from deploy.databases.warehouse import connect, prepare
from deploy.setup.secrets import GENERATORS
from tests.conftest import PASSWORD
from tests.support.members import rules
from tradewind.dashboards import logins
from tradewind.settings import ROLES, Settings, text

CANADA = logins.reader_of("Country manager Canada")


@pytest.fixture(scope="module")
def settings(warehouse, tmp_path_factory) -> Settings:
    values = {**dict.fromkeys(GENERATORS, PASSWORD), "WAREHOUSE_URL": warehouse.url()}
    server = {"POSTGRES_HOST": warehouse.owner.host, "POSTGRES_PORT": str(warehouse.owner.port)}
    settings = Settings({**values, **server, "TRADEWIND_STATE": str(tmp_path_factory.mktemp("state"))})
    databases.make_databases(settings)
    with psycopg.connect(warehouse.url("transformer")) as connection:
        connection.execute("create table marts.mart_sales_monthly as select 'Canada' as country")
        connection.execute("select access.protect('marts.mart_sales_monthly')")
    with connect(settings.warehouse_url) as connection:
        readers.prepare(connection, PASSWORD, rules())
    return settings


@pytest.fixture
def guard(settings):
    with connect(settings.warehouse_url) as connection:
        guard = Guard(settings, connection)
        guard.look()
        yield guard


def drop_owned(settings, role):
    """Including those in databases of other tests, which have ended, since the server is the same."""
    query = (
        "select distinct datname from pg_shdepend inner join pg_database on pg_database.oid = dbid"
        " where refclassid = 'pg_authid'::regclass and refobjid = %s::regrole"
    )
    with connect(settings.warehouse_url) as connection:
        databases = [name for (name,) in connection.execute(query, [role])]
    for name in {settings.warehouse_url.database, *databases}:
        with connect(settings.warehouse_url.set(database=name)) as connection:
            connection.execute(f"drop owned by {role}")


def as_reader(settings, reader=logins.MARTS, password=""):
    password = password or logins.password(PASSWORD, reader)
    url = settings.warehouse_url.set(username=reader, password=password)
    return psycopg.connect(text(url), autocommit=True)


HARM = [
    ("alter role {} password 'x'", "another password"),
    ("alter role {} password null", "another password"),
    ("alter role {} set statement_timeout = 0", "changed settings"),
    ("alter role {} set default_transaction_read_only = off", "changed settings"),
    ("alter role {} set search_path = elsewhere", "changed settings"),
    ("alter role {} reset all", "changed settings"),
    ("alter role {} in database {{}} set statement_timeout = 0", "changed settings"),
]


@pytest.mark.parametrize(("statement", "fault"), HARM)
@pytest.mark.parametrize("reader", [logins.MARTS, CANADA])
def test_a_reader_that_changes_its_own_login_is_repaired_and_disconnected(
    settings, guard, statement, fault, reader
):
    database = settings.warehouse_url.database
    with as_reader(settings, reader) as harm:
        harm.execute("set default_transaction_read_only = off")
        harm.execute(statement.format(reader).format(database))
        assert [fault in each for each in walls.look(settings).faults] == [True]
        guard.look()
        with pytest.raises(OperationalError):
            harm.execute("select 1")
    assert walls.look(settings).faults == []
    with as_reader(settings, reader) as again:
        assert again.execute("show statement_timeout").fetchone() == ("30s",)


def test_a_change_right_after_a_repair_is_seen(settings, guard, monkeypatch):
    repair = roles.repair

    def repair_too_early(connection, login):
        repair(connection, login)
        connection.execute(f"alter role {logins.MARTS} set statement_timeout = 0")

    guard.connection.execute(f"alter role {logins.MARTS} password 'x'")
    with monkeypatch.context() as race:
        race.setattr(roles, "repair", repair_too_early)
        guard.look()
    assert walls.look(settings).faults
    guard.look()
    assert walls.look(settings).faults == []


def test_no_session_exceeds_its_limits(settings, guard, monkeypatch):
    monkeypatch.setattr(roles, "_OVERDUE", roles._OVERDUE.replace("35 seconds", "0.1 seconds"))
    ends = []

    def run_for_ever():
        with as_reader(settings) as session:
            session.execute("set statement_timeout = 0")
            running.set()
            try:
                session.execute("select count(*) from generate_series(1, 100000000000)")
            except AdminShutdown as error:
                ends.append(error)

    running = threading.Event()
    thread = threading.Thread(target=run_for_ever, daemon=True)
    thread.start()
    running.wait(30)
    deadline = time.monotonic() + 30
    while thread.is_alive() and time.monotonic() < deadline:
        guard.look()
        thread.join(0.2)
    assert len(ends) == 1


def test_sessions_within_their_limits_are_left_alone(settings, guard):
    with as_reader(settings) as session:
        session.execute("begin")
        guard.look()
        assert session.execute("select country from marts.mart_sales_monthly").fetchone() == ("Canada",)


def test_a_user_with_two_countries_gets_a_reader_that_adds_them_up(settings, guard):
    both = ["Country manager Canada", "Country manager France"]
    several = logins.login(both, rules())
    readers.prepare_several(guard.connection, PASSWORD, rules(), [both])
    with as_reader(settings, several) as session:
        assert session.execute("select country from marts.mart_sales_monthly").fetchone() == ("Canada",)
    assert walls.look(settings).faults == []

    guard.connection.execute(f"grant every_row to {several}")
    (found,) = walls.look(settings).faults
    assert f"role {several} is a member of every_row" in found
    guard.look()
    assert walls.look(settings).faults == []

    guard.connection.execute(f"revoke {CANADA} from {several}")  # as when that role is dropped
    assert readers.prepare_several(guard.connection, PASSWORD, rules(), [both]) == [several]
    assert readers.prepare_several(guard.connection, PASSWORD, rules(), [both]) == []
    with as_reader(settings, several) as session:
        assert session.execute("select country from marts.mart_sales_monthly").fetchone() == ("Canada",)


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("drop role {}", "is missing"),
        ("alter role {} nologin", "may not log in"),
        ("alter role {} bypassrls", "may do more"),
        ("grant every_row to {}", "is a member of every_row, mart_readers, not of mart_readers"),
        ("revoke mart_readers from {}", "is a member of nothing"),
    ],
)
def test_a_role_dropped_or_raised_by_hand_is_reported_and_repaired(settings, guard, statement, fault):
    if statement.startswith("drop"):
        drop_owned(settings, CANADA)
    guard.connection.execute(statement.format(CANADA))
    (found,) = walls.look(settings).faults
    assert CANADA in found
    assert fault in found
    databases.make_databases(settings)
    assert walls.look(settings).faults == []


def test_an_open_function_and_an_open_mart_are_reported_and_closed(settings, guard):
    guard.connection.execute("create function public.dblink(text) returns int language sql as 'select 1'")
    guard.connection.execute("create table marts.mart_open as select 1 as x")
    guard.connection.execute("grant select on marts.mart_open to reporter")
    (mart, function) = walls.look(settings).faults
    assert "marts.mart_open may be read without row-level security" in mart
    assert "readers may call dblink(text)" in function
    guard._looks = 0
    guard.look()
    assert walls.look(settings).faults == []
    guard.connection.execute("drop function public.dblink(text)")
    guard.connection.execute("drop table marts.mart_open")


def test_an_owner_who_is_not_superuser_repairs_roles_and_reports_what_stays_open(settings, postgres_server):
    """As on a managed server: it owns the roles, but not Postgres's functions."""
    with connect(postgres_server) as server:
        server.execute(f"create role plain_owner login createrole password '{PASSWORD}'")
        server.execute("create database plain owner plain_owner")
        for role in (*ROLES, "mart_readers", "every_row", "health_readers"):
            server.execute(f"grant {role} to plain_owner with admin option")
        for login in readers.wanted(rules()):
            server.execute(f"grant {login} to plain_owner with admin option")
    owner = postgres_server.set(username="plain_owner", password=PASSWORD, database="plain")
    plain = Settings({**settings.values, "WAREHOUSE_URL": text(owner)})
    prepare(owner, dict.fromkeys(ROLES, PASSWORD))
    with connect(owner) as connection:
        readers.prepare(connection, PASSWORD, rules())
    databases.make_readers(plain)
    faults, (limit,) = walls.look(plain)
    assert faults == []
    assert "plain_owner is not a superuser of the server" in limit
    assert "Row-level security holds" in limit
    with as_reader(plain) as harm:
        harm.execute("set default_transaction_read_only = off")
        harm.execute(f"alter role {logins.MARTS} password 'x'")
    assert any("another password" in each for each in walls.look(plain).faults)
    with connect(owner) as connection:
        Guard(plain, connection).look()
    assert walls.look(plain).faults == []
    with psycopg.connect(text(owner.set(username="transformer", password=PASSWORD))) as connection:
        connection.execute(
            "create table marts.mart_sales_monthly as select 'Canada' as country union select 'USA'"
        )
        connection.execute("select access.protect('marts.mart_sales_monthly')")
    with as_reader(plain, CANADA) as hole:
        text_query = "select to_tsvector(''simple'', country) from marts.mart_sales_monthly"
        query = f"select word from ts_stat('{text_query}')"
        assert hole.execute(query).fetchall() == [("canada",)]
