"""Loads files and builds models as the programs do it."""

import subprocess
import sys
from pathlib import Path

from ingestion.loading.load import load
from tests.conftest import Warehouse
from tradewind.settings import ROOT


def run_tradewind(warehouse: Warehouse, state: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run `python -m tradewind`, dbt's results in `state`."""
    return subprocess.run(
        [sys.executable, "-m", "tradewind", *arguments],
        cwd=ROOT,
        env={**warehouse.environment(), "TRADEWIND_STATE": str(state)},
        capture_output=True,
        text=True,
    )


def load_file(warehouse: Warehouse, path: Path) -> int:
    """Load a file that must be loaded; its number in the ledger."""
    (result,) = load([path], url=warehouse.url("loader"))
    assert result.is_fine, result.message
    return result.load_id
