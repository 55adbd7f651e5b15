"""A file that comes in pieces lands whole under its own name, or not at all."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ingestion.arrival.landing import waiting_files
from ingestion.database.connection import connect
from ingestion.fetching import posting as module
from ingestion.fetching.posting import NameRefused, NoRoom, Posted, Posting
from ingestion.loading.load import load_landing
from tests.integration.ingestion.sales_files import write_tidy_file


@pytest.fixture
def connection(warehouse, empty_warehouse) -> Iterator[psycopg.Connection]:
    with connect(empty_warehouse) as found:
        yield found


def post(landing: Path, connection: psycopg.Connection, name: str, *pieces: bytes) -> Posted:
    before = waiting_files(landing)
    with Posting(landing, name) as posting:
        for piece in pieces:
            posting.write(piece)
            assert waiting_files(landing) == before, "what is not whole does not wait"
        return posting.finish("post:ada", connection)


def test_it_lands_whole_and_the_ledger_knows_who_sent_it(landing, connection, empty_warehouse, tmp_path):
    write_tidy_file(tmp_path / "sales.csv")
    content = (tmp_path / "sales.csv").read_bytes()
    found = post(landing, connection, "sales.csv", content[:100], content[100:])
    assert (found.size, found.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert list(waiting_files(landing)) == [found.path] and found.path.name == "sales.csv"
    (result,) = load_landing(landing, url=empty_warehouse)
    assert result.is_fine
    came_from = "select came_from from ops.loads where load_id = %s"
    assert connection.execute(came_from, [result.load_id]).fetchone() == ("post:ada",)


def test_two_of_one_name_both_land_and_folders_of_those_that_are_gone_go(landing, connection):
    one, two = (post(landing, connection, "a.csv", text).path for text in (b"1", b"2"))
    assert one != two and (one.read_bytes(), two.read_bytes()) == (b"1", b"2")
    one.unlink()
    post(landing, connection, "a.csv", b"3")
    assert not one.parent.exists() and two.exists()


def die_while_posting(landing: Path) -> None:
    posting = Posting(landing, "a.csv")
    posting.write(b"half of it")
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_a_killed_process_began_never_lands_and_is_deleted_a_day_later(landing, connection):
    killed = multiprocessing.get_context("fork").Process(target=die_while_posting, args=(landing,))
    killed.start()
    killed.join()
    assert killed.exitcode == -signal.SIGKILL
    (half,) = (landing / ".posting").iterdir()
    assert not waiting_files(landing)
    post(landing, connection, "a.csv", b"1")
    assert half.exists(), "it could be still on its way"
    for path in (half, *half.iterdir()):
        os.utime(path, (0, 0))
    post(landing, connection, "a.csv", b"2")
    assert not list((landing / ".posting").iterdir())


def test_an_error_on_the_way_leaves_nothing(landing, connection):
    with pytest.raises(RuntimeError, match="gone"), Posting(landing, "a.csv") as posting:
        posting.write(b"1")
        raise RuntimeError("gone")
    with pytest.raises(psycopg.Error), Posting(landing, "a.csv") as posting:
        connection.close()
        posting.finish("post:ada", connection)
    assert not waiting_files(landing) and not list((landing / ".posting").iterdir())


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../a.csv",
        "a/b.csv",
        "/etc/passwd",
        ".hidden.csv",
        "~$book.xlsx",
        "a.csv.part",
        "README.md",
    ],
)
def test_names_that_lead_out_or_are_never_loaded_are_refused(landing, name):
    with pytest.raises(NameRefused):
        Posting(landing, name)
    assert not list(landing.rglob("*.csv"))


@pytest.mark.parametrize(
    "name", ["a\nb.csv", "\x1b[31mred.csv", "x" * 300 + ".csv", "-rf.csv", "Verkäufe 2026.csv"]
)
def test_any_other_name_is_one_that_can_be_shown(landing, connection, name):
    path = post(landing, connection, name, b"1").path
    assert path.exists() and path.parent.parent == landing / "posted"
    assert path.name.isprintable() and len(path.name.encode()) <= 255 and path.suffix == ".csv"


def test_a_file_that_does_not_fit_is_refused_before_it_comes_and_while_it_comes(landing, monkeypatch):
    with pytest.raises(NoRoom, match="bytes left for files"):
        Posting(landing, "a.csv", 10**18)
    with Posting(landing, "a.csv") as posting:
        posting.write(b"1")
        monkeypatch.setattr(module, "RESERVE", 10**18)
        with pytest.raises(NoRoom):
            posting.write(b"2")
    assert not list((landing / ".posting").iterdir())
