"""A file that is to be loaded, and whether it is still the one that was found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ingestion.arrival import landing as places
from ingestion.arrival.landing import Snapshot
from ingestion.arrival.open_files import is_open_for_writing
from ingestion.ledger.write import Acceptance, Predecessor


class Changing(Exception):
    """The file is no longer the one that was found, or may soon not be."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file to load.

    `folder` is the folder that it must be in, and `seen` its state when it was found there complete; None for
    a file that was named itself. `only` selects tables: by their name in an archive (None for any), and by
    their parts (none for all). `prefix` was put before the file name when it was set aside; `name` is the
    original one. `replaced` is the load whose file is read again, and `acceptance` says who wants it loaded
    and why.
    """

    path: Path
    is_sample: bool
    folder: Path | None = None
    seen: Snapshot | None = None
    only: tuple[str | None, frozenset[str]] = (None, frozenset())
    prefix: str = ""
    name: str | None = None
    replaced: Predecessor | None = None
    acceptance: Acceptance | None = None


def is_changing(path: Path, seen: Snapshot) -> bool:
    """Whether the file is no longer what was `seen`, or may soon not be."""
    try:
        return places.snapshot(path) != seen or is_open_for_writing(path)
    except OSError:
        return True
