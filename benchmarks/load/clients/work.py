"""What the measured programs share. Only the standard library: dlt's environment has none of our code."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def work() -> Iterator[None]:
    """Print when the block began and ended, on the clock shared by all processes, and the CPU used before."""
    began, imports = time.monotonic(), time.process_time()
    yield
    print(json.dumps({"began": began, "ended": time.monotonic(), "imports": imports}), flush=True)
