"""Ends what a process has started, however that process itself ends.

`Guard` starts this file as a program in a session of its own, which waits until the process that started it
has ended. Then it kills what is left: every process that carries the guard's mark in its environment, as all
that is started afterwards does, and every process that has one of the guarded folders in its command line, in
its environment or as its working directory, as a daemon with an environment of its own has. Last it removes
the folders.

On the standard library alone: it stays in memory beside each process of the tests.
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

#: Seconds that a database server has to end by itself, and all of it.
_GRACE, _PATIENCE = 5, 30


#: For as long as the process lives: the end of its pipe is the end of what is guarded.
_GUARDS: list[Guard] = []


class Guard:
    """Guards one process: make it before anything else is started."""

    def __init__(self) -> None:
        mark = uuid.uuid4().hex
        self._program = subprocess.Popen(
            [sys.executable, "-S", "-E", __file__, f"{MARK}={mark}"],
            stdin=subprocess.PIPE,
            # nothing about it by which another guard would take it for a leftover
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
    """Wait for the end of whoever started this, then clean up behind it."""
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
    """Kill what has one of the needles about it, again and again until nothing is left."""
    began = time.monotonic()
    while time.monotonic() - began < _PATIENCE:
        left = [pid for pid in _processes() - spared if any(needle in _traces(pid) for needle in needles)]
        if not left:
            return
        for pid in left:
            # a database server takes its shared memory along when it is asked to quit
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
