"""A failed build is repeated only if that may help, and charts are refreshed at each publication."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime

import psycopg
import pytest

from deploy.databases.warehouse import create_database, create_role
from deploy.stack.troubles import LONGEST_WAIT, notices
from ingestion.sample import write_sample_file, write_sample_files
from tests.conftest import PASSWORD
from tradewind.dashboards import tree as asset_tree
from tradewind.settings import ROOT, Settings, text
from tradewind.warehouse.build import alone, nothing_to_build
from tradewind.warehouse.chart_caches import repeat_turn_over, turn_over_caches
from tradewind.warehouse.failed_builds import failed_build

UP_TO_DATE = "The marts already include every load: nothing to build."

RUNS = "select count(distinct invocation_id) from ops.model_runs"
#: What the executive overview says in its line of status.
STATUS_LINE = "select {} from marts.mart_dashboard_status where dashboard = 'executive-overview'".format(
    next(
        metric["expression"]
        for dataset in asset_tree.of_kind(asset_tree.read(), "datasets").values()
        if dataset["table_name"] == "mart_dashboard_status"
        for metric in dataset["metrics"]
        if metric["metric_name"] == "status_line"
    )
)
RESULTS = "select count(*) from ops.failed_builds join ops.test_results using (invocation_id)"


@pytest.fixture(scope="module")
def settings(warehouse, dbt_state, tmp_path_factory, free_port) -> Settings:
    server = {"POSTGRES_HOST": warehouse.owner.host, "POSTGRES_PORT": str(warehouse.owner.port)}
    secrets = {"SUPERSET_FRESHNESS_PASSWORD": PASSWORD}
    places = {"TRADEWIND_STATE": str(dbt_state), "LANDING_DIR": str(tmp_path_factory.mktemp("landing"))}
    return Settings(
        {**warehouse.environment(), **server, **secrets, **places, "AIRFLOW_PORT": str(free_port())}
    )


@pytest.fixture(scope="module")
def status(settings) -> Callable[[str], list[tuple[str, bool]]]:
    """What `make status` says about one part, and whether it is trouble; Airflow is not running here."""
    return lambda part: [(each.text, each.is_trouble) for each in notices(settings) if each.name == part]


@pytest.fixture(scope="module")
def runs(ask):
    return lambda: ask(RUNS, "transformer")[0][0]


def test_a_failed_test_waits_for_a_load_or_a_person(build, settings, runs, ask, take, status, tmp_path):
    assert nothing_to_build(settings) == UP_TO_DATE
    write_sample_file(tmp_path, rows=502, seed=2)
    (load_id,) = map(take, tmp_path.iterdir())
    assert nothing_to_build(settings) is None
    assert status("Build") == [("loads are not published, and no build is running: make build", True)]
    spoil = f"update staging.raw_sales_transactions set sales = sales {{}} 1 where _load_id = {load_id}"
    ask(spoil.format("+") + " and _line = 2", role="loader")
    before = runs()
    assert build().returncode == 1
    assert runs() == before + 1, "what a test found in a part, it finds in all"
    assert ask(RESULTS, "transformer")[0][0] > 1
    found = json.loads((settings.state / "dbt" / "run_results.json").read_text())["results"]
    assert "fail" in {each["status"] for each in found}, "dbt retry starts from it"

    failed = failed_build(settings, "another project")
    assert (failed.is_transient, failed.waits) == (False, False)
    ((line,),) = ask(STATUS_LINE)
    assert 'class="status-bad"' in line
    assert f" UTC \u00b7 Build failed {failed.when.lstrip('0')}<" in line
    reason = nothing_to_build(settings)
    assert "failed, and nothing has changed since. It waits for a load" in reason
    assert "stg_sales_transactions__sales_lines_sales_add_up: Got 1 result" in reason
    ((text_of_status, is_trouble),) = status("Build")
    assert is_trouble and "stg_sales_transactions__sales_lines_sales_add_up: Got 1 result" in text_of_status
    assert (
        "dashboards keep the figures from before; a new load starts a build, or make build" in text_of_status
    )

    ask(spoil.format("-") + " and _line = 2", role="loader")
    (tmp_path / "more").mkdir()
    write_sample_file(tmp_path / "more", rows=503, seed=3)
    (path,) = (tmp_path / "more").iterdir()
    take(path)
    assert nothing_to_build(settings) is None, "a load may change it"
    assert build().returncode == 0
    assert nothing_to_build(settings) == UP_TO_DATE
    assert failed_build(settings, "any") is None
    ((line,),) = ask(STATUS_LINE)
    assert 'class="status-good"' in line and "failed" not in line
    assert status("Build") == []


#: A load that arrives when the build has decided what to build, but has not started.
OVERTAKEN = """
import sys
import time
from collections.abc import Callable
from pathlib import Path

import tradewind.warehouse.build as building
from ingestion.loading.load import load
from tradewind.settings import Settings

