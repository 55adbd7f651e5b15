"""Which files wait, and how they are set aside."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from ingestion.landing import is_sample, leads_out, note_taken, set_aside, snapshot, waiting_files


def put(path: Path, content: str = "x", modified: float = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    os.utime(path, (modified, modified))
    return path


def test_waiting_files_oldest_first(tmp_path: Path) -> None:
    new = put(tmp_path / "a.csv", modified=20)
    old = put(tmp_path / "deep" / "er" / "b.xlsx", modified=10)
    sample = put(tmp_path / "sample" / "c.csv", modified=30)
    nested = put(tmp_path / "deep" / "loaded" / "d.csv", modified=40)
    for ignored in (
        "README.md",
        ".a.csv",
        "a.csv.part",
        "a.TMP",
        "~$a.xlsx",
        "loaded/1_a.csv",
        "held/2_a.csv",
        ".git/config",
    ):
        put(tmp_path / ignored)
    (tmp_path / "broken.csv").symlink_to(tmp_path / "nowhere")

    assert list(waiting_files(tmp_path)) == [old, new, sample, nested]


def test_no_folder_no_files(tmp_path: Path) -> None:
    assert waiting_files(tmp_path / "none") == {}


def test_sample_files_lie_in_sample(tmp_path: Path) -> None:
    assert is_sample(tmp_path / "sample" / "a.csv", tmp_path)
    assert not is_sample(tmp_path / "a.csv", tmp_path)
    assert not is_sample(tmp_path / "deep" / "sample" / "a.csv", tmp_path)


def test_sample_files_by_other_ways(tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    put(landing / "sample" / "a.csv")
    (tmp_path / "other").symlink_to(landing)
    (landing / "short").symlink_to(landing / "sample")
    assert is_sample(tmp_path / "other" / "sample" / "a.csv", landing)
    assert is_sample(landing / "sample" / "a.csv", tmp_path / "other")
    assert is_sample(landing / "short" / "a.csv", landing)
    assert not is_sample(landing / "sample" / ".." / "a.csv", landing)


def test_links_that_lead_out(tmp_path: Path) -> None:
    inside = put(tmp_path / "landing" / "a.csv")
    outside = put(tmp_path / "b.csv")
    (tmp_path / "landing" / "in.csv").symlink_to(inside)
    (tmp_path / "landing" / "out.csv").symlink_to(outside)
    assert not leads_out(tmp_path / "landing" / "in.csv", tmp_path / "landing")
    assert leads_out(tmp_path / "landing" / "out.csv", tmp_path / "landing")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    done = tmp_path / "loaded"
    for content in ("first", "second", "third"):
        path = put(tmp_path / "a.csv", content)
        set_aside(path, snapshot(path), done, 7)
    assert {path.name: path.read_text() for path in done.iterdir()} == {
        "7_a.csv": "first",
        "7_a~2.csv": "second",
        "7_a~3.csv": "third",
    }


def test_another_file_under_the_same_name_stays(tmp_path: Path) -> None:
    path = put(tmp_path / "a.csv", "loaded")
    seen = snapshot(path)
    put(path, "dropped since then")
    assert set_aside(path, seen, tmp_path / "loaded", 7) is None
    assert path.read_text() == "dropped since then"
    assert list((tmp_path / "loaded").iterdir()) == []


def test_file_that_another_loader_moved(tmp_path: Path) -> None:
    path = put(tmp_path / "a.csv")
    seen = snapshot(path)
    path.unlink()
    assert set_aside(path, seen, tmp_path / "loaded", 7) is None


@pytest.mark.parametrize("number", [errno.EACCES, errno.EXDEV, errno.EROFS])
def test_nothing_empty_is_left_where_a_file_cannot_be_moved(tmp_path: Path, monkeypatch, number: int) -> None:
    path = put(tmp_path / "a.csv")

    def refuse(self: Path, target: Path) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match=os.strerror(number)):
        set_aside(path, snapshot(path), tmp_path / "loaded", 7)
    assert path.read_text() == "x"
    assert list((tmp_path / "loaded").iterdir()) == []


def test_name_that_leaves_no_room_for_the_number(tmp_path: Path) -> None:
    path = put(tmp_path / f"{'a' * 251}.csv")
    with pytest.raises(OSError, match="File name too long"):
        set_aside(path, snapshot(path), tmp_path / "loaded", 7)
    assert path.read_text() == "x"
    assert list((tmp_path / "loaded").iterdir()) == []


def test_a_file_that_was_taken_waits_no_more_until_it_changes(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("TRADEWIND_STATE", str(tmp_path / "state"))
    path = tmp_path / "landing" / "sales.csv"
    path.parent.mkdir()
    path.write_text("one")

    note_taken(path, snapshot(path))
    with (tmp_path / "state" / "taken_files.jsonl").open("a") as notes:
        notes.write('["half a line')
    assert waiting_files(path.parent) == {}

    path.write_text("another")
    assert list(waiting_files(path.parent)) == [path]
