"""Loads files: each in one transaction with its rejected rows and its ledger entry, exactly once.

A loader killed at any moment leaves nothing behind: the same call again ends as an undisturbed one.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from ingestion import landing as places
from ingestion import ledger
from ingestion.contract import Contract
from ingestion.contract_files import read_contracts
from ingestion.copying import Copying
from ingestion.ddl import ensure_schema
from ingestion.landing import Snapshot
from ingestion.ledger import Counts, FileFacts, Reject
from ingestion.matching import Match, NoMatch, match_table
from ingestion.readers import open_tables
from ingestion.readers.table import Unreadable
from ingestion.result import LoadResult, Outcome
from ingestion.values import printable
from ingestion.warehouse import connect
from ingestion.writers import is_open_for_writing
from tradewind.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A file to load.

    `folder` is what it must lie in, and `seen` what it was when it was found there complete; None for a
    file that was named by itself.
    """

    path: Path
    is_sample: bool
    folder: Path | None = None
    seen: Snapshot | None = None


class _Held(Exception):
    """Nothing of the file is to be taken."""

    def __init__(self, message: str, counts: Counts | None = None, rejects: Sequence[Reject] = ()) -> None:
        super().__init__(message)
        self.counts = counts or Counts()
        self.rejects = rejects


class _Changing(Exception):
    """The file is not the one that was looked at first."""


def load(
    paths: Iterable[Path],
    *,
    landing: Path | None = None,
    url: str | None = None,
    contracts: Sequence[Contract] | None = None,
) -> list[LoadResult]:
    """Load files, and the files that wait in folders, and leave them where they are.

    Args:
        landing: the folder whose `sample/` holds sample files; by default that of the settings.
        url: the warehouse in libpq form; by default that of the settings, as role `loader`.
        contracts: the sources that are known; by default those of `ingestion/contracts`.

    Returns:
        One result a file, in the order of `paths`, and by age within a folder.

    Raises:
        WarehouseUnavailable: the server cannot be reached.
        ContractError, SchemaMismatch: contracts are wrong, or do not fit the warehouse.
        psycopg.OperationalError: the server went away; files that have no result yet are not loaded.
    """
    landing = landing or Settings.load().landing
    candidates = [
        _Candidate(file, places.is_sample(file, landing), path if path.is_dir() else None)
        for path in map(Path, paths)
        for file in (places.waiting_files(path) if path.is_dir() else [path])
    ]
    return [result for _, result in _load_each(candidates, url, contracts)]


