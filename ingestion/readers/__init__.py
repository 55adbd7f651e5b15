"""Readers of files: each gives tables, a head and rows of untyped cells, and knows no contracts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingestion.readers.archives import Archive, Member, unpacked
from ingestion.readers.formats import Format, format_of
from ingestion.values import printable

__all__ = ["Format", "Member", "format_of", "open_members"]


@contextmanager
def open_members(path: Path) -> Iterator[Archive]:
    """The files in `path`: itself, or those that it packs, one at a time.

    Raises:
        Unreadable: the file is empty or of no known format, or an archive that is damaged or made to do harm.
        OSError: the file cannot be opened.
    """
    with path.open("rb") as file:
        form = format_of(file, path.name)
    if form in (Format.GZIP, Format.ZIP):
        with unpacked(path) as archive:
            yield archive
    else:
        yield Archive(iter([Member(printable(path.name), path, path.stat().st_size)]), [])
