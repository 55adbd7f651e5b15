"""A back-fill builds what it names and nothing else, and ends the same whatever is killed."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.dbt.builds import run_tradewind
from tradewind.settings import ROOT

ENTRY = """\
two-months:
  what: sales of two months
  why: rows were changed by hand
  who: ada@example.com
  days: {{from: {first}, to: {last}}}
"""

#: Two months in a row, from the first to the last day.
MONTHS = """
select
    cast(min(month) as text),
    cast(max(month) as text),
    cast(cast(max(month) + interval '1 month' - interval '1 day' as date) as text)
from (select distinct month from core.fct_sales_monthly order by month offset 4 limit 2) as months
"""

FIGURES = """
select 'daily', md5(string_agg(cast(to_jsonb(t) as text), '' order by cast(to_jsonb(t) as text)))
from core.fct_sales_daily as t
union all
select 'monthly', md5(string_agg(cast(to_jsonb(t) as text), '' order by cast(to_jsonb(t) as text)))
from marts.mart_sales_monthly as t
union all
select 'lines', md5(string_agg(cast(to_jsonb(t) as text), '' order by cast(to_jsonb(t) as text)))
from staging.stg_sales_transactions__sales_lines as t
"""

#: Months that were written after a transaction.
WRITTEN = """
select distinct cast(month as text) from core.fct_sales_daily where cast(cast(xmin as text) as bigint) > {}
"""


@pytest.fixture(scope="module")
def months(own) -> tuple[str, str, str]:
    """First day of either month, and the last day of all."""
    return own(MONTHS)[0]


@pytest.fixture(scope="module")
def run(warehouse, dbt_state, months, tmp_path_factory):
    """Run the command on a file with one entry, of these months."""
    path = tmp_path_factory.mktemp("backfill") / "backfills.yaml"
    path.write_text(ENTRY.format(first=months[0], last=months[2]))

    def backfill(*options: str) -> subprocess.CompletedProcess:
        return run_tradewind(warehouse, dbt_state, "backfill", "two-months", "--file", str(path), *options)

    backfill.path = path
    return backfill


def run_killed(warehouse, dbt_state, *arguments: str, at: tuple[str, str]) -> str:
    """Run a command, and kill it at the first line with the second text after one with the first."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tradewind", *arguments],
        cwd=ROOT,
        env={**warehouse.environment(), "TRADEWIND_STATE": str(dbt_state)},
        stdout=subprocess.PIPE,
        text=True,
    )
    seen = ""
    for line in process.stdout:
        seen += line
        if at[0] in seen and at[1] in line:
            break
    process.send_signal(signal.SIGKILL)
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL, seen
    return seen


@pytest.fixture(scope="module")
def in_two_steps(run) -> tuple[str, str]:
    """Options that make two steps of it, as the dry run says."""
    rows = int(re.search(r"sales.transactions: .* (\d+) raw rows", run().stdout)[1])
    return "--step-rows", f"{rows * 2 // 3 + 1}"


def test_a_dry_run_says_what_would_be_built(run, own, in_two_steps):
    before = own(FIGURES)
    shown = run(*in_two_steps)
    assert shown.returncode == 0, shown.stderr
    assert "batches are left, in 2 steps" in shown.stdout, shown.stdout
    assert own(FIGURES) == before
    assert own("select to_regclass('ops.backfills') is null") == [(True,)]


def test_what_was_changed_by_hand_is_built_again_though_it_was_killed(
    run, own, months, warehouse, dbt_state, in_two_steps
):
    """Both steps are wrong: neither alone makes the figures agree."""
    before = own(FIGURES)
    for table in ("core.fct_sales_daily", "marts_next.mart_sales_monthly", "marts.mart_sales_monthly"):
        own(f"update {table} set sales = sales + 1 where month between '{months[0]}' and '{months[1]}'")
    own(f"delete from staging.stg_sales_transactions__sales_lines where sale_date = '{months[0]}'")
    assert own(FIGURES) != before
    ((newest,),) = own("select max(cast(cast(xmin as text) as bigint)) from core.fct_sales_daily")

    command = ["backfill", "two-months", "--file", str(run.path), "--run", *in_two_steps]
    seen = run_killed(warehouse, dbt_state, *command, at=("step 2 of 2", "OK created"))
    assert "step 1 of 2: not published" in seen
    assert own("select finished_at is null from ops.backfills") == [(True,)]

    done = run("--run")
    assert "step 1 of 1: published" in done.stdout, done.stdout + done.stderr
    assert "headline figures are what they were" in done.stdout
    assert own(FIGURES) == before
    assert sorted(own(WRITTEN.format(newest))) == [(months[0],), (months[1],)], "no other month"
    assert own("select name, who, started_by, finished_at > began_at from ops.backfills") == [
        ("two-months", "ada@example.com", None, True)
    ]


def test_what_was_published_is_not_built_again(run, own):
    assert "it is done: nothing was built" in run("--run").stdout
    own(
        "delete from ops.backfilled_batches"
        " where batch_id = (select min(batch_id) from ops.backfilled_batches)"
    )
    assert "dry run: 1 of " in run().stdout
    assert re.search(r"dry run: (\d+) of \1 batches are left, in 1 step\n", run("--again").stdout)


def test_what_cannot_be_built_again(run, tmp_path: Path, warehouse, dbt_state):
    def refusal(text: str, name: str = "x") -> str:
        path = tmp_path / "backfills.yaml"
        path.write_text(text)
        done = run_tradewind(warehouse, dbt_state, "backfill", name, "--file", str(path))
        assert done.returncode == 1
        return done.stderr

    entry = "x: {{what: a, why: b, who: c, loads: [{}]}}\n"
    assert "load 99 is not in the ledger" in refusal(entry.format(99))
    assert "has no entry 'y': there are x" in refusal(entry.format(1), "y")
    assert "backfills.yaml: line 1, column 38: x.loads[0]: 'one' is not a whole" in refusal(
        entry.format("one")
    )
    listed = run_tradewind(warehouse, dbt_state, "backfill", "--file", str(run.path))
    assert listed.stdout.startswith("two-months: sales of two months (done on 20")
