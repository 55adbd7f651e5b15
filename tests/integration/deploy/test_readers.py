"""Row-level security in Postgres: each reader connects, and tries to see what is not its own."""

import psycopg
import pytest
import yaml
from psycopg.errors import InsufficientPrivilege
from sqlalchemy.engine import URL

from deploy.databases import functions, mart_access, readers
from deploy.databases.warehouse import connect, prepare
from deploy.errors import SetupError
from tests.conftest import PASSWORD
from tests.support.strange_names import NAMES
from tradewind.dashboards import logins, members, security
from tradewind.settings import ROLES, text

FILE = yaml.safe_load("""
permissions:
  view: {Dashboard: [can_read]}
roles:
  Executive: {may: view}
  Country manager: {may: view, of: country, values: [Canada, "Cote d'Ivoire", Chad]}
  Regional manager: {may: view, of: region, values: [South]}
  Data engineer: {may: view, schemas: [marts, ops]}
datasets:
  mart_sales: country
  mart_orders: region
  mart_status: open
  mart_secret: {only: [Data engineer]}
  ops.health_loads: {only: [Data engineer]}
""")
SECURITY = security.Security(FILE)
CANADA = ("Country manager Canada",)
IVORY = ("Country manager Cote d'Ivoire",)
SEVERAL = ("Country manager Canada", "Country manager Chad", "Executive")

MART_SALES = """
create table marts.mart_sales (country text, sales numeric);
insert into marts.mart_sales values ('Canada', 1), ('Cote d''Ivoire', 2), ('Chad', 4), (null, 8);
"""


def run(url: str, statement: str) -> list[tuple]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="module")
def marts(warehouse):
    """A few marts as `publish` creates them, and the readers."""
    as_transformer = warehouse.url("transformer")
    run(as_transformer, MART_SALES)
    run(as_transformer, "create table marts.mart_orders as select 'South' as region, 1 as orders")
    run(as_transformer, "create table marts.mart_status as select 'sales' as source")
    run(as_transformer, "create table marts.mart_secret as select 7 as seven")
    run(as_transformer, "create table marts.mart_without_rule as select 'Canada' as country")
    run(as_transformer, "create view ops.health_loads as select 'a file' as file_name")
    run(as_transformer, "grant select on ops.health_loads to health_readers")
    with connect(warehouse.owner) as owner:
        readers.prepare(owner, PASSWORD, SECURITY)
        readers.prepare_several(owner, PASSWORD, SECURITY, [SEVERAL, CANADA])
    return warehouse


@pytest.fixture(scope="module")
def ask(marts):
    """Query as somebody with these Superset roles."""

    def ask(roles: tuple[str, ...], query: str) -> list[tuple]:
        return run(address(marts.owner, roles), query)

    return ask


def address(owner: URL, roles: tuple[str, ...], file: security.Security = SECURITY) -> str:
    login = logins.login(roles, file)
    return text(owner.set(username=login, password=logins.password(PASSWORD, login)))


@pytest.mark.parametrize(
    ("roles", "sales"),
    [
        (CANADA, 1),
        (IVORY, 2),
        (SEVERAL, 5),
        (("Executive",), 15),
        (("Data engineer",), 15),
        (("Admin",), 15),
        (("Regional manager South",), None),
        (("Executive", *CANADA), 1),
        (("Data engineer", *CANADA), 1),
    ],
)
def test_each_reader_sees_its_own_rows(ask, roles, sales):
    assert ask(roles, "select sum(sales) from marts.mart_sales") == [(sales,)]


def test_all_see_what_is_open_and_no_limited_reader_what_has_no_rule(ask):
    for roles in (CANADA, SEVERAL, ("Executive",)):
        assert ask(roles, "select source from marts.mart_status") == [("sales",)]
    for mart in ("mart_secret", "mart_without_rule", "mart_orders"):
        assert ask(CANADA, f"select * from marts.{mart}") == []
        assert len(ask(("Executive",), f"select * from marts.{mart}")) == 1


