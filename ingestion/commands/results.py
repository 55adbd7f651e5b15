"""What the commands that load print of their results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from ingestion.commands.console import show, show_remarks

if TYPE_CHECKING:
    from ingestion.loading.result import LoadResult

_COLUMNS = {
    "file": "File",
    "source": "Source",
    "load_id": "Load",
    "outcome": "Outcome",
    "rows_read": "Read",
    "rows_loaded": "Loaded",
    "rows_rejected": "Rejected",
    "message": "Note",
}


def show_results(results: Sequence[LoadResult]) -> int:
    """Print what became of each file; returns 0 when all of it is loaded, 1 when a file needs a person."""
    records = [{**asdict(result), "file": result.file} for result in results]
    show(_COLUMNS, records, "no files to load")
    for result in results:
        show_remarks(result.file, result.remarks)
    return 0 if all(result.is_fine for result in results) else 1
