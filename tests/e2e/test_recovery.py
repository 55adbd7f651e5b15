"""Whatever is killed, the stack recovers by itself, and no figure changes."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from deploy.stack.health import CHECKS
from deploy.stack.wrapper import mark_of, marked
from tests.e2e.conftest import wait_until

pytestmark = pytest.mark.e2e

#: Seconds after a kill within which the stack must be healthy again.
RECOVERY_SECONDS = 60

PROGRAMS = [
    "postgres",
    "airflow-api-server",
    "airflow-scheduler",
    "airflow-dag-processor",
    "airflow-triggerer",
    "superset",
    "keeper",
]

#: Notes that the unit tests of models have passed, as builds do.
PASSED = """
from tradewind.settings import Settings
from tradewind.stamps import Stamps
from tradewind.warehouse.build import UNIT_TESTS, project_version
settings = Settings.load()
Stamps(settings.state / 'dbt').set(UNIT_TESTS, project_version(settings))
"""

FIGURES = "select count(*), sum(sales), sum(profit) from marts.mart_sales_monthly"


@pytest.fixture(scope="module")
def figures(stack, financials):
    if not stack.ask(FIGURES)[0][0]:
        stack.drop(financials)
    return stack.ask(FIGURES)


def is_well(stack) -> bool:
    states = stack.supervisor.states()
    return (
        bool(states)
        and all(info["statename"] == "RUNNING" for info in states.values())
        and all(answers(stack.settings) for answers in CHECKS.values())
    )


def kill_and_recover(stack, pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    time.sleep(1)  # so that the health pages do not still report the time before
    wait_until(lambda: is_well(stack), "not well again", RECOVERY_SECONDS)


def main_process(stack, program: str) -> int:
    """The program itself: the child of its wrapper; the keeper has no wrapper."""
    wrapper = stack.supervisor.states()[program]["pid"]
    if program == "keeper":
        return wrapper
    return int(Path(f"/proc/{wrapper}/task/{wrapper}/children").read_text().split()[0])


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_killed_program_is_restarted(stack, figures, program):
    kill_and_recover(stack, main_process(stack, program))
    assert stack.ask(FIGURES) == figures


def test_a_killed_wrapper_leaves_nothing_beside_the_new_program(stack, figures):
    mark = mark_of("airflow-scheduler", str(stack.settings.state))
    old = set(marked(mark))
    assert len(old) > 4, "the scheduler, its workers and its log server"
    kill_and_recover(stack, stack.supervisor.states()["airflow-scheduler"]["pid"])
    # for a while the health page still reports the old scheduler's last sign of life
    wait_until(lambda: not old & set(marked(mark)), "the old family lives on", RECOVERY_SECONDS)
    wait_until(lambda: is_well(stack), "not well again", RECOVERY_SECONDS)


def test_a_killed_supervisor_is_restarted_with_everything(stack, figures):
    supervisor = int((stack.settings.state / "supervisord.pid").read_text())
    kill_and_recover(stack, supervisor)
    assert int((stack.settings.state / "supervisord.pid").read_text()) != supervisor
    assert stack.ask(FIGURES) == figures


def test_a_scheduler_killed_during_a_load_loads_once(stack, figures, workbook, tmp_path):
    """The file is dropped, and the scheduler is killed before the file can have been loaded."""
    copy = tmp_path / "again.xlsx"
    copy.write_bytes(workbook.read_bytes() + b"\0")  # another content for the ledger, the same for the reader
    target = stack.settings.landing / copy.name
    scheduler = main_process(stack, "airflow-scheduler")
    target.write_bytes(copy.read_bytes())
    time.sleep(1.5)
    os.kill(scheduler, signal.SIGKILL)
    wait_until(lambda: not target.exists(), "the file was not taken")
    stack.wait_until_published()
    loads = stack.ask("select count(*) from ops.loads where file_name = 'again.xlsx'", role="loader")
    assert loads == [(1,)]
    rows = stack.ask(
        "select count(*) from staging.raw_sales_transactions join ops.loads on load_id = _load_id"
        " where file_name = 'again.xlsx'",
        role="loader",
    )
    assert rows == [(700,)]


def test_a_file_of_any_name_is_loaded_and_a_pause_is_reported(stack, figures):
    """A name that is not UTF-8 crashed the triggerer again and again."""
    airflow = stack.airflow
    triggerer = stack.supervisor.states()["airflow-triggerer"]["pid"]
    stack.wait_until_published()
    assert status_of(stack) == (0, "")
    airflow.pause("ingest", paused=True)
    odd = stack.settings.landing / os.fsdecode(b"\xff\nodd.csv")
    odd.write_text("not a table\n")
    code, said = status_of(stack)
    airflow.pause("ingest", paused=False)
    assert code != 0
    assert f"1 file waits: ingest is paused; turn it on at {airflow.base}/dags/ingest" in said
    wait_until(lambda: not odd.exists(), "the file was not taken")
    stack.wait_until_published()
    names = stack.ask("select file_name from ops.loads order by load_id desc limit 1", role="loader")
    assert names == [(r"\udcff\nodd.csv",)]
    assert stack.supervisor.states()["airflow-triggerer"]["pid"] == triggerer


def status_of(stack) -> tuple[int, str]:
    """Exit code of `make status`, and its lines about troubles."""
    outcome = subprocess.run(
        ["make", "status"], cwd=stack.folder, env=stack.environment, capture_output=True, text=True
    )
    lines = [line for line in outcome.stdout.splitlines() if line.startswith("✗")]
    return outcome.returncode, "\n".join(lines)


def test_down_and_up_keeps_all_data_and_builds_a_newer_project(stack):
    before = stack.ask(FIGURES)
    built_by = "select project from ops.publications order by published_at desc limit 1"
    older = stack.ask(built_by, role="transformer")
    assert "the data stays" in stack.shell("make down")
    assert "Nothing was running" in stack.shell("make down")
    for program in PROGRAMS:
        assert not marked(mark_of(program, str(stack.settings.state)))
    # an upgrade: the marts of the newer project are built before make up ends
    (stack.folder / "dbt_project" / "macros" / "newer.sql").write_text("{#- A newer version. -#}\n")
    # whose models have passed their unit tests, which tests/integration/dbt runs
    stack.shell(f'.venv/bin/python -c "{PASSED}"')
    stack.shell("SAMPLE=0 make up")
    assert stack.ask(FIGURES) == before
    assert stack.ask(built_by, role="transformer") != older