def load_landing(
    landing: Path | None = None,
    paths: Iterable[Path] | None = None,
    *,
    url: str | None = None,
    contracts: Sequence[Contract] | None = None,
) -> list[LoadResult]:
    """Load what waits in the landing folder and move each file aside once its load is committed.

    Loaded and already known files go to `loaded/`, held ones to `held/`; a file that is still being
    written stays. Files under `sample/` are marked as sample data.

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
        _Candidate(path, places.is_sample(path, landing), landing, seen) for path, seen in settled.items()
    ]
    for seen, result in _load_each(candidates, url, contracts):
        folder = {Outcome.HELD: places.HELD, Outcome.LOADED: places.LOADED, Outcome.KNOWN: places.LOADED}
        if result.outcome in folder:
            result = _moved(result, seen, landing / folder[result.outcome])
        results.append(result)
    return results


def _settled(waiting: dict[Path, Snapshot]) -> tuple[dict[Path, Snapshot], list[LoadResult]]:
    """The files that are completely written, and results for the others."""
    newest = max((seen.modified_ns for seen in waiting.values()), default=0)
    if time.time() - newest / 1e9 < places.SETTLED_AFTER:
        time.sleep(places.SETTLED_AFTER)
    settled = {path: seen for path, seen in waiting.items() if not _is_changing(path, seen)}
    return settled, [_left(path) for path in waiting if path not in settled]


def _moved(result: LoadResult, seen: Snapshot | None, folder: Path) -> LoadResult:
    try:
        places.set_aside(result.path, seen, folder, result.load_id)
    except OSError as error:
        # The rows are in; next time the file is known by its content.
        note = f"cannot be moved to {folder.name}/ ({error.strerror or error})"
        if isinstance(error, PermissionError):
            note += ": give this user write access there"
        return replace(result, message="; ".join(filter(None, [result.message, note])))
    return result


def _load_each(
    candidates: Sequence[_Candidate], url: str | None, contracts: Sequence[Contract] | None
) -> Iterator[tuple[Snapshot | None, LoadResult]]:
    """One result a file, after its commit, with the state of the file that was loaded."""
    if not candidates:
        return
    contracts = read_contracts() if contracts is None else contracts
    with connect(url) as connection:
        with connection.transaction():
            ensure_schema(connection, contracts)
        for candidate in candidates:
            yield _load_file(connection, candidate, contracts)


def _load_file(
    connection: psycopg.Connection, candidate: _Candidate, contracts: Sequence[Contract]
) -> tuple[Snapshot | None, LoadResult]:
    path = candidate.path
    facts = FileFacts(printable(path.name), candidate.is_sample, datetime.now(UTC))
    seen: Snapshot | None = None
    match: Match | None = None
    try:
        if candidate.folder and places.leads_out(path, candidate.folder):
            raise _Held(f"it is a link that leads out of {candidate.folder.name}/: copy the file there")
        seen = places.snapshot(path)
        if candidate.seen not in (None, seen):
            raise _Changing
        if not path.is_file():
            raise _Held("it is not a regular file")
        if is_open_for_writing(path):
            raise _Changing
        facts = replace(facts, sha256=_sha256(path), size=seen.size)
        with open_tables(path) as tables:
            match = match_table(tables, contracts)
            return seen, _load_table(connection, path, facts, match, seen)
    except (FileNotFoundError, _Changing):
        return seen, _left(path)
    except OSError as error:
        held = _Held(f"it cannot be read: {error.strerror or error}")
    except (Unreadable, NoMatch) as error:
        held = _Held(str(error))
    except psycopg.DataError as error:
        held = _Held(f"Postgres refuses a value that passed the checks: {error.diag.message_primary}")
    except _Held as error:
        held = error
    except psycopg.Error:
        # The warehouse's trouble, not this file's: all others would be held for it too.
        raise
    except Exception as error:
        log.exception("%s cannot be taken", facts.name)
        held = _Held(f"an unexpected error ended its reading, {type(error).__name__}: {error}")
    if seen and _is_changing(path, seen):
        return seen, _left(path)
    return seen, _hold(connection, path, facts, match.contract if match else None, held)


def _load_table(
    connection: psycopg.Connection, path: Path, facts: FileFacts, match: Match, seen: Snapshot
) -> LoadResult:
    """Load a matched table in one transaction, unless its content is known.

    Raises:
        _Held: the contract's limit is passed; nothing was written.
        _Changing: the file changed while it was read; nothing was written.
    """
    contract = match.contract
    with connection.transaction():
        ledger.lock_source(connection, contract.source)
        if known := ledger.find_loaded(connection, contract.source, facts):
            load_id, name = known
            message = f"already loaded as {name}, load {load_id}: nothing to do"
            return LoadResult(path, Outcome.KNOWN, contract.source, load_id, message=message)
        load_id = ledger.begin_load(connection, contract, facts)
        copying = Copying(connection, load_id, match)
        copying.run()
        counts = copying.counts()
        if _is_changing(path, seen):
            raise _Changing
        if counts.rejected == counts.read or counts.rejected > contract.max_rejected_share * counts.read:
            raise _Held(_beyond_limit(contract, counts, copying.kept), counts, copying.kept)
        message = None
        if counts.rejected:
            message = f"reasons: python -m ingestion rejected {load_id}"
        ledger.finish_load(connection, load_id, contract.source, facts, counts, copying.scopes(), message)
    loaded = counts.read - counts.rejected
    return LoadResult(
        path, Outcome.LOADED, contract.source, load_id, counts.read, loaded, counts.rejected, message
    )


def _hold(
    connection: psycopg.Connection, path: Path, facts: FileFacts, contract: Contract | None, held: _Held
) -> LoadResult:
    source = contract.source if contract else None
    counts = held.counts
    with connection.transaction():
        ledger.lock_source(connection, source)
        load_id = ledger.hold(connection, contract, facts, counts, held.rejects, printable(str(held)))
    return LoadResult(
        path, Outcome.HELD, source, load_id, counts.read, 0, counts.read, f"nothing taken: {held}"
    )


def _beyond_limit(contract: Contract, counts: Counts, rejects: Sequence[Reject]) -> str:
    if not counts.read:
        return "it holds a header and no rows"
    row, faults = rejects[0]
    place = f"line {row.line}" + (f", {faults[0].column}" if faults[0].column else "")
    return (
        f"{counts.rejected:,} of {counts.read:,} rows are broken, at most {contract.max_rejected_share:.0%}"
        f" may be; the first is {place}: {faults[0].reason}"
    )


def _left(path: Path) -> LoadResult:
    """The result of a file that is not, or not any more, what it was when it was found."""
    if path.exists():
        return LoadResult(path, Outcome.CHANGING, message="it is still being written: left for the next time")
    message = "there is no such file (any more): was it moved or loaded by another process?"
    return LoadResult(path, Outcome.GONE, message=message)


def _is_changing(path: Path, seen: Snapshot) -> bool:
    """Whether the file is not what was `seen` any more, or may soon not be."""
    try:
        return places.snapshot(path) != seen or is_open_for_writing(path)
    except OSError:
        return True


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
