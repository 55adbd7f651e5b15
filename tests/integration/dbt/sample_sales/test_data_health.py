"""Events show at once in the views that dashboards read, without any of a file's values."""

import os
from datetime import timedelta

import psycopg
import pytest

from ingestion.findings.reasons import FaultKind, HoldKind
from ingestion.loading.load import load, load_landing

#: Of the dropped file: whether it came just now, and how long it took until charts showed it.
SHOWN = """
select arrived_at > now() at time zone 'UTC' - interval '10 minutes', shown_at - arrived_at, seconds_to_chart
from ops.health_loads where file_name = 'dropped.csv'
"""

#: A value in cells of the files below, like a person's data.
PERSONAL = "Jane O' Neil, 1 Main Street"

VIEWS = ["freshness", "loads", "models", "reconciliation", "rejections", "runs", "tests"]
REJECTIONS = "select column_name, reason, rejected_rows, state from ops.health_rejections"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def sample(sample_file):
    """Header and rows of the loaded file."""
    return sample_file.read_text().splitlines()


@pytest.fixture(scope="module")
def ask(warehouse):
    """Query as a reader of data health, or as another role."""

    def run(query: str, role: str = "health_readers") -> list[tuple]:
        is_group = role == "health_readers"
        options = {"options": "-c role=health_readers"} if is_group else {}
        with psycopg.connect(warehouse.url("owner" if is_group else role), **options) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    return run


def test_a_build_that_passed(ask):
    assert ask("select runs_back, outcome, models_not_built, tests_failed from ops.health_runs") == [
        (1, "Published", 0, 0)
    ]
    assert ask("select distinct status, is_current from ops.health_tests") == [("Passed", True)]
    assert ask("select distinct status from ops.health_models") == [("Built",)]
    rows = "select raw_total, mart_total, state from ops.health_reconciliation where figure = 'Sales lines'"
    assert ask(rows) == [(300, 300, "Reconciled")]
    fresh = "select source, status from ops.health_freshness where source in "
    assert sorted(ask(f"{fresh} ('sales.transactions', 'sales.targets')")) == [
        ("sales.targets", "No file yet"),
        ("sales.transactions", "Fresh"),
    ]


def test_where_nothing_was_rejected_there_is_no_row(ask):
    assert ask(REJECTIONS) == []


def test_a_rejected_row(ask, warehouse, folder, sample):
    """At once, without a build; by its kind, not with the sentence that quotes it."""
    header, *rows = sample
    month = rows[0].split(",")[-2]
    path = folder / "some_bad.csv"
    path.write_text("\n".join([header, *rows, rows[0].replace(month, f'"{PERSONAL}"')]) + "\n")
    (result,) = load([path], url=warehouse.url("loader"))
    assert (result.rows_read, result.rows_rejected) == (301, 1)
    assert (PERSONAL, "Month Name") in ask("select value, column_name from ops.rejected_rows", "transformer")
    assert ask(REJECTIONS) == [("Month Name", "Unknown value", 1, "Loaded")]
    assert ask("select sum(rows_read), sum(rows_rejected) from ops.health_loads") == [(601, 1)]
    replaced = "select rows_replaced, remarks like '%Replaced%' from ops.health_loads where file_name = "
    assert ask(f"{replaced}'some_bad.csv'") == [(300, True)]


def test_a_held_file(ask, warehouse, folder):
    path = folder / "nobody_knows.csv"
    path.write_text(f'"{PERSONAL}",b\n1,2\n')
    (result,) = load([path], url=warehouse.url("loader"))
    assert PERSONAL in result.message
    held = "select source_name, file_name, held_because from ops.health_loads where state = 'Held'"
    assert ask(held) == [("Unknown file", "nobody_knows.csv", "No contract fits")]


def test_a_dropped_file_is_not_shown_yet(ask, warehouse, folder, sample):
    header, *rows = sample
    path = folder / "landing" / "dropped.csv"
    path.parent.mkdir()
    path.write_text("\n".join([header, *rows[:-2]]) + "\n")
    os.utime(path, (0, 0))  # like a copy that keeps the time of its original
    (result,) = load_landing(path.parent, url=warehouse.url("loader"))
    assert result.outcome == "loaded", result.message
    assert ask(SHOWN) == [(True, None, None)]
    by_hand = "select count(*), count(arrived_at) from ops.health_loads where file_name <> 'dropped.csv'"
    assert ask(by_hand) == [(3, 0)]


