"""What fetched and posted files share on the disk of the landing folder."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

#: Bytes that a large file leaves free.
RESERVE = 250_000_000


def sync(path: Path) -> None:
    """Wait until a file's content, or a folder's names, would survive a loss of power."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def clear_empty(folder: Path) -> None:
    """Delete the folders inside it whose files the loader has moved away."""
    with suppress(OSError):
        for inside in folder.iterdir():
            with suppress(OSError):
                inside.rmdir()
