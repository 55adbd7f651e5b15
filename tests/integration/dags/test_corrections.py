"""What people correct from Airflow, as its tasks run it: on a real warehouse, with who did it and why."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from ingestion.loading.load import load
from tests.integration.ingestion.sales_files import tidy_rows, write_rows, write_tidy_file
from tradewind.settings import ROOT


@pytest.fixture(scope="module")
def tasks():
    """The functions of the tasks, by DAG."""
    from airflow.dag_processing.dagbag import DagBag

    dags = DagBag(dag_folder=str(ROOT / "dags")).dags
    return {name: dags[name].get_task(name).python_callable for name in ("accept", "replay", "withdraw")}


@pytest.fixture
def fresh(warehouse, monkeypatch, tmp_path):
    """The module's warehouse, emptied, as that of the settings."""
    for name, value in warehouse.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LANDING_DIR", str(tmp_path / "landing"))
    with psycopg.connect(warehouse.url("loader"), autocommit=True) as connection:
        if connection.execute("select to_regclass('ops.loads') is not null").fetchone()[0]:
            connection.execute(
                "truncate ops.loads, ops.withdrawals, ops.load_scopes, ops.rejected_rows,"
                " staging.raw_sales_transactions"
            )
    return warehouse


@pytest.fixture
def query(fresh):
    with psycopg.connect(fresh.url("loader"), autocommit=True) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


RUN = SimpleNamespace(triggering_user_name="ada")


def form(**fields) -> dict:
    return {"loads": None, "load": None, "file": None, "why": None, "undo": False, **fields}


def test_a_load_is_withdrawn_and_put_back(tasks, fresh, query, tmp_path: Path) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    (result,) = load([write_rows(tmp_path / "a.csv", tidy_rows(40))], url=fresh.url("loader"))
    number = result.load_id
    for empty, complaint in (
        (form(why="x"), "name at least one load"),
        (form(loads=[number]), "give a reason"),
    ):
        with pytest.raises(AirflowFailException, match=complaint):
            tasks["withdraw"](params=empty, dag_run=RUN)

    said = tasks["withdraw"](params=form(loads=[str(number)], why="sent by mistake"), dag_run=RUN)
    assert said == [f"load {number}, a.csv: withdrawn (40 rows)"]
    kept = "select withdrawn_by, why, undone_by from ops.withdrawals"
    assert query(kept) == [("ada", "sent by mistake", None)]
    assert query("select count(*) from ops.counted_loads") == [(0,)]

    tasks["withdraw"](params=form(loads=[str(number)], undo=True), dag_run=RUN)
    assert query(kept) == [("ada", "sent by mistake", "ada")]
    assert query("select load_id from ops.counted_loads") == [(number,)]


def test_a_held_file_is_accepted_with_a_reason(tasks, fresh, query, tmp_path: Path) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    path = write_tidy_file(tmp_path / "sales.csv", rows=100, broken=5)
    (held,) = load([path], url=fresh.url("loader"))
    with pytest.raises(AirflowFailException, match="name a load"):
        tasks["accept"](params=form(why="x"), dag_run=RUN)
    with pytest.raises(AirflowFailException, match="give a reason"):
        tasks["accept"](params=form(load=held.load_id), dag_run=RUN)
    # something is still wrong with it
    with pytest.raises(AirflowFailException, match="20 of 100 rows are broken"):
        tasks["replay"](params=form(load=held.load_id))

    counts = tasks["accept"](params=form(load=held.load_id, why="the maker knows"), dag_run=RUN)
    assert (counts["loaded"], counts["rows_loaded"], counts["rows_rejected"]) == (1, 80, 20)
    assert query("select accepted_by, accepted_why from ops.loads where state = 'loaded'") == [
        ("ada", "the maker knows")
    ]


def test_a_corrected_file_is_read_in_place_of_the_old_one(tasks, fresh, query, tmp_path: Path) -> None:
    (old,) = load([write_rows(tmp_path / "a.csv", tidy_rows(40))], url=fresh.url("loader"))
    corrected = write_rows(tmp_path / "b.csv", tidy_rows(38))
    counts = tasks["replay"](params=form(load=old.load_id, file=str(corrected)))
    assert counts["rows_loaded"] == 38
    assert query("select load_id, state from ops.loads order by load_id")[0] == (old.load_id, "replaced")
    assert query("select rows_loaded from ops.loads inner join ops.counted_loads using (load_id)") == [(38,)]
