"""Each version of each object comes once, whole and under a safe name, whatever is killed on the way."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from ingestion.database.connection import connect
from ingestion.fetching import fetch, records, remote
from ingestion.fetching.fetch import Fetcher
from ingestion.fetching.place import Place
from ingestion.loading.load import load_landing
from ingestion.loading.replay import accept
from tests.integration.ingestion.sales_files import tidy_rows, write_rows, write_tidy_file


@pytest.fixture
def away(tmp_path: Path) -> Path:
    folder = tmp_path / "away"
    folder.mkdir()
    return folder


@pytest.fixture
def place(away: Path) -> Callable[..., Place]:
    """A place that fsspec reads, as it reads all others."""

    def make(settled: float = 0) -> Place:
        return Place("file", str(away), "file://away", {}, 0.05, settled, ())

    return make


@pytest.fixture
def connection(warehouse, empty_warehouse) -> Iterator[psycopg.Connection]:
    with connect(empty_warehouse) as found:
        records.prepare(found)
        found.execute("truncate ops.fetched_files, ops.landing_looks restart identity")
        yield found


@pytest.fixture
def fetch_now(place, landing, connection) -> Callable[[], int]:
    """One look by a new process; returns how many files came."""
    return lambda: Fetcher(place(), landing, connection).step()


def came(landing: Path) -> list[tuple[str, str]]:
    """Names and contents of what waits for the loader, in the order in which it came."""
    paths = sorted((landing / "fetched").rglob("*.*"), key=lambda path: path.stat().st_mtime_ns)
    return [(path.name, path.read_text()) for path in paths if path.is_file()]


def test_each_version_comes_once(away, landing, fetch_now, connection):
    (away / "a.csv").write_text("1")
    assert [fetch_now(), fetch_now()] == [1, 0]
    (away / "a.csv").write_text("2 and more")
    assert [fetch_now(), fetch_now()] == [1, 0]
    (away / "a.csv").unlink()
    assert fetch_now() == 0
    (away / "a.csv").write_text("1")
    assert fetch_now() == 1, "what was there before it was changed is new again"
    assert came(landing) == [("a.csv", "1"), ("a.csv", "2 and more"), ("a.csv", "1")]
    rows = connection.execute(
        "select address, bytes, landed_at is not null from ops.fetched_files"
    ).fetchall()
    assert rows == [
        ("file://away/a.csv", 1, True),
        ("file://away/a.csv", 10, True),
        ("file://away/a.csv", 1, True),
    ]


def test_they_come_in_the_order_in_which_they_changed(away, landing, fetch_now):
    for number, name in enumerate(("c.csv", "a.csv", "b.csv")):
        (away / name).write_text(name)
        os.utime(away / name, (1_700_000_000 + number,) * 2)
    assert fetch_now() == 3
    assert [name for name, _ in came(landing)] == ["c.csv", "a.csv", "b.csv"]


def _die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _before(module: object, name: str) -> None:
    setattr(module, name, _die)


def _after(module: object, name: str) -> None:
    right = getattr(module, name)

    def wrong(*given: object, **named: object) -> None:
        right(*given, **named)
        _die()

    setattr(module, name, staticmethod(wrong) if module is Fetcher else wrong)


@pytest.mark.parametrize(
    ("arm", "module", "name"),
    [
        (_before, fetch, "sync"),
        (_before, records, "enter"),
        (_after, records, "enter"),
        (_before, Path, "rename"),
        (_after, Fetcher, "_move"),
        (_after, records, "landed"),
    ],
)
def test_killed_anywhere_it_comes_once(arm, module, name, away, landing, place, empty_warehouse, connection):
    (away / "a.csv").write_text("whole")

    def victim() -> None:
        arm(module, name)
        with connect(empty_warehouse) as own:
            Fetcher(place(), landing, own).step()

    process = multiprocessing.get_context("fork").Process(target=victim)
    process.start()
    process.join(30)
    assert process.exitcode == -signal.SIGKILL
    fetcher = Fetcher(place(), landing, connection)
    fetcher.step()
    assert came(landing) == [("a.csv", "whole")]
    assert (
        connection.execute("select count(*) from ops.fetched_files where landed_at is not null").fetchone()[0]
        == 1
    )
    assert not (landing / ".fetching").exists() or not any((landing / ".fetching").iterdir())


def test_what_could_not_be_moved_is_moved_later(away, landing, place, connection):
    (away / "a.csv").write_text("whole")
    fetcher = Fetcher(place(), landing, connection)
    (landing / "fetched").write_text("in the way")
    with pytest.raises(OSError):
        fetcher.step()
    (landing / "fetched").unlink()
    assert fetcher.step() == 0
    assert came(landing) == [("a.csv", "whole")]


def test_what_was_lost_on_its_way_is_fetched_again(away, landing, fetch_now, connection):
    (away / "a.csv").write_text("whole")
    assert fetch_now() == 1
    connection.execute("update ops.fetched_files set landed_at = null")
    shutil.rmtree(landing / "fetched")
    assert [fetch_now(), fetch_now()] == [1, 0]
    assert came(landing) == [("a.csv", "whole")]


def test_names_cannot_lead_out_and_hidden_ones_stay(away, landing, fetch_now):
    taken = ["ü.csv", "line\nend.csv", "A.csv", "a.csv", "-rf.csv", "x" * 250 + ".csv", "back\\..\\slash.csv"]
    left = [".hidden.csv", "~$open.xlsx", "half.part", "README.md"]
    for name in [*taken, *left]:
        (away / name).write_text(name)
    (away / "sample").mkdir()
    (away / "sample" / "deep.csv").write_text("deep")
    (away / ".git").mkdir()
    (away / ".git" / "config.csv").write_text("no")
    (away / "link.csv").symlink_to("/etc/hostname")
    fetch_now()
    files = [path for path in landing.rglob("*") if path.is_file()]
    assert {path.read_text() for path in files} == {*taken, "deep"}
    assert {path.parent.parent for path in files} == {landing / "fetched"}, "none is taken for sample data"
    assert all(path.name.isprintable() for path in files)


def test_what_is_being_written_is_not_taken(away, landing, place, connection):
    fetcher = Fetcher(place(settled=0.4), landing, connection)
    with (away / "a.csv").open("w") as file:
        for number in range(6):
            file.write(f"{number}\n")
            file.flush()
            assert fetcher.step() == 0
            assert fetcher.waits()
            time.sleep(0.1)
    time.sleep(0.5)
    assert fetcher.step() == 1
    assert came(landing) == [("a.csv", "0\n1\n2\n3\n4\n5\n")]


def test_what_changes_while_it_is_copied_is_not_taken(away, landing, place, connection, monkeypatch):
    path = away / "a.csv"
    path.write_text("half")
    fetcher = Fetcher(place(), landing, connection)
    right = fetcher._remote._connected().get_file

    def slow(*given, **named) -> None:
        right(*given, **named)
        path.write_text("half and half")

    monkeypatch.setattr(fetcher._remote._system, "get_file", slow)
    assert fetcher.step() == 0
    monkeypatch.undo()
    assert fetcher.step() == 1
    assert came(landing) == [("a.csv", "half and half")]


@pytest.fixture
def failing(place, landing, connection, monkeypatch) -> Callable[..., Fetcher]:
    """A fetcher that meets an error instead of copying, so many times, each object whose name ends so."""

    def make(error: Exception, times: int, end: str = "a.csv") -> Fetcher:
        fetcher = Fetcher(place(), landing, connection)
        left = iter(range(times))
        connected = fetcher._remote._connected

        def system() -> object:
            made = connected()
            right = type(made).get_file

            def copy(name: str, *given: object, **named: object) -> None:
                if name.endswith(end) and next(left, None) is not None:
                    raise error
                right(made, name, *given, **named)

            monkeypatch.setattr(made, "get_file", copy)
            return made

        monkeypatch.setattr(fetcher._remote, "_connected", system)
        return fetcher

    return make


def _in_order(away: Path, *names: str) -> None:
    for number, name in enumerate(names):
        (away / name).write_text(name)
        os.utime(away / name, (1_700_000_000 + number,) * 2)


def test_an_error_that_passes_does_not_reverse_the_order(away, landing, failing):
    _in_order(away, "a.csv", "b.csv")
    assert failing(OSError("for a moment"), times=2).step() == 2
    assert [name for name, _ in came(landing)] == ["a.csv", "b.csv"]


def test_an_object_that_fails_does_not_hold_the_others_nor_has_all_listed_again(
    away, landing, failing, monkeypatch
):
    _in_order(away, "1a.csv", "2a.csv", "b.csv")
    fetcher = failing(OSError("broken"), times=9)
    right, looks = fetcher._remote.look, []
    monkeypatch.setattr(fetcher._remote, "look", lambda: looks.append(1) or right())
    assert fetcher.step() == 1
    assert [name for name, _ in came(landing)] == ["b.csv"]
    assert fetcher.problem == "file://away/1a.csv cannot be copied: broken; 1 more cannot be copied either"
    assert len(looks) == 1


def test_an_object_that_is_never_what_was_listed_is_a_problem_and_is_tried_less_often(
    away, failing, monkeypatch
):
    monkeypatch.setattr(fetch, "_FIRST_WAIT", 0.3)
    _in_order(away, "a.csv", "b.csv")
    fetcher = failing(FileNotFoundError("gone"), times=3)
    assert fetcher.step() == 1
    assert fetcher.problem is None, "that happens"
    fetcher.step()
    fetcher.step()
    assert fetcher.problem == "file://away/a.csv cannot be copied: gone"
    (away / "a.csv").write_text("another version")
    assert fetcher.step() == 0
    time.sleep(0.3)
    assert fetcher.step() == 1
    assert fetcher.problem is None


def test_what_is_larger_than_the_disk_is_passed_over(away, landing, place, connection, monkeypatch):
    """Of a small disk: a real one would be filled where this goes wrong."""
    monkeypatch.setattr(fetch, "RESERVE", 10)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100))
    (away / "large.csv").write_text("x" * 91)
    (away / "small.csv").write_text("1")
    fetcher = Fetcher(place(), landing, connection)
    assert fetcher.step() == 1
    assert came(landing) == [("small.csv", "1")]
    assert "large.csv cannot be copied: it has " in fetcher.problem


def test_a_folder_that_is_not_there_is_an_error(away, place, landing, connection):
    away.rmdir()
    with pytest.raises(FileNotFoundError):
        Fetcher(place(), landing, connection).step()


def test_a_long_step_is_noted_while_it_goes_on(away, landing, place, connection, monkeypatch):
    """During a large object, and between many small ones, it is known that somebody fetches."""
    for name in ("a.csv", "b.csv"):
        (away / name).write_text(name)
    monkeypatch.setattr(fetch, "_NOTE_EVERY", 0)
    monkeypatch.setattr(remote, "_SAY_EVERY", -1)
    fetcher = Fetcher(place(), landing, connection)
    right = fetcher._remote._connected().get_file
    looks = []

    def noted() -> bool:
        return connection.execute("delete from ops.landing_looks returning address").fetchall() == [
            ("file://away",)
        ]

    def in_pieces(name: str, target: str, callback) -> None:
        before = noted()
        right(name, target)
        callback.relative_update(1)  # as packages for servers do; that for a folder here does not
        looks.append((before, noted()))

    monkeypatch.setattr(fetcher._remote._system, "get_file", in_pieces)
    assert fetcher.step() == 2
    assert looks == [(False, True), (True, True)]


def test_the_ledger_knows_where_a_file_came_from(away, landing, fetch_now, empty_warehouse, connection):
    write_rows(away / "good.csv", tidy_rows(20))
    write_tidy_file(away / "bad.csv", rows=100, year=2013, broken=5)
    write_rows(landing / "dropped.csv", tidy_rows(20, 2012))
    assert fetch_now() == 2
    results = load_landing(landing, url=empty_warehouse)
    (held,) = [each for each in results if each.outcome == "held"]
    query = "select file_name, state, came_from from ops.loads order by file_name, load_id"
    assert connection.execute(query).fetchall() == [
        ("bad.csv", "held", "file://away/bad.csv"),
        ("dropped.csv", "loaded", None),
        ("good.csv", "loaded", "file://away/good.csv"),
    ]
    accept(held.load_id, "the maker knows", url=empty_warehouse)
    states = {row[1] for row in connection.execute(query) if row[2] == "file://away/bad.csv"}
    assert states == {"resolved", "loaded"}
    assert fetch_now() == 0
    assert not any((landing / "fetched").iterdir()), "emptied folders are taken away"
    connection.execute("update ops.fetched_files set landed_at = null")
    assert fetch_now() == 0, "the loader has them"


def test_one_process_fetches_at_a_time(empty_warehouse, connection):
    assert records.take_lock(connection)
    with connect(empty_warehouse) as other:
        assert not records.take_lock(other)
