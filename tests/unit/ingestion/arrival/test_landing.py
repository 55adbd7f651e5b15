"""Which files wait, and how they are set aside."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestion.arrival.landing import is_sample, leads_out, note_taken, set_aside, snapshot, waiting_files
from tests.conftest import skip


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


def test_a_missing_folder_has_no_files(tmp_path: Path) -> None:
    assert waiting_files(tmp_path / "none") == {}


def test_files_in_sample_are_sample_files(tmp_path: Path) -> None:
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


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.EROFS])
def test_no_empty_file_is_left_when_a_file_cannot_be_moved(tmp_path: Path, monkeypatch, number: int) -> None:
    path = put(tmp_path / "a.csv")

    def refuse(self: Path, target: Path) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match=os.strerror(number)):
        set_aside(path, snapshot(path), tmp_path / "loaded", 7)
    assert path.read_text() == "x"
    assert list((tmp_path / "loaded").iterdir()) == []


def test_name_too_long_for_the_number(tmp_path: Path) -> None:
    for number in (12, 13):
        path = put(tmp_path / f"{'a' * 251}.csv")
        target = set_aside(path, snapshot(path), tmp_path / "loaded", number)
        assert target.name == f"{number}_{'a' * 248}.csv"
        assert not path.exists()


def test_a_loaded_file_does_not_wait_until_it_changes(tmp_path: Path, monkeypatch) -> None:
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


@pytest.fixture
def other_disk() -> Iterator[Path]:
    """A folder on another file system than that of temporary files."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


def test_moves_to_another_disk(tmp_path: Path, other_disk: Path) -> None:
    if tmp_path.stat().st_dev == other_disk.stat().st_dev:
        skip("there is only one file system here")
    (tmp_path / "loaded").symlink_to(other_disk)
    path = put(tmp_path / "a.csv", "content", modified=7)
    target = set_aside(path, snapshot(path), tmp_path / "loaded", 3)
    assert target == tmp_path / "loaded" / "3_a.csv"
    assert (target.read_text(), target.stat().st_mtime) == ("content", 7)
    assert not path.exists()
    assert [each.name for each in other_disk.iterdir()] == ["3_a.csv"]


def test_a_copy_that_fails_leaves_the_file_where_it_was(
    tmp_path: Path, other_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if tmp_path.stat().st_dev == other_disk.stat().st_dev:
        skip("there is only one file system here")

    def full(_file: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    path = put(tmp_path / "a.csv")
    with pytest.raises(OSError, match="No space left"):
        set_aside(path, snapshot(path), other_disk, 3)
    assert path.read_text() == "x"
    assert list(other_disk.iterdir()) == []
