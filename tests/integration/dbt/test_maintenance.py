"""Maintenance removes what is history, says so, and leaves what a correction or a trace needs."""

from __future__ import annotations

import os
import time
from types import SimpleNamespace

import psycopg
import pytest

from ingestion.loading.load import load
from ingestion.loading.replay import accept, replay
from ingestion.loading.withdraw import undo_withdrawal, withdraw
from tests.conftest import PASSWORD
from tests.integration.ingestion.sales_files import tidy_rows, write_rows, write_tidy_file
from tradewind.maintenance.options import DEFAULTS, Days
from tradewind.maintenance.run import maintain
from tradewind.settings import ROOT, SettingError, Settings

RUN = """
insert into dag_run
    (dag_id, run_id, run_type, state, run_after, start_date, end_date, clear_number, span_status)
select 'ingest', 'of ' || days, 'scheduled', 'success', at, at, at, 0, ''
from (select days, now() - make_interval(days => days) as at from unnest(array[200, 100, 1]) as days) as runs
"""


@pytest.fixture
def settings(warehouse, airflow_database, tmp_path) -> Settings:
    secrets = {"AIRFLOW_DATABASE_PASSWORD": PASSWORD, "POSTGRES_PORT": str(warehouse.owner.port)}
    return Settings.load({**warehouse.environment(), **secrets, "TRADEWIND_STATE": str(tmp_path)})


def test_what_is_history_is_removed_and_all_else_stays(settings, warehouse, airflow_database, ask, tmp_path):
    url = warehouse.url("loader")
    broken = write_tidy_file(tmp_path / "sales.csv", rows=100, broken=5)
    (held,) = load([broken], url=url)
    (accepted,) = accept(held.load_id, "the maker knows", url=url)
    (other,) = load([write_tidy_file(tmp_path / "other.csv", rows=100, year=2013, broken=5)], url=url)
    (first,) = load([write_rows(tmp_path / "third.csv", tidy_rows(40, 2012))], url=url)
    corrected = write_rows(tmp_path / "corrected.csv", tidy_rows(39, 2012))
    (again,) = replay(first.load_id, corrected, url=url)
    ask("update ops.loads set finished_at = now() - interval '400 days'", role="loader")
    with psycopg.connect(airflow_database) as connection:
        connection.execute(RUN)
    logs = tmp_path / "airflow" / "logs" / "dag_id=ingest" / "run_id=1"
    logs.mkdir(parents=True)
    outside = tmp_path / "outside.txt"
    old, new, link = logs / "attempt=1.log", logs / "attempt=2.log", logs / "link.log"
    for path in (old, new, outside):
        path.write_text("x")
    link.symlink_to(outside)
    long_ago = time.time() - 31 * 86_400
    for path in (old, outside, link):
        os.utime(path, (long_ago, long_ago), follow_symlinks=False)

    def state() -> tuple:
        per_load = "select load_id, count(*) from ops.rejected_rows group by load_id order by load_id"
        raw = "select _load_id, count(*) from staging.raw_sales_transactions group by 1 order by 1"
        with psycopg.connect(airflow_database) as connection:
            runs = {name for (name,) in connection.execute("select run_id from dag_run")}
        files = {path.name for path in logs.iterdir()}
        return dict(ask(per_load, role="loader")), dict(ask(raw, role="loader")), runs, files

    before = state()
    would = maintain(settings, is_dry_run=True)
    assert state() == before
    done = maintain(settings, is_dry_run=False, by="ada")
    planned = {each.removeprefix("would remove ") for each in would if "dead rows" not in each}
    assert planned == {each.removeprefix("removed ") for each in done if "dead rows" not in each}
    said = "\n".join(done)
    assert "2 logs older than 30 days" in said
    assert "20 rejected rows of files held more than 365 days ago, whose content was loaded later" in said
    assert "2 runs older than 90 days" in said

    rejected, raw, runs, files = state()
    assert rejected == {accepted.load_id: 20, other.load_id: 20}, (
        "of loads that count, and held ones, they stay"
    )
    assert raw == before[1]
    assert runs == {"of 1"}
    assert files == {"attempt=2.log"}
    assert outside.exists()
    kept = (
        "select step, is_dry_run, number, started_by from ops.maintenance where step <> 'vacuum'"
        " order by run_at"
    )
    expected = [("logs", 2), ("rejected", 20), ("alerts", 0), ("airflow", 2)]
    assert ask(kept, role="transformer") == [
        (step, is_dry_run, number, None if is_dry_run else "ada")
        for is_dry_run in (True, False)
        for step, number in expected
    ]
    again_said = maintain(settings, is_dry_run=False)
    assert all("removed 0 " in each for each in again_said if "dead rows" not in each)

    # what corrections need is still there
    withdraw([again.load_id], "wrong after all", url=url)
    counted = "select load_id from ops.counted_loads where load_id = any(%s)"
    assert ask(counted.replace("%s", f"'{{{first.load_id},{again.load_id}}}'"), role="loader") == [
        (first.load_id,)
    ]
    undo_withdrawal([again.load_id], None, url=url)
    (accepted_too,) = accept(other.load_id, "the maker knows", url=url)
    assert accepted_too.rows_loaded == 80


def test_vacuum_renews_the_statistics(settings, ask):
    maintain(settings, is_dry_run=False)
    left_out = "select relname from pg_stat_user_tables where schemaname = 'ops' and last_analyze is null"
    assert ask(left_out, role="loader") in ([], [("maintenance",)]), "which it has only now made"


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5"])
def test_wrong_days_are_refused(value):
    with pytest.raises(SettingError, match=r"KEEP_LOGS_DAYS is .* a number of days from 1 on, or forever"):
        Days.read(Settings({"TRADEWIND_STATE": "x", "KEEP_LOGS_DAYS": value}))


def test_what_is_kept_for_ever_is_left_alone(settings):
    for_ever = Settings({**settings.values, **dict.fromkeys(DEFAULTS, "forever")})
    assert len(maintain(for_ever, is_dry_run=False)) == 1


def test_the_dag_asks_for_a_dry_run_unless_it_is_scheduled(settings, monkeypatch):
    from airflow.dag_processing.dagbag import DagBag

    for name, value in settings.values.items():
        monkeypatch.setenv(name, value)
    bag = DagBag(dag_folder=str(ROOT / "dags" / "maintenance.py"))
    run = bag.dags["maintenance"].get_task("maintain").python_callable
    assert bag.dags["maintenance"].params["dry_run"] is True

    def by(kind: str, user: str | None) -> list[str]:
        started = SimpleNamespace(run_type=kind, triggering_user_name=user)
        return run(params={"dry_run": True}, dag_run=started)

    assert all(each.startswith("would remove ") for each in by("manual", "ada"))
    assert all(each.startswith("removed ") for each in by("scheduled", None))
