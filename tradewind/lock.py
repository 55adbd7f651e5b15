"""One command at a time: those that write to the same folder wait for each other."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

#: Modules that `make` runs, by its verb.
_VERBS = {
    "tradewind.source": "source",
    "tradewind.source.remove": "source-remove",
    "tradewind.dashboards.check_dashboards": "check-dashboards",
}


@contextmanager
def alone(folder: Path, say: Callable[[str], object]) -> Iterator[None]:
    """Hold the lock of a folder; if it has to wait, says for which command.

    The lock is on the folder itself and ends with the process: it never leaves a file behind.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"{_holder(descriptor)} is running here: waiting for it to finish …")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> str:
    """The command that holds the lock, according to the kernel."""
    inode = str(os.fstat(descriptor).st_ino)
    for line in Path("/proc/locks").read_text().splitlines():
        fields = line.split()
        if fields[1] == "FLOCK" and fields[5].rpartition(":")[2] == inode:
            return f"{_command(fields[4])} (process {fields[4]})"
    return "another command"


def _command(pid: str) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        if verb := next((_VERBS[word] for word in words if word in _VERBS), None):
            return f"make {verb}"
        return f"make {words[words.index('deploy') + 1]}"
    except (OSError, ValueError, IndexError):
        return "another command"
