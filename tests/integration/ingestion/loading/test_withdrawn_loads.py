"""A load that is withdrawn counts no more, as if it had never come; undone, everything is as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from ingestion.loading.load import load, load_landing
from ingestion.loading.replay import CannotReplay, accept, replay
from ingestion.loading.withdraw import CannotWithdraw, undo_withdrawal, withdraw
from tests.integration.ingestion.command import run
from tests.integration.ingestion.sales_files import state, tidy_rows, write_rows, write_tidy_file
from tradewind.settings import ROOT

#: What counts, in words.
COUNTED = "select load_id, scope from ops.current_scopes order by scope, load_id"
STATES = "select load_id, state from ops.loads order by load_id"


@pytest.fixture
def bring(tmp_path: Path, empty_warehouse: str):
    """Load a file of so many rows; returns the load's number."""

    def run(rows: int, year: int = 2014) -> int:
        path = write_rows(tmp_path / f"{rows}_{year}.csv", tidy_rows(rows, year))
        return load([path], url=empty_warehouse)[0].load_id

    return run


def test_what_an_earlier_file_said_counts_again_until_it_is_undone(bring, empty_warehouse, query) -> None:
    first = bring(100)
    before = query(COUNTED)
    second, third = bring(110), bring(50, year=2015)
    with_all, whole = query(COUNTED), state(query)

    done = withdraw([third, second], " sent by mistake ", by="ada", url=empty_warehouse)

    assert ([entry.load_id for entry in done.loads], done.again, done.no_more) == (
        [second, third],
        (first,),
        (),
    )
    assert query(COUNTED) == before
    assert query(STATES) == [(first, "loaded"), (second, "withdrawn"), (third, "withdrawn")]
    kept = "select load_id, withdrawn_by, why, undone_by, undone_why from ops.withdrawals order by load_id"
    assert query(kept) == [
        (second, "ada", "sent by mistake", None, None),
        (third, "ada", "sent by mistake", None, None),
    ]

    done = undo_withdrawal([second, third], "it was right", by="bob", url=empty_warehouse)

    assert (done.again, done.no_more) == ((), (first,))
    assert (query(COUNTED), state(query)) == (with_all, whole)
    assert query(kept) == [
        (second, "ada", "sent by mistake", "bob", "it was right"),
        (third, "ada", "sent by mistake", "bob", "it was right"),
    ]
    # a second time: the ledger keeps both
    withdraw([third], "after all", url=empty_warehouse)
    assert query("select count(*) from ops.withdrawals") == [(3,)]


def test_a_load_read_in_place_of_another_gives_the_place_back(
    bring, tmp_path, empty_warehouse, query
) -> None:
    first = bring(100)
    before = query(COUNTED)
    (new,) = replay(first, write_rows(tmp_path / "new.csv", tidy_rows(90)), url=empty_warehouse)
    corrected = query(COUNTED)

    with pytest.raises(CannotWithdraw, match=f"load {first} is replaced: load {new.load_id} was read in its"):
        withdraw([first], "x", url=empty_warehouse)
    done = withdraw([new.load_id], "the old one was right", url=empty_warehouse)
    assert (done.again, query(COUNTED)) == ((first,), before)
    done = undo_withdrawal([new.load_id], url=empty_warehouse)
    assert (done.no_more, query(COUNTED)) == ((first,), corrected)
    assert query(STATES) == [(first, "replaced"), (new.load_id, "loaded")]

    # both at once: nothing is left
    withdraw([first, new.load_id], "both were wrong", url=empty_warehouse)
    assert query(COUNTED) == []
    undo_withdrawal([new.load_id], url=empty_warehouse)
    with pytest.raises(CannotWithdraw, match=f"load {new.load_id} counts in the place of load {first}: with"):
        undo_withdrawal([first], url=empty_warehouse)
    assert query(COUNTED) == corrected


def test_a_place_is_taken_once(bring, tmp_path, empty_warehouse, query) -> None:
    """A correction is withdrawn, and the file is corrected in another way."""
    first = bring(100)
    (wrong,) = replay(first, write_rows(tmp_path / "wrong.csv", tidy_rows(80)), url=empty_warehouse)
    withdraw([wrong.load_id], "wrong", url=empty_warehouse)
    (right,) = replay(first, write_rows(tmp_path / "right.csv", tidy_rows(90)), url=empty_warehouse)
    counted = query(COUNTED)
    with pytest.raises(CannotWithdraw, match=f"load {right.load_id} counts in the place of load"):
        undo_withdrawal([wrong.load_id], url=empty_warehouse)
    assert query(COUNTED) == counted


