"""This project's loader."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.load.clients.work import work
from ingestion.loading.load import load
from ingestion.loading.result import Outcome
from ingestion.loading.table import BULK_FROM

file, url, folder = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])

if file.stat().st_size >= BULK_FROM:
    # Modules for large files are imported late, but they count as imports.
    import ingestion.loading.bulk.copying
    import ingestion.loading.bulk.prepare  # noqa: F401

with work():
    (result,) = load([file], landing=folder, url=url)
if result.outcome is not Outcome.LOADED:
    sys.exit(f"{result.outcome}: {result.message}")
