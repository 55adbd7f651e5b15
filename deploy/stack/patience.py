"""Waits as long as something makes progress: slowness on a busy machine is not a fault."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from deploy.stack.wrapper import mark_of, marked

#: Seconds between two checks of the progress, which cost more than checking whether it is done.
_LOOK_EVERY = 3

#: Seconds between two lines that say what we are waiting for.
_SAY_EVERY = 30

_TICKS = os.sysconf("SC_CLK_TCK")


def wait_while_it_moves(
    is_done: Callable[[], bool],
    progress: Callable[[], Any],
    seconds: float,
    say: Callable[[], None],
) -> bool:
    """Wait until it is done; False if it is not, and there was no progress for `seconds`.

    Args:
        is_done: whether it is done.
        progress: returns a value that changes whenever there is progress.
        seconds: how long there may be no progress.
        say: called every half minute while it is not done.
    """
    last: Any = None
    moved = looked = said = time.monotonic()
    while not is_done():
        now = time.monotonic()
        if now - looked >= _LOOK_EVERY:
            looked = now
            if (seen := progress()) != last:
                last, moved = seen, now
        if now - said >= _SAY_EVERY:
            said = now
            say()
        if now - moved > seconds:
            return False
        time.sleep(0.2)
    return True


def cpu_seconds(state: Path, programs: Iterable[str]) -> int:
    """CPU time that the running processes of these programs have used, in whole seconds."""
    pids = {pid for name in programs for pid in marked(mark_of(name, str(state)))}
    return sum(map(_cpu_ticks, pids)) // _TICKS


def _cpu_ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])
