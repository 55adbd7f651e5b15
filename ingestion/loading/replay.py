"""Reads a load's file again: after it or its contract was corrected, or because somebody accepted it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from psycopg.rows import dict_row

from ingestion.arrival import landing as places
from ingestion.arrival.file_names import shown_path
from ingestion.contract.model import Contract
from ingestion.ledger.write import Acceptance, Predecessor, find_content, resolve
from ingestion.loading.candidate import Candidate
from ingestion.loading.deliveries import sheets_precedence
from ingestion.loading.kept_files import kept_file
from ingestion.loading.loader import Loader
from ingestion.loading.progress import Progress
from ingestion.loading.result import LoadResult, Outcome
from ingestion.loading.user import user
from tradewind.settings import Settings


class CannotReplay(Exception):
    """The load cannot be read again; the text says why, and what to do."""


def replay(
    load_id: int,
    file: Path | None = None,
    *,
    landing: Path | None = None,
    url: str | None = None,
    contracts: Sequence[Contract] | None = None,
    progress: Progress | None = None,
) -> list[LoadResult]:
    """Read a load's table again, under the contract as it is now.

    A load that was held is loaded if nothing is wrong any more. One that was loaded is replaced: the new
    load takes the old one's place in the order of loads.

    Args:
        file: the corrected file; by default the one that was read.
        landing, url, contracts, progress: as for `ingestion.loading.load.load`.

    Raises:
        CannotReplay: there is no such load, it has been loaded or replaced since, or its file is gone.
        As `ingestion.loading.load.load`.
    """
    return _reload(load_id, file, landing, url, contracts, progress, None)


def accept(
    load_id: int,
    why: str,
    file: Path | None = None,
    *,
    by: str | None = None,
    landing: Path | None = None,
    url: str | None = None,
    contracts: Sequence[Contract] | None = None,
    progress: Progress | None = None,
) -> list[LoadResult]:
    """Load a held file anyway; the ledger records who accepted it and why.

    Rows that break the contract are still rejected, and a file without any sound row stays held.

    Args:
        by: who accepts it; by default the user of this process.

    Raises:
        As `replay`; CannotReplay also where the load is not held, or no reason is given.
    """
    if not why.strip():
        raise CannotReplay('give a reason: --why "…"')
    return _reload(load_id, file, landing, url, contracts, progress, Acceptance(by or user(), why.strip()))


def _reload(
    load_id: int,
    file: Path | None,
    landing: Path | None,
    url: str | None,
    contracts: Sequence[Contract] | None,
    progress: Progress | None,
    acceptance: Acceptance | None,
) -> list[LoadResult]:
    landing = (landing or Settings.load().landing).absolute()
    with Loader(url, contracts, progress) as loader:
        entry = _entry(loader, load_id)
        if entry["state"] == "withdrawn":
            raise CannotReplay(
                f"load {load_id} is withdrawn: first python -m ingestion withdraw {load_id} --undo"
            )
        if acceptance and entry["state"] != "held":
            raise CannotReplay(f"load {load_id} is {entry['state']}, not held: there is nothing to accept")
        if entry["state"] not in ("held", "loaded"):
            raise CannotReplay(
                f"load {load_id} is {entry['state']}: {entry['message'] or 'a later one counts'}"
            )
        path = (file or _path(entry, landing)).absolute()
        prefix = _prefix(path, landing)
        together = _held_together(loader, entry)
        candidate = Candidate(
            path,
            entry["is_sample"],
            # What was held as a whole is read as a whole: an archive, a workbook.
            only=(
                entry["file_name"].partition("/")[2] or None,
                frozenset(filter(None, [entry["part"], *together.values()])),
            ),
            prefix=prefix,
            name=_own_name(entry) if prefix and file is None else None,
            replaced=_predecessor(loader, entry),
            acceptance=acceptance,
        )
        done = loader.load(candidate)
        is_in = all(result.outcome is Outcome.LOADED for result in done.results)
        if is_in:
            resolve(loader.connection, together)
        if is_in and path.is_relative_to(landing / places.HELD) and not _others_held(loader, path, load_id):
            new = done.results[0].load_id
            name = path.name.removeprefix(candidate.prefix)
            if target := places.set_aside(path, done.seen, landing / places.LOADED, new, name):
                loader.note_path([new], target)
    return done.results


def _entry(loader: Loader, load_id: int) -> dict[str, Any]:
    with loader.connection.cursor(row_factory=dict_row) as cursor:
        entry = cursor.execute("select * from ops.loads where load_id = %s", [load_id]).fetchone()
    if entry is None:
        raise CannotReplay(f"there is no load {load_id}: list them with python -m ingestion status")
    return entry


def _predecessor(loader: Loader, entry: dict[str, Any]) -> Predecessor:
    """The load with its place: a sheet that was held counts together with the others of its workbook."""
    if was_loaded := entry["state"] == "loaded":
        precedence = entry["precedence"]
    else:
        content = find_content(loader.connection, entry["source"], entry["sha256"], entry["is_sample"])
        precedence = sheets_precedence(content, entry["part"])
    return Predecessor(entry["load_id"], precedence, was_loaded)


def _held_together(loader: Loader, entry: dict[str, Any]) -> dict[int, str]:
    """Sheets of the same workbook that were held with this one for a joint reason, by load id."""
    if entry["state"] != "held" or not entry["part"]:
        return {}
    return dict(
        loader.connection.execute(
            "select load_id, part from ops.loads where state = 'held' and source = %s and sha256 = %s"
            " and is_sample = %s and message = %s and load_id <> %s",
            [entry[name] for name in ("source", "sha256", "is_sample", "message", "load_id")],
        ).fetchall()
    )


def _path(entry: dict[str, Any], landing: Path) -> Path:
    """Where the load's file is."""
    if path := kept_file(entry["load_id"], entry["path"], landing):
        return path
    raise CannotReplay(
        f"the file of load {entry['load_id']}, {entry['file_name']}, is not at {entry['path']} any more:"
        f" say where it is, as in: python -m ingestion replay {entry['load_id']} FILE"
    )


def _prefix(path: Path, landing: Path) -> str:
    """The number that a file's name got when it was set aside: of the first load that it was held for."""
    is_aside = any(path.is_relative_to(landing / folder) for folder in (places.HELD, places.LOADED))
    found = re.match(r"\d+_", path.name) if is_aside else None
    return found[0] if found else ""


def _own_name(entry: dict[str, Any]) -> str:
    """The file's original name; where it lies now it may be shortened, or numbered once more."""
    name = entry["file_name"].partition("/")[0]
    return name[:-3] if name.lower().endswith(".gz") else name


def _others_held(loader: Loader, path: Path, load_id: int) -> bool:
    """Whether other tables of the same file are held still."""
    return loader.connection.execute(
        "select exists (select from ops.loads where path = %s and state = 'held' and load_id <> %s)",
        [shown_path(path), load_id],
    ).fetchone()[0]
