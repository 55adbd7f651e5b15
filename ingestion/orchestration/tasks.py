"""What the scheduler calls: loads, logs what an operator should know, and sums up in plain JSON."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from ingestion.arrival.file_names import path_shown_as
from ingestion.loading.load import load, load_landing
from ingestion.loading.result import LoadResult, Outcome
from tradewind.settings import Settings

log = logging.getLogger(__name__)


def load_waiting(paths: Sequence[str] = (), url: str | None = None) -> dict[str, Any]:
    """Load what waits in the landing folder, or only `paths` (files or folders, there or elsewhere).

    Rejected rows and held files are warnings: the other files are in, and the ledger keeps the reasons.

    Returns:
        Counts: `files`, then each outcome's number of files, `rows_read`, `rows_loaded`, `rows_rejected`.

    Raises:
        As `ingestion.loading.load.load`.
    """
    landing = Settings.load().landing
    if not paths:
        results = load_landing(landing, url=url)
    else:
        given = [path_shown_as(path).absolute() for path in paths]
        inside = [path for path in given if path.is_relative_to(landing)]
        results = load_landing(landing, inside, url=url) if inside else []
        results += load([path for path in given if path not in inside], landing=landing, url=url)
    log_results(results)
    return summary(results)


def summary(results: Iterable[LoadResult]) -> dict[str, Any]:
    """The results in numbers."""
    results = list(results)
    outcomes = Counter(result.outcome for result in results)
    return {
        "files": len(results),
        **{outcome.value: outcomes[outcome] for outcome in Outcome},
        "rows_read": sum(result.rows_read for result in results),
        "rows_loaded": sum(result.rows_loaded for result in results),
        "rows_rejected": sum(result.rows_rejected for result in results),
    }


def log_results(results: Iterable[LoadResult]) -> None:
    """Log what became of each table, a warning where somebody should look at it."""
    for result in results:
        level = logging.INFO if result.is_fine and not result.rows_rejected else logging.WARNING
        log.log(
            level,
            "%s: %s, %d rows read, %d loaded, %d rejected. %s",
            result.file,
            result.outcome,
            result.rows_read,
            result.rows_loaded,
            result.rows_rejected,
            result.message or "",
        )
