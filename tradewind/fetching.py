"""Fetches files from `LANDING_URL` into the landing folder: `python -m tradewind.fetching [--once]`.

The packages that read S3, SFTP, Google and Azure are in an environment of their own, which is made first.
"""

from __future__ import annotations

import os
import sys

from tradewind.extra_environments import LANDING, EnvironmentMissing, environment_python
from tradewind.settings import ROOT


def main(arguments: list[str]) -> int:
    """Become the process that fetches; returns an exit code only where that cannot be."""
    try:
        python = environment_python(LANDING)
    except EnvironmentMissing as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    command = [str(python), "-m", "ingestion.fetching", *arguments]
    return os.execve(python, command, {**os.environ, "PYTHONPATH": path})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