def test_every_kind_of_reason_is_shown_by_its_title(ask):
    """Unknown kinds, such as a newer loader's, and missing ones are shown as another reason."""
    faults = {kind.code: kind.title for kind in FaultKind} | {"of_a_newer_loader": "Other"}
    holds = {kind.code: kind.title for kind in HoldKind} | {"of_a_newer_loader": "Other"}
    named = "unnest(array[{}]) as named (kind)"
    faults_named, holds_named = (
        named.format(", ".join(f"'{kind}'" for kind in titles)) for titles in (faults, holds)
    )
    ask(
        "insert into ops.loads (file_name, state, started_at, hold_kind)"
        f" select 'kind ' || kind, 'held', now(), kind from {holds_named}",
        "loader",
    )
    ask(
        "insert into ops.rejected_rows (load_id, line, column_name, kind, reason, reasons, raw)"
        f" select load_id, 1, 'kind ' || named.kind, named.kind, 'Jane Neil', '[]', ''"
        f" from {faults_named} cross join ops.loads where file_name = 'kind no_rows'",
        "loader",
    )
    try:
        shown = "select substr({0}, 6), {1} from ops.health_{2} where {0} like 'kind %'"
        assert dict(ask(shown.format("file_name", "held_because", "loads"))) == holds
        assert dict(ask(shown.format("column_name", "reason", "rejections"))) == faults
    finally:
        ask("delete from ops.rejected_rows where column_name like 'kind %'", "loader")
        ask("delete from ops.loads where file_name like 'kind %'", "loader")


def test_a_test_that_fails(ask, build):
    """The views show the results of a build that failed, too."""
    spoil = "update staging.raw_sales_transactions set sales = sales {} 1 where _line in (2, 3)"
    ask(spoil.format("+"), "loader")
    try:
        assert build("--select", "stg_sales_transactions__sales_lines+", "--full-refresh").returncode == 1
    finally:
        ask(spoil.format("-"), "loader")
    ((outcome, failed, not_built),) = ask(
        "select outcome, tests_failed, models_not_built from ops.health_runs where runs_back = 1"
    )
    assert outcome == "Failed"
    assert failed > 0
    assert not_built > 0
    failing = "select status, is_current from ops.health_tests where runs_back = 1 and test_name = "
    assert ask(failing + "'stg_sales_transactions__sales_lines_sales_add_up'") == [("Failed", True)]


def test_a_figure_that_differs(ask, build):
    """A layer has lost rows: the reconciliation finds it, the build fails, and the page shows by how much."""
    lines = "staging.stg_sales_transactions__sales_lines"
    ask(f"delete from {lines} where line_id in (select min(line_id) from {lines})", "transformer")
    before = ask("select max(run_at) from ops.health_reconciliation")
    models = "int_sales_lines fct_sales kpi_totals_by_batch+"  # a failed build has dropped the views
    assert build("--select", models, "--full-refresh").returncode == 1
    differing = "select figure from ops.health_reconciliation where state = 'Differs' and difference > 0"
    assert ("Sales lines",) in ask(differing)
    assert ask("select max(run_at) from ops.health_reconciliation") > before


def test_the_views_quote_no_values_from_files(ask):
    for name in VIEWS:
        assert ask(f"select * from ops.health_{name}"), name
        told = "\n".join(each for (each,) in ask(f"select cast(told as text) from ops.health_{name} as told"))
        assert [word for word in ("Jane", "Neil", "Main Street") if word in told] == [], name


def test_health_readers_read_only_these_views_and_the_reporter_none(ask):
    readable = """
        select relname from pg_class
        where relnamespace = 'ops'::regnamespace and relkind in ('r', 'v', 'm', 'p', 'f')
        and has_any_column_privilege('{}', oid, 'select')
        order by relname
    """
    views = [f"health_{name}" for name in VIEWS]
    assert ask(readable.format("health_readers"), "transformer") == [(view,) for view in views]
    assert ask(readable.format("reporter"), "transformer") == []
    for table in ("rejected_rows", "loads", "test_results", "kpi_reconciliation", *views):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(f"select * from ops.{table}", "reporter")
        if table not in views:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                ask(f"select * from ops.{table}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask("set transaction read write; create view ops.mine as select 1")


def test_views_and_grants_survive_builds(ask, build):
    outcome = build("--full-refresh")
    assert outcome.returncode == 0, outcome.stdout
    assert "Publishing" in outcome.stdout
    assert "Publishing" in build().stdout
    assert [ask(f"select count(*) > 0 from ops.health_{name}") for name in VIEWS] == [[(True,)]] * len(VIEWS)
    assert ask("select outcome, tests_failed from ops.health_runs where runs_back = 1") == [("Published", 0)]
    # the failed test has passed since
    assert ask("select count(*) from ops.health_tests where is_current and status = 'Failed'") == [(0,)]
    assert ask("select count(*) from ops.health_reconciliation where state = 'Differs'") == [(0,)]


def test_how_soon_charts_showed_a_file(ask):
    """From its arrival to the publication, or until charts were made to read that."""
    ((_, until, seconds),) = ask(SHOWN)
    assert timedelta(0) < until < timedelta(minutes=10)
    assert float(seconds) == pytest.approx(until.total_seconds(), abs=0.001)
    ask("update ops.publications set turned_over_at = published_at + interval '90 s'", "transformer")
    ((_, _, later),) = ask(SHOWN)
    assert later == seconds + 90
    metric = "select percentile_cont(0.5) within group (order by seconds_to_chart) from ops.health_loads"
    assert ask(metric)[0][0] >= float(later) / 2
