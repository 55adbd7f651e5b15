"""Where the file of a load is now, long after it was loaded."""

from __future__ import annotations

from pathlib import Path

from ingestion.arrival import landing as places
from ingestion.arrival.file_names import path_shown_as


def kept_file(load_id: int, path: str | None, landing: Path) -> Path | None:
    """The file where the ledger last saw it, at `path`, or set aside in `landing` under the load's number.

    None where it is in neither place: somebody has moved or deleted it.
    """
    known = [path_shown_as(path)] if path else []
    aside = [
        found
        for folder in (places.HELD, places.LOADED)
        for found in sorted((landing / folder).glob(f"{load_id}_*"))
        # An empty placeholder that a killed loader left.
        if found.stat().st_size
    ]
    return next((each for each in (*known, *aside) if each.is_file()), None)
