"""Runs one program, and measures what it costs."""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load.server import Server

#: Seconds between two measurements of the memory.
_LOOK_EVERY = 0.05


class Failed(Exception):
    """The program failed; the text is the last line that it wrote."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds and bytes. `startup` lasts until the end of the program's imports, `work` is what follows.

    `startup_cpu` is part of `client_cpu`; `peak` is the resident memory of the client and its children.
    """

    command: float
    work: float
    startup: float
    startup_cpu: float
    client_cpu: float
    server_cpu: float
    peak: int

    @property
    def cpu(self) -> float:
        """CPU seconds of the work, on both sides."""
        return self.client_cpu - self.startup_cpu + self.server_cpu


def measure(
    server: Server,
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    *,
    says_its_work: bool = True,
) -> Cost:
    """Run the command in a folder.

    Args:
        says_its_work: whether the last line that the program writes, if any, says when its work began.

    Raises:
        Failed: if its exit code is not 0.
    """
    output, errors = folder / "output", folder / "errors"
    server_before = server.cpu()
    with output.open("wb") as out, errors.open("wb") as err:
        started = time.monotonic()
        process = subprocess.Popen(
            command, stdout=out, stderr=err, cwd=folder, env={**os.environ, **environment}
        )
        try:
            peak = _peak_until_end(process.pid)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            seconds = time.monotonic() - started
        finally:
            if process.returncode is None:
                process.kill()
                process.wait()
    if process.returncode:
        lines = errors.read_text(errors="replace").strip().splitlines()
        raise Failed(lines[-1] if lines else f"exit code {process.returncode}")
    told = (says_its_work and _told(output)) or {"began": started, "ended": started + seconds, "imports": 0.0}
    return Cost(
        command=seconds,
        work=told["ended"] - told["began"],
        startup=told["began"] - started,
        startup_cpu=told["imports"],
        client_cpu=usage.ru_utime + usage.ru_stime,
        server_cpu=server.cpu() - server_before,
        peak=peak,
    )


def _peak_until_end(pid: int) -> int:
    """Wait for a process; returns its peak resident memory, in bytes.

    The kernel's figure at the end (`ru_maxrss`) includes our own memory from before the program was loaded,
    so we measure now and then instead.
    """
    peaks: dict[int, int] = {}
    handle = os.pidfd_open(pid)
    try:
        while not select.select([handle], [], [], _LOOK_EVERY)[0]:
            for each in _family(pid):
                peaks[each] = max(peaks.get(each, 0), _peak(each))
    finally:
        os.close(handle)
    return sum(peaks.values())


def _family(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found = children.read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        for child in found:
            yield from _family(int(child))


def _peak(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    # A process that has ended but was not waited for has no memory any more.
    kilobytes = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")), "0")
    return int(kilobytes) * 1024


def _told(output: Path) -> dict[str, float] | None:
    """What the program reports about its work, if anything."""
    lines = output.read_text().splitlines()
    return json.loads(lines[-1]) if lines else None
