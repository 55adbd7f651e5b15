"""Fetches each new version of each object once, in the order in which they changed.

An object is copied to `landing/.fetching/`, entered into `ops.fetched_files`, and only then moved to
`landing/fetched/<token>/<name>`, where the loader finds it: whole, or not at all. Whatever is killed in
between is ended by the next process: what was entered is moved, what was not is copied again.
"""

from __future__ import annotations

import errno
import logging
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg

from ingestion.arrival.file_names import local_name, shown_path
from ingestion.fetching import records
from ingestion.fetching.disk import RESERVE, clear_empty, sync
from ingestion.fetching.place import Place
from ingestion.fetching.remote import Changed, Object, Remote

#: Folders of the landing folder: what is being copied, which the loader passes over, and what was.
COPYING, FETCHED = ".fetching", "fetched"

#: Seconds until an object that could not be copied is tried again, at first and at most.
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 15 * 60.0

#: Seconds between two notes that a step goes on: copying what has piled up may take hours.
_NOTE_EVERY = 10.0

#: How often an object is tried before the others go on: later files may restate it.
_TRIES = 3

#: Errors that every object would meet.
_OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}

log = logging.getLogger(__name__)


class _NoRoom(Exception):
    """A large object would leave less free on the disk than `RESERVE`."""


class _Failure(NamedTuple):
    """Why an object could not be copied, and when, by the monotonic clock, it is tried again.

    `version` is None where that holds for later versions as well: the object changes all the time.
    """

    version: str | None
    reason: str
    again_at: float
    wait: float