def test_sample_data_counts_again_without_real_data(landing, empty_warehouse, query) -> None:
    write_rows(landing / "sample" / "sample.csv", tidy_rows(40))
    (sample,) = load_landing(landing, url=empty_warehouse)
    before = query(COUNTED)
    write_rows(landing / "real.csv", tidy_rows(10))
    (real,) = load_landing(landing, url=empty_warehouse)
    assert query(COUNTED) != before
    assert withdraw([real.load_id], "a trial", url=empty_warehouse).again == (sample.load_id,)
    assert query(COUNTED) == before


def test_withdrawn_content_is_held_when_it_comes_again(landing, empty_warehouse, query) -> None:
    write_tidy_file(landing / "sales.csv", rows=50)
    (first,) = load_landing(landing, url=empty_warehouse)
    withdraw([first.load_id], "of another company", by="ada", url=empty_warehouse)
    with pytest.raises(CannotReplay, match=f"load {first.load_id} is withdrawn: first python -m ingestion"):
        replay(first.load_id, landing=landing, url=empty_warehouse)

    write_tidy_file(landing / "again.csv", rows=50)
    (held,) = load_landing(landing, url=empty_warehouse)
    assert (held.outcome, held.message) == (
        "held",
        f"nothing taken: its content is that of load {first.load_id}, which ada withdrew (of another"
        f" company): to count it again, python -m ingestion withdraw {first.load_id} --undo",
    )
    assert query("select hold_kind from ops.loads where state = 'held'") == [("withdrawn",)]
    assert query(COUNTED) == []

    (taken,) = accept(held.load_id, "it is ours", landing=landing, url=empty_warehouse)
    assert taken.outcome == "loaded"
    with pytest.raises(CannotWithdraw, match=f"load {taken.load_id} counts in the place of load"):
        undo_withdrawal([first.load_id], url=empty_warehouse)


@pytest.mark.parametrize("number", [0, 1])
def test_all_or_none(number, bring, empty_warehouse, query) -> None:
    loads = [bring(100), bring(50, year=2015)]
    withdraw([loads[number]], "x", url=empty_warehouse)
    before = query(COUNTED)
    with pytest.raises(CannotWithdraw, match=f"load {loads[number]} is withdrawn already"):
        withdraw(loads, "x", url=empty_warehouse)
    with pytest.raises(
        CannotWithdraw, match=f"load {loads[1 - number]} is loaded, not withdrawn: nothing to"
    ):
        undo_withdrawal(loads, url=empty_warehouse)
    assert query(COUNTED) == before


def test_killed_in_the_middle_it_leaves_no_trace(bring, warehouse, empty_warehouse, query) -> None:
    bring(100)
    second = bring(110)
    before, whole = query(COUNTED), state(query)
    command = [sys.executable, "-m", "ingestion", "withdraw", str(second), "--why", "x"]
    with psycopg.connect(empty_warehouse) as blocker:
        # it has changed the load's state, and waits to write why
        blocker.execute("lock table ops.withdrawals in exclusive mode")
        process = subprocess.Popen(command, cwd=ROOT, env=warehouse.environment())
        waits = "select count(*) from pg_locks where not granted and relation = 'ops.withdrawals'::regclass"
        deadline = time.monotonic() + 30
        while query(waits) == [(0,)] and time.monotonic() < deadline:
            time.sleep(0.05)
        assert query(waits) == [(1,)]
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert (query(COUNTED), state(query)) == (before, whole)

    again = run(warehouse, "withdraw", second, "--why", "x")
    assert again.returncode == 0, again.stderr
    assert query(COUNTED) != before


def test_the_command(bring, warehouse, query) -> None:
    first = bring(100)
    second = bring(110)
    for arguments, complaint in (
        ([second], 'give a reason: --why "…"'),
        ([9_999, "--why", "x"], "there is no load 9999: list them with python -m ingestion status"),
        ([first, "--undo"], f"load {first} is loaded, not withdrawn: nothing to undo"),
    ):
        done = run(warehouse, "withdraw", *arguments)
        assert (done.returncode, done.stderr) == (1, f"error: {complaint}\n")

    done = run(warehouse, "withdraw", second, "--why", "sent by mistake")
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        [
            f"load {second}, 110_2014.csv: withdrawn (110 rows)",
            f"counts again in its place: load {first}",
            "the next build brings the figures: make build, or Airflow within a quarter of an hour",
        ],
    )
    status = run(warehouse, "status").stdout
    (by,) = query("select withdrawn_by from ops.withdrawals")[0]
    assert f"withdrawn by {by}: sent by mistake" in status
    done = run(warehouse, "withdraw", second, "--undo")
    assert done.stdout.splitlines()[:2] == [
        f"load {second}, 110_2014.csv: counts again (110 rows)",
        f"no longer counts in its place: load {first}",
    ]
