"""The loader's command line, in its own process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from tests.conftest import Warehouse
from tradewind.settings import ROOT


def run(
    warehouse: Warehouse, *arguments: object, before: Sequence[str] = (), **variables: str
) -> subprocess.CompletedProcess:
    """Run `python -m ingestion …` on a warehouse, prefixed with the command `before` if given."""
    return subprocess.run(
        [*before, sys.executable, "-m", "ingestion", *map(str, arguments)],
        cwd=ROOT,
        env={**warehouse.environment(), **variables},
        capture_output=True,
        text=True,
    )
