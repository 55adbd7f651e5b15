"""An open file is detected, whoever writes to it, and the check harms nobody."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ingestion.arrival import open_files
from ingestion.arrival.open_files import is_open_for_writing
from tradewind.settings import ROOT

#: Opens the file for writing at the very moment when the lease on it is held.
MEDDLE = """
import fcntl, os, sys
from pathlib import Path
from ingestion.arrival.open_files import is_open_for_writing

ask, broken = fcntl.fcntl, []

def meddle(descriptor, command, argument):
    answer = ask(descriptor, command, argument)
    if (command, argument) == (fcntl.F_SETLEASE, fcntl.F_RDLCK):
        try:
            os.open(sys.argv[1], os.O_WRONLY | os.O_NONBLOCK)
        except BlockingIOError:
            broken.append(descriptor)
    return answer

fcntl.fcntl = meddle
is_open_for_writing(Path(sys.argv[1]))
print("the lease was broken" if broken else "nothing happened")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.csv"
    path.write_text("x")
    return path


@pytest.mark.parametrize("mode", ["a", "r+", "w"])
def test_until_the_writer_closes(path: Path, mode: str) -> None:
    assert not is_open_for_writing(path)
    with path.open(mode):
        assert is_open_for_writing(path)
    assert not is_open_for_writing(path)


def test_readers_do_not_count(path: Path) -> None:
    with path.open():
        assert not is_open_for_writing(path)


def test_missing_file(tmp_path: Path) -> None:
    assert not is_open_for_writing(tmp_path / "gone.csv")


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EACCES, errno.EPERM, errno.ENOLCK])
def test_without_leases_a_quiet_file_counts_as_complete(path: Path, monkeypatch, number: int) -> None:
    def refuse(*arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "fcntl", refuse)
    with path.open("a"):
        assert not is_open_for_writing(path)


@pytest.mark.parametrize(("kind", "is_believed"), [("ext4", True), ("nfs4", False), ("cifs", False)])
def test_refusal_of_a_remote_server_means_nothing(
    path: Path, tmp_path: Path, monkeypatch, kind: str, is_believed: bool
) -> None:
    device = path.stat().st_dev
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        f"22 1 0:0 / /proc rw shared:1 - proc proc rw\n"
        f"36 1 {os.major(device)}:{os.minor(device)} / /landing rw,relatime shared:2 - {kind} server:/ rw\n"
    )
    monkeypatch.setattr(open_files, "_MOUNTS", mounts)
    with path.open("a"):
        assert is_open_for_writing(path) is is_believed


def test_writer_that_arrives_meanwhile_does_not_end_the_process(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEDDLE, str(path)], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, "the lease was broken\n")
