"""Keeps the supervisor itself alive: `python keeper.py CONFIGURATION`, run by the supervisor.

The supervisor must not be the one program that nothing restarts. When supervisord is killed, its programs end
(see wrapper.py) and this process becomes a new supervisord. An orderly stop ends the keeper first.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path


def main(configuration: str) -> None:
    """Watch the parent, and replace it when it is gone."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.5)
    # our output went to the dead supervisor; writing more would end this process too
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    supervisord = Path(sys.executable).with_name("supervisord")
    os.execv(supervisord, [str(supervisord), "--configuration", configuration])


if __name__ == "__main__":
    main(sys.argv[1])