class Fetcher:
    """Fetches from a place into a landing folder; only one at a time may."""

    def __init__(self, place: Place, landing: Path, connection: psycopg.Connection) -> None:
        self._place = place
        self._remote = Remote(place)
        self._copying, self._fetched = landing / COPYING, landing / FETCHED
        self._connection = connection
        #: When each object was first seen as it is, by the monotonic clock.
        self._seen: dict[tuple[str, str], float] = {}
        #: By address: why an object cannot be copied, and how often in a row it was not as a look had it.
        self._failed: dict[str, _Failure] = {}
        self._missed: dict[str, int] = {}
        self._noted_at = time.monotonic()
        self._end_what_was_begun()

    def step(self) -> int:
        """Look once, and fetch what has settled; returns how many objects came.

        An object that cannot be copied, though the place answers, does not hold the others: see `problem`.

        Raises:
            Exception: the warehouse, the disk or the place failed; another step goes on.
        """
        if self._is_begun:
            self._end_what_was_begun()
        came = 0
        try:
            for item in self._due(self._remote.look()):
                came += self._try(item)
                self._note()
        except BaseException:
            self._remote.close()
            raise
        clear_empty(self._fetched)
        return came

    def waits(self) -> bool:
        """Whether something has to settle yet."""
        new = (key for key in self._seen if self._taken.get(key[0]) != key[1])
        return any(address not in self._failed for address, _ in new)

    @property
    def problem(self) -> str | None:
        """Which objects cannot be copied, and why the first of them; else which folder cannot be listed."""
        if not self._failed:
            folders = self._remote.unreadable
            return f"{folders[0]} may not be listed: nothing comes from it" if folders else None
        first, *others = self._failed.values()
        return f"{first.reason}; {len(others)} more cannot be copied either" if others else first.reason

    def _say(self, line: str) -> None:
        """Log how far a large object is."""
        log.info("%s", line)
        self._note()

    def _note(self) -> None:
        """Note that the place answers, though this step is not over."""
        if time.monotonic() - self._noted_at >= _NOTE_EVERY:
            self._noted_at = time.monotonic()
            records.note_look(self._connection, self._place.address, self.problem)

    def _try(self, item: Object) -> bool:
        """Fetch an object, or pass it over; returns whether it came."""
        tries = 1 if item.address in self._failed else _TRIES
        while True:
            try:
                return self._fetch(item)
            except psycopg.Error:
                raise
            except Exception as error:
                if self._is_begun or getattr(error, "errno", None) in _OF_THE_DISK:
                    raise
                self._remote.answers()
                tries -= 1
                if not tries or isinstance(error, PermissionError | _NoRoom):
                    self._pass_over(item, item.version, error)
                    return False
            time.sleep(min(self._place.poll, _FIRST_WAIT))

    def _miss(self, item: Object, error: Exception) -> None:
        """The object is no longer what the look found: that happens, and is a problem where it goes on."""
        self._missed[item.address] = self._missed.get(item.address, 0) + 1
        if self._missed[item.address] < _TRIES:
            log.info("%s changed or was deleted before it was fetched", item.address)
        else:
            self._pass_over(item, None, error)

    def _pass_over(self, item: Object, version: str | None, error: Exception) -> None:
        """Try it again later, after twice the time each time."""
        before = self._failed.get(item.address)
        wait = min(before.wait * 2, _LONGEST_WAIT) if before else _FIRST_WAIT
        why = self._place.without_secrets(str(error)) or type(error).__name__
        reason = f"{item.address} cannot be copied: {why}"
        if before is None:
            log.warning("%s; it is tried again later, and the others go on", reason)
        self._failed[item.address] = _Failure(version, reason, time.monotonic() + wait, wait)

    def _due(self, found: dict[str, Object]) -> Iterator[Object]:
        """New versions that have settled, in the order in which they changed."""
        now = time.monotonic()
        seen = {(each.address, each.version): each for each in found.values()}
        self._seen = {key: self._seen.get(key, now) for key in seen}
        self._failed = {
            address: failure
            for address, failure in self._failed.items()
            if address in found
            and failure.version in (None, found[address].version)
            and self._taken.get(address) != found[address].version
        }
        self._missed = {address: times for address, times in self._missed.items() if address in found}
        due = [
            item
            for key, item in seen.items()
            if self._taken.get(item.address) != item.version
            and now - self._seen[key] >= self._place.settled
            and (item.address not in self._failed or now >= self._failed[item.address].again_at)
        ]
        moment = {item: item.modified.timestamp() if item.modified else 0.0 for item in due}
        yield from sorted(due, key=lambda item: (moment[item], item.address))

    def _fetch(self, item: Object) -> bool:
        token = secrets.token_hex(8)
        self._copying.mkdir(parents=True, exist_ok=True)
        copy = self._copying / token
        free = shutil.disk_usage(self._copying).free
        if item.size > max(free - RESERVE, RESERVE):
            raise _NoRoom(f"it has {item.size:,} bytes, and the disk of the landing folder has {free:,} left")
        try:
            self._remote.copy(item, copy, self._say)
            sync(copy)
        except (Changed, FileNotFoundError) as error:
            copy.unlink(missing_ok=True)
            name = getattr(error, "filename", None)
            if name and Path(name).is_relative_to(self._copying):
                raise
            self._miss(item, error)
            return False
        except BaseException:
            copy.unlink(missing_ok=True)
            raise
        self._is_begun = True
        path = self._fetched / token / local_name(item.base_name)
        fetch_id = records.enter(
            self._connection, item.address, item.version, item.size, item.modified, shown_path(path)
        )
        self._taken[item.address] = item.version
        self._move(copy, path)
        records.landed(self._connection, fetch_id)
        self._is_begun = False
        self._failed.pop(item.address, None)
        self._missed.pop(item.address, None)
        log.info("%s: %s bytes, to %s", item.address, f"{item.size:,}", shown_path(path))
        return True

    def _end_what_was_begun(self) -> None:
        """What an earlier process had entered comes to its place; what it had only begun to copy goes.

        Where both are gone, since the folder is another one or was emptied, the object is fetched again.
        """
        for fetch_id, shown in records.coming(self._connection):
            path = Path(shown)
            copy = self._copying / path.parent.name
            if copy.exists():
                self._move(copy, path)
            elif not path.exists() and records.forget(self._connection, fetch_id):
                log.warning("%s is gone: it is fetched again", shown)
                continue
            records.landed(self._connection, fetch_id)
        self._taken = records.versions(self._connection)
        shutil.rmtree(self._copying, ignore_errors=True)
        self._is_begun = False

    @staticmethod
    def _move(copy: Path, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # the loader takes files in the order of their times
        os.utime(copy)
        copy.rename(path)
        sync(path.parent)
