"""Ends everything that a process has started, however that process itself ends.

`Guard` starts this file as a program in its own session, which waits until the process that started it has
ended. Then it kills what is left: every process with the guard's mark in its environment, which everything
started afterwards inherits, and every process that has one of the guarded folders in its command line, in its
environment or as its working directory, such as a daemon with its own environment. Finally it removes the
folders.

Uses only the standard library, because it stays in memory beside each test process.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

MARK = "TRADEWIND_GUARD"

#: Seconds that a database server, with all its processes, has to end by itself.
_GRACE, _PATIENCE = 5, 30


#: Kept as long as the process lives: when its pipe closes, everything guarded is ended.
_GUARDS: list[Guard] = []


class Guard:
    """Guards one process: create it before anything else is started."""

    def __init__(self) -> None:
        mark = uuid.uuid4().hex
        self._program = subprocess.Popen(
            [sys.executable, "-S", "-E", __file__, f"{MARK}={mark}"],
            stdin=subprocess.PIPE,
            # without anything that would make another guard take it for a leftover
            env={},
            cwd="/",
            start_new_session=True,
        )
        os.environ[MARK] = mark
        _GUARDS.append(self)

    def folder(self, path: Path) -> None:
        """Guard a temporary folder, whose name nothing else contains."""
        self._program.stdin.write(os.fsencode(path) + b"\n")
        self._program.stdin.flush()


def main(mark: str) -> None:
    """Wait until the process that started this has ended, then clean up after it."""
    parent = os.getppid()
    needles, read = [mark.encode()], b""
    while os.getppid() == parent:
        if not select.select([0], [], [], 0.5)[0]:
            continue
        if not (block := os.read(0, 65536)):
            break
        read += block
    needles += [line for line in read.split(b"\n") if line]
    end_all(needles, spared={os.getpid(), parent})
    for folder in needles[1:]:
        shutil.rmtree(os.fsdecode(folder), ignore_errors=True)


def end_all(needles: list[bytes], spared: set[int]) -> None:
    """Kill every process that contains one of the needles, until none is left."""
    began = time.monotonic()
    while time.monotonic() - began < _PATIENCE:
        left = [pid for pid in _processes() - spared if any(needle in _traces(pid) for needle in needles)]
        if not left:
            return
        for pid in left:
            # a database server frees its shared memory when it is asked to quit
            is_server = b"/postgres\0" in _read(pid, "cmdline") and time.monotonic() - began < _GRACE
            try:
                os.kill(pid, signal.SIGQUIT if is_server else signal.SIGKILL)
            except OSError:
                continue
        time.sleep(0.1)


def _processes() -> set[int]:
    return {int(process.name) for process in Path("/proc").glob("[0-9]*")}


def _traces(pid: int) -> bytes:
    try:
        place = os.fsencode(Path(f"/proc/{pid}/cwd").readlink())
    except OSError:
        place = b""
    return b"\0".join([_read(pid, "cmdline"), _read(pid, "environ"), place])


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


if __name__ == "__main__":
    main(sys.argv[1])
