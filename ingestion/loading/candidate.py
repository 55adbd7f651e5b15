"""A file that is to be loaded, and whether it is still the one that was found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ingestion.arrival import landing as places
from ingestion.arrival.landing import Snapshot
from ingestion.arrival.open_files import is_open_for_writing
from ingestion.ledger.write import Acceptance, Predecessor


class Changing(Exception):
    """The file is not the one that was looked at first, or may soon not be."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file to load.

    `folder` is what it must lie in, and `seen` what it was when it was found there complete; None for a
    file that was named by itself. `only` are the tables of it that are wanted: their name in an archive, None
    where any is, and their parts, none where all are. `prefix` was put before the file's name when it was
    set aside; `name` is the one that it came with. `replaced` is the load whose file is read again, and
    `acceptance` a person's word that it is to be taken.
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
