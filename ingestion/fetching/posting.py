"""Takes in a file that comes in pieces, such as the body of a request: it lands whole, or not at all.

It is written to `landing/.posting/<token>/<name>`, which the loader passes over, entered into
`ops.fetched_files` with its sender, and appears as `landing/posted/<token>/<name>` by one renaming of its
folder: no file is ever overwritten, and two of one name can come at once.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psycopg

from ingestion.arrival.file_names import local_name, shown_path
from ingestion.arrival.landing import is_ignored
from ingestion.fetching import records
from ingestion.fetching.disk import RESERVE, clear_empty, sync

#: Folders of the landing folder: what is coming, and what came.
POSTING, POSTED = ".posting", "posted"

#: Seconds after which what a process that was killed has left behind is deleted.
_FORGOTTEN_AFTER = 86_400


class NameRefused(ValueError):
    """No file of this name is ever loaded; the message says why."""


class NoRoom(OSError):
    """The file would leave less free on the disk than `RESERVE`."""


class Posted(NamedTuple):
    """A file that has landed: where, its size in bytes, and the SHA-256 of its content in hexadecimal."""

    path: Path
    size: int
    sha256: str


class Posting:
    """A file on its way. As a context manager, it leaves nothing behind unless it is finished.

    Args:
        landing: the landing folder.
        name: of the file, as its sender calls it.
        size: bytes to come, where that is known.

    Raises:
        NameRefused: files of this name are not loaded.
        NoRoom: it is too large for the disk.
        OSError: the landing folder cannot be written to.
    """

    def __init__(self, landing: Path, name: str, size: int = 0) -> None:
        self._name = _checked(name)
        self._landing = landing
        self._hash, self._size = hashlib.sha256(), 0
        coming = landing / POSTING
        coming.mkdir(exist_ok=True)
        _forget_old(coming)
        self._check_room(size)
        self._folder = coming / secrets.token_hex(8)
        self._folder.mkdir()
        self._file = (self._folder / self._name).open("xb")

    def __enter__(self) -> Posting:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def write(self, piece: bytes) -> None:
        """Add the next bytes.

        Raises:
            NoRoom: they do not fit.
            OSError: they cannot be written.
        """
        self._check_room(len(piece))
        self._file.write(piece)
        self._hash.update(piece)
        self._size += len(piece)

    def finish(self, sender: str, connection: psycopg.Connection) -> Posted:
        """Let the loader have it; `sender` is what the ledger shows as where it came from.

        Raises:
            OSError: it cannot be moved.
            psycopg.Error: it cannot be entered.
        """
        self._file.close()
        sync(self._folder / self._name)
        sync(self._folder)
        posted = self._landing / POSTED
        posted.mkdir(exist_ok=True)
        path = posted / self._folder.name / self._name
        found = Posted(path, self._size, self._hash.hexdigest())
        records.prepare(connection)
        fetch_id = records.enter(
            connection, sender, found.sha256, found.size, None, shown_path(path.absolute())
        )
        # before it can be loaded: whoever is killed here has not answered, so it is sent again
        records.landed(connection, fetch_id)
        # the loader takes files in the order of their times
        os.utime(self._folder / self._name)
        self._folder.rename(path.parent)
        sync(posted)
        clear_empty(posted)
        return found

    def _check_room(self, size: int) -> None:
        free = shutil.disk_usage(self._landing).free
        if size > free - RESERVE:
            raise NoRoom(
                f"the disk of the landing folder has {max(free - RESERVE, 0):,} bytes left for files"
            )


def _checked(name: str) -> str:
    if "/" in name or name in ("", ".", ".."):
        raise NameRefused("a name is one part of a path, such as orders.csv")
    if is_ignored(name):
        raise NameRefused("hidden and temporary files, and README.md, are never loaded: give it another name")
    return local_name(name)


def _forget_old(coming: Path) -> None:
    """Delete what was not finished and is not being written."""
    for folder in coming.iterdir():
        with suppress(OSError):
            if (
                time.time() - max(each.stat().st_mtime for each in (folder, *folder.iterdir()))
                > _FORGOTTEN_AFTER
            ):
                shutil.rmtree(folder)
