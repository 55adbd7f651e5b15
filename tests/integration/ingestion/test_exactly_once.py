"""Killed loaders and loaders side by side end as one undisturbed loader."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

from ingestion.load import load, load_landing
from ingestion.sample import sample_path, write_sample_file
from tradewind.settings import ROOT

UNTIL = date(2024, 12, 1)
KILLS = 12

#: What must be equal at the end, whatever happened on the way.
STATE = """
    select md5(string_agg(row_text, ' ' order by row_text)) from (
        select (to_jsonb(raw) - '_load_id')::text as row_text from staging.raw_sales_transactions as raw
        union all
        select (to_jsonb(rejected) - 'load_id')::text from ops.rejected_rows as rejected
        union all
        select scope from ops.current_scopes
        union all
        select (to_jsonb(loads) - '{load_id,precedence,path,message,started_at,finished_at}'::text[])::text
        from ops.loads
    ) as everything
"""


def write_file(folder: Path) -> Path:
    """A sales file with one broken row in a hundred."""
    write_sample_file(folder, rows=10_000, until=UNTIL)
    path = sample_path(folder, UNTIL)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[100::100] = [b"broken," + line for line in lines[100::100]]
    path.write_bytes(b"".join(lines))
    # Long settled: a loader takes it at once.
    os.utime(path, (0, 0))
    return path


def start_loader(landing: Path, url: str) -> subprocess.Popen:
    program = (
        "import sys; from pathlib import Path; from ingestion.load import load_landing;"
        "print(*(result.outcome for result in load_landing(Path(sys.argv[1]), url=sys.argv[2])))"
    )
    command = [sys.executable, "-c", program, str(landing), url]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def wait_for_copy(loader: subprocess.Popen, query) -> bool:
    """Wait until the loader's rows stream into the raw table; False if it ended before that was seen."""
    while loader.poll() is None:
        if query("select from pg_stat_activity where state = 'active' and query like 'copy \"staging\"%%'"):
            return True
        time.sleep(0.002)
    return False


def test_killed_at_any_moment(landing: Path, empty_warehouse: str, query, empty) -> None:
    path = write_file(landing)
    load([path], landing=landing, url=empty_warehouse)
    ((undisturbed,),) = query(STATE)
    empty()
    chance = random.Random(1)

    killed_while_copying = 0
    for _ in range(KILLS):
        # Set aside by a loader that was killed later: put back, as if the move had been lost with it.
        write_file(landing)
        loader = start_loader(landing, empty_warehouse)
        if wait_for_copy(loader, query):
            time.sleep(chance.uniform(0, 0.15))
            loader.send_signal(signal.SIGKILL)
            killed_while_copying += 1
        loader.communicate()
    load_landing(landing, url=empty_warehouse)

    assert killed_while_copying > 0
    assert query(STATE) == [(undisturbed,)]
    assert query("select rows_read, rows_loaded, rows_rejected from ops.loads") == [(10_000, 9_900, 100)]
    assert not path.exists()


def test_two_loaders_of_one_file(landing: Path, empty_warehouse: str, query) -> None:
    path = write_file(landing)

    loaders = [start_loader(landing, empty_warehouse) for _ in range(2)]
    outcomes = sorted(loader.communicate()[0].strip() for loader in loaders)

    assert [loader.returncode for loader in loaders] == [0, 0]
    # The second one waits for the first and knows the file, or comes so late that it finds it gone.
    assert outcomes[-1] == "loaded"
    assert outcomes[0] in ("known", "gone", "")
    assert query("select state, rows_loaded from ops.loads") == [("loaded", 9_900)]
    assert query("select count(*) from staging.raw_sales_transactions") == [(9_900,)]
    assert not path.exists()
    assert len(list((landing / "loaded").iterdir())) == 1


def test_two_loaders_of_different_files(landing: Path, empty_warehouse: str, query, tmp_path: Path) -> None:
    """Two files of the same months: the one with the higher number was committed later, and counts."""
    other = tmp_path / "other"
    for folder, seed in ((landing, 1), (other, 2)):
        write_sample_file(folder, rows=2_000, until=UNTIL, seed=seed)

    loaders = [start_loader(folder, empty_warehouse) for folder in (landing, other)]
    outcomes = [loader.communicate()[0].strip() for loader in loaders]

    assert outcomes == ["loaded", "loaded"]
    ((first, second),) = query("select min(load_id), max(load_id) from ops.loads")
    assert query("select finished_at from ops.loads where load_id = %s", first) < query(
        "select finished_at from ops.loads where load_id = %s", second
    )
    scopes = query("select distinct scope from ops.load_scopes where load_id = %s", second)
    current = query("select scope from ops.current_scopes where load_id = %s", second)
    assert sorted(current) == sorted(scopes)
