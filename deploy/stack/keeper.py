"""Keeps the supervisor itself alive: `python keeper.py CONFIGURATION`, run by the supervisor.

Whoever restarts what dies must not be the one thing that nobody restarts. When supervisord is killed, its
programs end (see wrapper.py) and this process becomes a new supervisord. An orderly stop ends the keeper
first.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path


def main(configuration: str) -> None:
    """Watch the parent; take its place when it is gone."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.5)
    # what we wrote to went to the dead supervisor; writing on would end us too
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    supervisord = Path(sys.executable).with_name("supervisord")
    os.execv(supervisord, [str(supervisord), "--configuration", configuration])


if __name__ == "__main__":
    main(sys.argv[1])
