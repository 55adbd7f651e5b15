"""The results of each dbt run stay in `ops`, whether or not the build passed."""

import shutil
from decimal import Decimal
from subprocess import CompletedProcess

import pytest

from tests.integration.dbt.builds import new_state, run_dbt
from tradewind.warehouse.build import PROJECT

TESTS = "select status, kind, model, column_name, failures, message from ops.test_results where test_name = "
LATEST = " and run_at = (select max(run_at) from ops.test_results)"
LAST = "run_at = (select max(run_at) from ops.model_runs)"


@pytest.fixture
def dbt(warehouse, dbt_state, tmp_path):
    """Run dbt on a copy of the project, which a test may break."""
    project = tmp_path / "dbt_project"
    shutil.copytree(PROJECT, project)
    state = new_state(tmp_path, dbt_state)

    def run(*arguments: str) -> CompletedProcess:
        return run_dbt(warehouse, state, *arguments, "--project-dir", str(project))

    run.project = project
    return run


def test_a_build_that_passes(ask):
    assert ask(TESTS + "'unique_stg_sales_transactions__sales_lines_line_id'", "transformer") == [
        ("pass", "data", "stg_sales_transactions__sales_lines", "line_id", 0, None)
    ]
    assert ask(TESTS + "'raw_rows_equal_the_ledger'", "transformer") == [
        ("pass", "data", None, None, 0, None)
    ]
    runs = "select status, row_count, seconds >= 0 from ops.model_runs where model = "
    (sales,) = ask("select count(*) from core.fct_sales", "transformer")
    lines = "'stg_sales_transactions__sales_lines'"
    assert ask(runs + lines, "transformer") == [("success", *sales, True)]
    assert ask(runs + "'fct_sales'", "transformer") == [("success", None, True)]
    kept = "select array_agg(distinct invocation_id) from ops.{}"
    published = ask("select array_agg(invocation_id) from ops.publications", "transformer")
    assert ask(kept.format("test_results"), "transformer") == published
    assert ask(kept.format("model_runs"), "transformer") == published


def test_a_build_that_fails(ask, build):
    """The rows of the failing test, and the models that were not built because of it."""
    spoil = "update staging.raw_sales_transactions set sales = sales {} 1 where _line in (2, 3)"
    ask(spoil.format("+"), "loader")
    try:
        # a build does not read raw rows again, unless it is told to
        models = "stg_sales_transactions__sales_lines int_sales_lines fct_sales"
        outcome = build("--full-refresh", "--select", models)
    finally:
        ask(spoil.format("-"), "loader")
    assert outcome.returncode == 1
    failed = f"{TESTS}'stg_sales_transactions__sales_lines_sales_add_up' and {LAST}"
    ((status, kind, model, column, failures, message),) = ask(failed, "transformer")
    assert (status, kind, model, column) == ("fail", "data", "stg_sales_transactions__sales_lines", None)
    assert failures > 0
    assert message == f"Got {failures} results, configured to fail if != 0"
    skipped = f"select status, seconds, row_count from ops.model_runs where model = 'fct_sales' and {LAST}"
    assert ask(skipped, "transformer") == [("skipped", Decimal(0), None)]


def test_a_unit_test_that_passes(ask, dbt):
    """Run on its own: builds leave unit tests out until the project changes."""
    assert dbt("test", "--select", "days_of_a_month_add_up").returncode == 0
    assert ask(TESTS + "'days_of_a_month_add_up'" + LATEST, "transformer") == [
        ("pass", "unit", "fct_sales_monthly", None, 0, None)
    ]


def test_messages_with_any_text(ask, dbt):
    """Quotes, percent signs, braces and the coloured table of a unit test."""
    broken = "select cast('it''s 5 % \\ {{ \"{{ of }}\" }}' as int) as load_id"
    (dbt.project / "tests" / "a_text_is_no_number.sql").write_text(broken)
    monthly = dbt.project / "models" / "core" / "sales" / "fct_sales_monthly.sql"
    text = monthly.read_text()
    monthly.write_text(text.replace("sum(", "2 * sum("))
    assert monthly.read_text() != text
    outcome = dbt("test", "--select", "a_text_is_no_number", "days_of_a_month_add_up")
    assert outcome.returncode == 1
    ((status, *_, failures, message),) = ask(TESTS + "'a_text_is_no_number'" + LATEST, "transformer")
    assert (status, failures) == ("error", None)
    assert "it's 5 % \\ {{ of }}" in message
    ((status, kind, *_, message),) = ask(TESTS + "'days_of_a_month_add_up'" + LATEST, "transformer")
    assert (status, kind) == ("fail", "unit")
    assert "actual differs from expected" in message
    assert "\x1b" not in message


def test_old_runs_are_deleted(ask, dbt):
    """The last 500 are kept."""
    older = (
        "insert into ops.test_results (invocation_id, run_at, test_name, kind, status, seconds)"
        " select 'older', timestamptz '2000-01-01' + run * interval '1 hour', run::text, 'data', 'pass', 0"
        " from generate_series(1, 600) as run"
    )
    ask(older, "transformer")
    assert dbt("test", "--select", "unique_stg_sales_transactions__sales_lines_line_id").returncode == 0
    of_dbt = "select count(distinct run_at) from ops.test_results where invocation_id <> 'older'"
    ((later,),) = ask(of_dbt, "transformer")
    kept = "select array_agg(test_name order by run_at) from ops.test_results where invocation_id = 'older'"
    assert ask(kept, "transformer") == [([str(run) for run in range(101 + later, 601)],)]


def test_other_commands_store_nothing(ask, dbt):
    before = ask("select count(*) from ops.model_runs", "transformer")
    assert dbt("run", "--select", "dim_payment_type").returncode == 0
    empty = ["build", "--empty", "--select", "dim_payment_type", "--exclude-resource-type", "test"]
    assert dbt(*empty).returncode == 0
    assert ask("select count(*) from ops.model_runs", "transformer") == before
