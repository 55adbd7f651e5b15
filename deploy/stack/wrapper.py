"""Runs one program so that no process of it is ever left behind.

    python wrapper.py --name NAME --state DIR [--account UID:GID] [--stop SIGNAL] [--kill SIGNAL] -- COMMAND…

A supervisor restarts what dies, but workers and tasks of a killed scheduler live on beside the new one and
repeat its work. Here every process of the program carries a mark in its environment. Processes with this
start's mark are ended with the program; those with the mark of an earlier start are ended before it starts.
Uses only the standard library, because it stays in memory beside each program.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

MARK = "TRADEWIND_PROGRAM"

#: Seconds that a program has to end after its stop signal.
STOP_GRACE = 20

#: Seconds that an earlier start, whose supervisor was killed, has to end.
PREDECESSOR_GRACE = 5

_libc = ctypes.CDLL(None)


def die_with_parent(how: signal.Signals) -> None:
    """Have the kernel send this process a signal when its parent dies (Linux)."""
    _libc.prctl(1, how)  # PR_SET_PDEATHSIG


def mark_of(name: str, state: str, start: int | str = "") -> str:
    """The mark of a program's processes; `start` is the wrapper's process id, empty for all starts."""
    return f"{name}@{state}#{start}"


def marked(mark: str) -> list[int]:
    """Processes whose mark begins with `mark`."""
    wanted = f"\0{MARK}={mark}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in b"\0" + (process / "environ").read_bytes():
                found.append(int(process.name))
        except OSError:  # it has ended, or is not ours
            continue
    return found


def sweep(mark: str, patience: float) -> None:
    """Wait for the processes with the mark to end, then kill those that are left."""
    deadline = time.monotonic() + patience
    while left := marked(mark):
        if time.monotonic() > deadline:
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
        time.sleep(0.1)


def run(options: argparse.Namespace) -> int:
    """Run the program until it ends or we are asked to stop; returns its exit code."""
    mark = mark_of(options.name, options.state, os.getpid())
    parent = os.getppid()
    die_with_parent(signal.SIGTERM)
    if os.getppid() != parent:
        return 1
    sweep(mark_of(options.name, options.state), PREDECESSOR_GRACE)
    stop, kill = (signal.Signals[f"SIG{name}"] for name in (options.stop, options.kill))
    identity = {}
    if options.account:
        user, group = map(int, options.account.split(":"))
        identity = {"user": user, "group": group, "extra_groups": []}
    child = subprocess.Popen(
        options.command,
        # without SPT_NOENV, a program that sets its title would overwrite the mark
        env={**os.environ, MARK: f"{mark}.", "SPT_NOENV": "1"},
        start_new_session=True,
        preexec_fn=lambda: die_with_parent(kill),
        **identity,
    )

    def end(_number, _frame):
        child.send_signal(stop)
        signal.alarm(STOP_GRACE)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGALRM, lambda _number, _frame: child.send_signal(kill))
    code = child.wait()
    sweep(f"{mark}.", patience=1)
    return code if code >= 0 else 128 - code


def main() -> int:
    """Read the command line and run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True)
    parser.add_argument("--state", required=True)
    parser.add_argument("--account", help="numeric user and group to run as")
    parser.add_argument("--stop", default="TERM")
    parser.add_argument("--kill", default="KILL")
    parser.add_argument("command", nargs="+")
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