run_dbt, late = building.run_dbt, [Path(sys.argv[1])]

def overtaken(*arguments):
    if late:
        load([late.pop()])
    return run_dbt(*arguments)

building.run_dbt = overtaken
print(building.build(Settings.load()).published)
"""


def test_a_load_that_overtakes_an_empty_build(warehouse, settings, build, runs, ask, tmp_path):
    """Only what it reaches is built next."""
    write_sample_files(tmp_path, rows=60)
    (targets,) = tmp_path.glob("targets*")
    before = runs()
    outcome = subprocess.run(
        [sys.executable, "-c", OVERTAKEN, str(targets)],
        cwd=ROOT,
        env={**warehouse.environment(), "TRADEWIND_STATE": str(settings.state)},
        capture_output=True,
        text=True,
    )
    assert outcome.stdout.endswith("True\n"), outcome.stdout + outcome.stderr
    assert runs() == before + 2
    last = "select count(*) from ops.model_runs where run_at = (select max(run_at) from ops.model_runs)"
    everything = (
        "select max(built) from (select count(*) as built from ops.model_runs group by run_at) as runs"
    )
    assert ask(last, "transformer") < ask(everything, "transformer")
    assert nothing_to_build(settings) == UP_TO_DATE


@pytest.fixture(scope="module")
def charts(settings, postgres_server) -> Iterator[Callable[[], datetime]]:
    """When the marts' only dataset in Superset's database last changed, for the role `freshness`."""
    create_database(postgres_server, "superset", owner="superset", password=PASSWORD)
    create_role(postgres_server, "freshness", PASSWORD, "superset")
    with psycopg.connect(text(postgres_server.set(database="superset")), autocommit=True) as connection:
        connection.execute("create table tables (schema text, changed_on timestamp)")
        connection.execute("insert into tables values ('marts', '2001-01-01')")
        connection.execute("grant select, update on tables to freshness")
        yield lambda: connection.execute("select changed_on from tables").fetchone()[0]
        connection.execute("drop table tables")


def test_charts_that_were_not_refreshed_are_refreshed_in_the_next_run(settings, ask, charts, status):
    assert turn_over_caches(settings) == 1
    told = charts()
    assert status("Charts") == []
    assert repeat_turn_over(settings) == 0 and charts() == told

    ask("update ops.publications set turned_over_at = null", "transformer")  # who was to refresh them died
    ((said, is_trouble),) = status("Charts")
    assert is_trouble and said.startswith("may show older figures than are published")
    with alone(settings):  # another build, which refreshes them at its end
        assert status("Charts") == [("are about to show the latest figures", False)]
    assert repeat_turn_over(settings) == 1 and charts() > told
    told = charts()
    assert repeat_turn_over(settings) == 0 and charts() == told


def test_charts_whose_database_is_down_are_refreshed_later(settings, ask, charts):
    ask("update ops.publications set turned_over_at = null", "transformer")
    before = charts()
    away = Settings({**settings.values, "SUPERSET_FRESHNESS_PASSWORD": "changed"})
    assert repeat_turn_over(away) == 0 and charts() == before
    assert repeat_turn_over(settings) == 1 and charts() > before


def test_a_table_of_an_older_version_is_brought_up_to_date(settings, ask, charts):
    ask("alter table ops.publications drop column turned_over_at cascade", "transformer")
    assert repeat_turn_over(settings) == 1
    assert repeat_turn_over(settings) == 0


def test_files_that_wait_too_long(settings, status, monkeypatch):
    assert status("Landing") == []
    (settings.landing / "new.csv").write_text("x")
    os.utime(settings.landing / "new.csv", (0, 0))  # like a copy that keeps the time of its original
    os.mkfifo(settings.landing / "pipe.csv")
    (settings.landing / "folder").symlink_to("/nowhere")
    assert sorted(status("Landing")) == [
        (f"{settings.landing}/folder is not loaded: it is a link that leads nowhere", False),
        (f"{settings.landing}/pipe.csv is not loaded: it is a pipe", False),
    ]
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + LONGEST_WAIT + 60)
    assert status("Landing")[0] == (
        f"1 file waits for more than 5 minutes, {settings.landing}/new.csv the longest:"
        " see make logs PROGRAM=airflow-triggerer",
        True,
    )


def test_a_missing_landing_folder(settings, tmp_path):
    gone = Settings({**settings.values, "LANDING_DIR": str(tmp_path / "gone")})
    assert [each.text for each in notices(gone) if each.name == "Landing"] == [
        f"{tmp_path}/gone does not exist: create the folder, or run make up"
    ]


def test_an_unreachable_airflow_hides_nothing_else(settings, status, tmp_path):
    ((said, is_trouble),) = status("Airflow")
    assert is_trouble and "refused" in said
    gone = Settings({**settings.values, "LANDING_DIR": str(tmp_path / "gone")})
    assert {"Airflow", "Landing"} <= {each.name for each in notices(gone)}
