"""Loads files: each table in one transaction with its rejected rows and its ledger entry, exactly once.

A loader that is killed at any moment leaves nothing behind, and repeating the call gives the same result.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from ingestion.arrival import landing as places
from ingestion.arrival.landing import Snapshot
from ingestion.contract.model import Contract
from ingestion.loading.candidate import Candidate, is_changing
from ingestion.loading.loader import Loader, left
from ingestion.loading.progress import Progress
from ingestion.loading.result import LoadResult, Outcome
from tradewind.settings import Settings


def load(
    paths: Iterable[Path],
    *,
    landing: Path | None = None,
    url: str | None = None,
    contracts: Sequence[Contract] | None = None,
    progress: Progress | None = None,
) -> list[LoadResult]:
    """Load files, and the files waiting in folders, and leave them where they are.

    Args:
        landing: the folder whose `sample/` holds sample files; by default that of the settings.
        url: the warehouse in libpq form; by default that of the settings, as role `loader`.
        contracts: the known sources; by default those in `ingestion/contracts`.
        progress: receives the progress of the work.

    Returns:
        One result for each fault in contracts, then one for each table (a file, a file in an archive, a
        sheet), in the order of `paths`, and by age within a folder.

    Raises:
        WarehouseUnavailable: the server cannot be reached.
        psycopg.OperationalError: the connection was lost; files without a result are not loaded.
    """
    landing = landing or Settings.load().landing
    candidates = [
        Candidate(file, places.is_sample(file, landing), path if path.is_dir() else None)
        for path in map(Path, paths)
        for file in (places.waiting_files(path) if path.is_dir() else [path])
    ]
    if not candidates:
        return []
    with Loader(url, contracts, progress) as loader:
        results = [result for candidate in candidates for result in loader.load(candidate).results]
        return [*loader.faulty(), *results]


def load_landing(
    landing: Path | None = None,
    paths: Iterable[Path] | None = None,
    *,
    url: str | None = None,
    contracts: Sequence[Contract] | None = None,
) -> list[LoadResult]:
    """Load what waits in the landing folder and move each file aside once its load is committed.

    Loaded and already known files go to `loaded/`, held ones to `held/`, unless the settings keep them in
    place. A file that is still being written stays in any case. Files in `sample/` are marked as sample data.

    Args:
        landing: by default the folder of the settings.
        paths: only these of the waiting files, or those in these folders; by default all of them.
        url, contracts: as for `load`.

    Raises:
        As `load`.
    """
    landing = (landing or Settings.load().landing).absolute()
    chosen = None if paths is None else [Path(path).absolute() for path in paths]
    waiting = {
        path: seen
        for path, seen in places.waiting_files(landing).items()
        if chosen is None or any(path.is_relative_to(each) for each in chosen)
    }
    settled, results = _settled(waiting)
    candidates = [
        Candidate(path, places.is_sample(path, landing), landing, seen) for path, seen in settled.items()
    ]
    if not candidates:
        return results
    with Loader(url, contracts) as loader:
        results += loader.faulty()
        for candidate in candidates:
            done = loader.load(candidate)
            results += _set_aside(loader, done.results, done.seen, landing)
    return results


def _settled(waiting: dict[Path, Snapshot]) -> tuple[dict[Path, Snapshot], list[LoadResult]]:
    """The files that are complete, and results for the others."""
    newest = max((seen.modified_ns for seen in waiting.values()), default=0)
    if time.time() - newest / 1e9 < places.SETTLED_AFTER:
        time.sleep(places.SETTLED_AFTER)
    settled = {path: seen for path, seen in waiting.items() if not is_changing(path, seen)}
    return settled, [left(path) for path in waiting if path not in settled]


def _set_aside(
    loader: Loader, results: list[LoadResult], seen: Snapshot | None, landing: Path
) -> list[LoadResult]:
    """Move the file of these results to where it belongs: to `held/` if one of its tables is held."""
    outcomes = {result.outcome for result in results}
    if not outcomes <= {Outcome.HELD, Outcome.LOADED, Outcome.KNOWN}:
        return results
    if Settings.load().keeps_landed_files:
        try:
            if seen:
                places.note_taken(results[0].path, seen)
        except OSError as error:
            return _noted(
                results, f"cannot be noted as taken ({error.strerror or error}): it is looked at again"
            )
        return results
    folder = landing / (places.HELD if Outcome.HELD in outcomes else places.LOADED)
    deciding = next((each for each in results if each.outcome is Outcome.HELD), results[0])
    try:
        target = places.set_aside(deciding.path, seen, folder, deciding.load_id)
        if target:
            # A copy of known content is not the file that was loaded.
            loader.note_path([each.load_id for each in results if each.outcome is not Outcome.KNOWN], target)
    except OSError as error:
        # The rows are loaded; next time the file is recognized by its content.
        note = f"cannot be moved to {folder.name}/ ({error.strerror or error})"
        if isinstance(error, PermissionError):
            note += ": give this user write access there"
        return _noted(results, note)
    return results


def _noted(results: list[LoadResult], note: str) -> list[LoadResult]:
    return [replace(each, message="; ".join(filter(None, [each.message, note]))) for each in results]