def test_data_health_has_its_own_reader(ask, marts):
    assert ask(("Data engineer",), "select file_name from ops.health_loads") == [("a file",)]
    for roles in (CANADA, SEVERAL, ("Executive",), ("Data engineer", *CANADA)):
        with pytest.raises(InsufficientPrivilege):
            ask(roles, "select * from ops.health_loads")
    with pytest.raises(InsufficientPrivilege):
        run(marts.url("reporter"), "select * from ops.health_loads")


ATTACKS = [
    "select * from ts_stat('select to_tsvector(country) from marts.mart_sales')",
    "select ts_rewrite('a'::tsquery, 'select country::tsquery, country::tsquery from marts.mart_sales')",
    "select query_to_xml('select * from marts.mart_sales', true, true, '')",
    "select table_to_xml('marts.mart_sales', true, true, '')",
    "select schema_to_xml('marts', true, true, '')",
    "select database_to_xml(true, true, '')",
    "select cursor_to_xml('c', 1, true, true, '')",
    "select set_config('statement_timeout', '0', false)",
    "select pg_advisory_lock(1)",
    "select pg_try_advisory_xact_lock(1, 2)",
    "select lo_create(0)",
    "select lo_from_bytea(0, 'x')",
    "select pg_sleep(0)",
    "select pg_notify('a', 'b')",
    "select pg_terminate_backend(pg_backend_pid())",
    "select pg_logical_emit_message(false, 'a', 'b')",
    "select access.protect('marts.mart_sales')",
    "do $$ begin perform 1; end $$",
    "set temp_file_limit = -1",
    "alter role current_user set temp_file_limit = -1",
    "set session authorization reader_health",
    "set role health_readers",
    "set role transformer",
    "set row_security = off; select * from marts.mart_sales",
    "create temporary table t (x int)",
    "create table marts.mine (x int)",
    "create schema mine",
    "alter table marts.mart_sales disable row level security",
    "create policy mine on marts.mart_sales using (true)",
    "grant every_row to current_user",
    "alter role current_user bypassrls",
    "alter role current_user valid until 'infinity'",
    "copy marts.mart_sales to '/tmp/out'",
    "copy (select 1) to program 'id'",
    "delete from access.rules",
    "select * from access.rules",
    "select rolpassword from pg_authid",
    "select * from marts_next.x",
    "select * from staging.x",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_reader_gets_around_its_rows(marts, attack):
    for roles in (CANADA, SEVERAL, ("Executive",)):
        # because of a missing right, not because the session is read-only
        with pytest.raises(InsufficientPrivilege):
            run(address(marts.owner, roles), f"begin; set transaction read write; {attack}")


def test_a_limited_reader_cannot_become_an_unlimited_one(marts):
    for roles in (CANADA, SEVERAL):
        for attack in ("set role every_row", "set session authorization reader_marts"):
            with pytest.raises(InsufficientPrivilege):
                run(address(marts.owner, roles), attack)
    # of several, one may be dropped, but never added
    one = logins.reader_of(CANADA[0])
    query = f"set role {one}; select sum(sales) from marts.mart_sales"
    with psycopg.connect(address(marts.owner, SEVERAL)) as connection:
        cursor = connection.execute(query)
        cursor.nextset()
        assert cursor.fetchone() == (1,)


def test_statistics_do_not_reveal_hidden_rows(ask, marts):
    run(marts.url("transformer"), "analyze marts.mart_sales")
    query = "select most_common_vals, histogram_bounds from pg_stats where tablename = 'mart_sales'"
    for roles in (CANADA, SEVERAL, ("Executive",)):
        assert ask(roles, query) == []


def test_a_session_begins_read_only_and_with_limits(ask):
    query = "select current_setting('default_transaction_read_only'), current_setting('statement_timeout')"
    for roles in (CANADA, SEVERAL, ("Executive",), ("Data engineer",)):
        assert ask(roles, query) == [("on", "30s")]


def test_a_mart_that_appears_is_closed_until_it_is_protected(marts, ask):
    run(marts.url("transformer"), "create table marts.mart_new as select 'Chad' as country")
    with pytest.raises(InsufficientPrivilege):
        ask(("Executive",), "select * from marts.mart_new")
    run(marts.url("transformer"), "select access.protect('marts.mart_new')")
    assert ask(("Executive",), "select * from marts.mart_new") == [("Chad",)]
    assert ask(CANADA, "select * from marts.mart_new") == []


def test_changed_rules_are_applied_and_what_is_right_is_left_alone(marts, ask):
    changed = security.Security({**FILE, "datasets": {**FILE["datasets"], "mart_sales": "open"}})
    with connect(marts.owner) as owner:
        assert mart_access.protect_all(owner) == 0
        readers.prepare(owner, PASSWORD, changed)
        assert ask(CANADA, "select sum(sales) from marts.mart_sales") == [(15,)]
        run(marts.url("transformer"), "create policy stray on marts.mart_sales using (true)")
        readers.prepare(owner, PASSWORD, SECURITY)
        assert ask(CANADA, "select sum(sales) from marts.mart_sales") == [(1,)]
        assert mart_access.protect_all(owner) == 0


def test_a_rule_for_a_column_that_is_gone_shows_nothing(marts, ask):
    run(marts.url("transformer"), "create table marts.mart_turned as select 'Canada' as land")
    with connect(marts.owner) as owner:
        turned = {**FILE["datasets"], "mart_turned": "country"}
        readers.prepare(owner, PASSWORD, security.Security({**FILE, "datasets": turned}))
        assert ask(CANADA, "select * from marts.mart_turned") == []
        assert ask(("Executive",), "select * from marts.mart_turned") == [("Canada",)]
        readers.prepare(owner, PASSWORD, SECURITY)


def test_a_charts_plan_has_a_plain_comparison_or_nothing_for_all_rows(ask):
    def plan(roles):
        return "\n".join(line for (line,) in ask(roles, "explain (costs off) select * from marts.mart_sales"))

    assert "Filter: (country = 'Canada'::text)" in plan(CANADA)
    assert "Filter" not in plan(("Executive",))


def test_functions_are_closed_by_kind_so_new_ones_are_noticed(marts):
    with connect(marts.owner) as owner:
        assert functions.open_functions(owner) == []
        # as in extensions: dblink's, crosstab, one falsely marked immutable, one with its owner's rights
        for statement in (
            "create schema extension",
            "create function extension.ask(sql text) returns int language sql volatile as 'select 1'",
            "create function extension.crosstab(text) returns setof record language sql stable as 'select 1'",
            "create function extension.liar(q text) returns int language plpgsql immutable"
            " as 'begin execute q; return 1; end'",
            "create function extension.lifted() returns int language sql immutable security definer"
            " as 'select 1'",
            "create function extension.fine(int) returns int language sql immutable as 'select 1'",
            "grant execute on function extension.fine(int) to public",
            "grant execute on function pg_sleep(double precision) to reader_marts",
        ):
            owner.execute(statement)
        assert functions.open_functions(owner) == [
            "extension.ask(text)",
            "extension.crosstab(text)",
            "extension.liar(text)",
            "extension.lifted()",
            "pg_sleep(double precision)",
        ]
        functions.close(owner)
        assert functions.open_functions(owner) == []
        owner.execute("drop schema extension cascade")


def test_the_projects_own_programs_keep_their_locks(marts):
    for role in ("loader", "transformer"):
        assert run(marts.url(role), "select pg_try_advisory_lock(77)") == [(True,)]


def test_preparing_again_changes_nothing(marts, ask):
    prepare(marts.owner, dict.fromkeys(ROLES, PASSWORD))
    with connect(marts.owner) as owner:
        readers.prepare(owner, PASSWORD, SECURITY)
        assert readers.prepare_several(owner, PASSWORD, SECURITY, [SEVERAL, CANADA]) == []
    assert ask(SEVERAL, "select sum(sales) from marts.mart_sales") == [(5,)]


ALL = security.Security(
    {
        **FILE,
        "roles": {**FILE["roles"], "Country manager": {"may": "view", "of": "country", "values": "all"}},
    }
)


@pytest.fixture
def strange(marts, ask):
    """A mart with a row for each strange name, and readers for all of them."""
    run(marts.url("transformer"), "drop table if exists marts.mart_sales; " + MART_SALES)
    with psycopg.connect(marts.url("transformer")) as connection, connection.cursor() as cursor:
        cursor.executemany("insert into marts.mart_sales values (%s, 1)", [(name,) for name in NAMES[1:]])
    run(marts.url("transformer"), "select access.protect('marts.mart_sales')")
    yield marts
    with connect(marts.owner) as owner:
        readers.prepare(owner, PASSWORD, SECURITY)


def members_of(warehouse) -> members.Members:
    url = warehouse.owner.set(username=logins.MARTS, password=logins.password(PASSWORD, logins.MARTS))
    return members.read(url, ALL)


def test_members_of_the_data_get_readers_that_see_their_rows_and_no_others(strange):
    found = members_of(strange).values["country"]
    assert set(found) == {*NAMES, "Cote d'Ivoire", "Chad"}
    file = ALL.with_members({"country": found})
    with connect(strange.owner) as owner:
        readers.prepare(owner, PASSWORD, file)
        assert mart_access.protect_all(owner) == 0
    for name in found:
        login = logins.login([security.role_name("Country manager", name)], file)
        url = text(strange.owner.set(username=login, password=logins.password(PASSWORD, login)))
        assert run(url, "select distinct country from marts.mart_sales") == [(name,)]


def test_a_member_without_a_name_has_no_role(strange):
    names = ["", " ", "\n\t ", "Unknown"]
    with psycopg.connect(strange.url("transformer")) as connection, connection.cursor() as cursor:
        cursor.executemany("insert into marts.mart_sales values (%s, 1)", [(name,) for name in names])
    assert not set(names).intersection(members_of(strange).values["country"])


def test_a_member_of_tomorrow_is_nobodys_and_one_of_yesterday_keeps_its_rule(strange):
    with connect(strange.owner) as owner:
        readers.prepare(owner, PASSWORD, ALL.with_members(members_of(strange).values))
    run(strange.url("transformer"), "insert into marts.mart_sales values ('Tomorrow', 64)")
    run(strange.url("transformer"), "delete from marts.mart_sales where country = 'Chad'")
    chad, tomorrow = "Country manager Chad", "Country manager Tomorrow"
    found = members_of(strange)
    assert {"Chad", "Tomorrow"} <= set(found.values["country"])
    query = "select sum(sales) from marts.mart_sales"
    assert run(address(strange.owner, (chad,), ALL), query) == [(None,)]
    # no process knows the role yet, and it is a limit all the same
    for roles in ((tomorrow,), (tomorrow, "Executive"), (tomorrow, "Admin")):
        login = logins.login(roles, ALL)
        assert login not in (None, logins.MARTS, logins.HEALTH)
        url = strange.owner.set(username=login, password=logins.password(PASSWORD, login))
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            run(text(url), query)
    with connect(strange.owner) as owner:
        readers.prepare_several(owner, PASSWORD, ALL.with_members({"country": ["Chad"]}), [[chad, tomorrow]])
        readers.prepare(owner, PASSWORD, ALL.with_members(found.values))
    assert run(address(strange.owner, (tomorrow,), ALL), query) == [(64,)]
    assert run(address(strange.owner, (chad,), ALL), query) == [(None,)]
    assert run(address(strange.owner, (chad,), ALL), "select source from marts.mart_status") == [("sales",)]


def test_too_many_members_make_no_new_roles_and_say_so(strange):
    many = (
        f"insert into marts.mart_sales select 'Country ' || n, 1 from generate_series(1, {members.LIMIT}) n"
    )
    known = members_of(strange).values["country"]
    with connect(strange.owner) as owner:
        readers.prepare(owner, PASSWORD, ALL.with_members({"country": known}))
    run(strange.url("transformer"), many)
    found = members_of(strange)
    assert found.values["country"] == known
    assert found.messages() == [
        "security.yaml: the data have more than 500 values of country, and no role is made of new ones: list"
        " under values those that have a manager"
    ]


@pytest.mark.parametrize("content", ["roles: [Executive]", "roles: {Executive: {}}", "roles: {a: b", "- a"])
def test_a_file_that_cannot_be_parsed_is_named(monkeypatch, content):
    content += "\ndatasets: {mart_sales: country}"
    monkeypatch.setattr(security, "read", lambda: security.Security(yaml.safe_load(content)))
    with pytest.raises(SetupError, match=r"security\.yaml"):
        readers.read_rules()
