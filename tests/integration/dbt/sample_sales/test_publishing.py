"""Executives see one complete, tested state, or the one before it, but never anything in between."""

import shutil
import threading
from decimal import Decimal

import psycopg
import pytest

from deploy.databases import mart_access, readers
from deploy.databases.warehouse import connect
from ingestion.sample import write_sample_file
from tests.conftest import PASSWORD
from tests.integration.dbt.builds import new_state, run_dbt
from tests.support.members import rules
from tradewind.dashboards import logins
from tradewind.settings import text
from tradewind.warehouse.build import PROJECT

#: What a reader looks at: sales in all marts that have them, and then the number of lines.
LOOK = [
    *(
        f"select coalesce(sum(sales), 0) from marts.{mart}"
        for mart in (
            "mart_sales_monthly",
            "mart_sales_daily",
            "mart_sales_trend",
            "mart_engagement_monthly",
            "mart_executive_summary",
        )
    ),
    "select coalesce(sum(sales_lines), 0) from marts.mart_sales_daily",
    "select sum(rows_loaded) from marts.mart_data_status where source = 'sales.transactions'",
]


@pytest.fixture(scope="module")
def look(warehouse):
    """All of `LOOK` in one transaction with one snapshot."""

    def run() -> tuple[Decimal, ...]:
        with psycopg.connect(warehouse.url("reporter")) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            return tuple(Decimal(connection.execute(query).fetchone()[0]) for query in LOOK)

    return run


def take_sample(take, folder, seed):
    write_sample_file(folder, rows=500 + seed, seed=seed)
    for path in folder.iterdir():
        take(path)


def test_a_failing_test_changes_nothing(ask, look, take, build, tmp_path):
    before = look()
    take_sample(take, tmp_path, seed=2)
    spoil = "update staging.raw_sales_transactions set sales = sales {} 1 where _line = 2 and _load_id = 2"
    ask(spoil.format("+"), role="loader")
    outcome = build()
    assert outcome.returncode == 1
    assert "stg_sales_transactions__sales_lines_sales_add_up" in outcome.stderr
    assert outcome.stdout.count("Finished running") == 1, "the same data would fail all of it again"
    assert "Not published" in outcome.stdout
    assert look() == before
    ask(spoil.format("-"), role="loader")
    assert build("--full-refresh").returncode == 0  # a build does not read raw rows again
    assert look() != before


def test_a_partial_build_is_not_published(ask, look, take, build, tmp_path):
    before = look()
    take_sample(take, tmp_path, seed=3)
    outcome = build("--select", "fct_sales+")
    assert outcome.returncode == 0, outcome.stdout
    assert outcome.stdout.endswith("not published\n")
    assert "a partial build" in outcome.stdout
    assert look() == before


def test_figures_that_do_not_reconcile_are_not_published(warehouse, dbt_state, look, tmp_path):
    before = look()
    project = tmp_path / "dbt_project"
    shutil.copytree(PROJECT, project)
    fact = project / "models" / "core" / "sales" / "fct_sales.sql"
    fact.write_text(fact.read_text() + "where coalesce(lines.file_line, 0) <> 5\n")
    options = ("--project-dir", str(project), "--exclude-resource-type", "unit_test")
    outcome = run_dbt(warehouse, new_state(tmp_path, dbt_state), "build", *options)
    assert outcome.returncode == 1
    assert "FAIL 1 accepted_values_kpi_reconciliation_is_reconciled" in outcome.stdout
    assert "Not published" in outcome.stdout
    assert look() == before


def test_a_changed_mart_and_a_retired_one(ask, look, build):
    assert build().returncode == 0
    before = look()
    ask("alter table marts.mart_sales_daily drop column sales_lines cascade", role="transformer")
    ask("create table marts.mart_of_old as select 1 as x", role="transformer")
    assert build().returncode == 0
    assert look() == before
    assert ask("select to_regclass('marts.mart_of_old') is null") == [(True,)]


def test_readers_never_see_a_mixed_state(look, take, build, tmp_path):
    assert build().returncode == 0
    seen = {look()}
    done = threading.Event()
    problems: list[BaseException] = []

    def poll():
        try:
            while not done.is_set():
                seen.add(look())
        except BaseException as error:
            problems.append(error)

    poller = threading.Thread(target=poll)
    poller.start()
    states = {look()}
    try:
        for seed in (4, 5):
            folder = tmp_path / str(seed)
            folder.mkdir()
            take_sample(take, folder, seed)
            assert build().returncode == 0
            states.add(look())
    finally:
        done.set()
        poller.join()
    assert not problems
    assert len(states) == 3
    assert seen == states
    for *sales, lines, rows in seen:
        assert len(set(sales)) == 1
        assert lines == rows


def test_two_simultaneous_builds_wait_for_each_other(build, look):
    before = look()
    outcomes = []
    threads = [threading.Thread(target=lambda: outcomes.append(build())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [outcome.returncode for outcome in outcomes] == [0, 0], outcomes[0].stdout + outcomes[1].stdout
    assert look() == before


def test_a_mart_is_never_visible_without_its_policies(warehouse, ask, build):
    """Policies are part of the publishing transaction, for an existing mart and for a recreated one."""
    file = rules()
    with connect(warehouse.owner) as owner:
        readers.prepare(owner, PASSWORD, file)
    # as after a change of its columns
    ask("drop table marts.mart_sales_monthly", role="transformer")
    assert build("--full-refresh").returncode == 0
    canada = logins.reader_of("Country manager Canada")
    url = warehouse.owner.set(username=canada, password=logins.password(PASSWORD, canada))
    for mart in ("mart_sales_monthly", "mart_sales_daily"):
        query = f"select country, count(*) from marts.{mart} group by country"
        everything = dict(ask(query))
        assert len(everything) > 1
        with psycopg.connect(text(url)) as connection:
            assert connection.execute(query).fetchall() == [("Canada", everything["Canada"])]
    with connect(warehouse.owner) as owner:
        assert mart_access.protect_all(owner) == 0
        assert mart_access.unprotected(owner) == []
