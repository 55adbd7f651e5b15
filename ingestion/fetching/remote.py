"""Looks into a place and copies objects from it, by way of fsspec."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingestion.arrival.landing import is_ignored
from ingestion.fetching.place import UNREADABLE, Place

#: What the kinds of places call an object's tag, which changes with its content, and its time.
_TAGS = ("ETag", "etag", "generation")
_TIMES = ("LastModified", "last_modified", "updated", "mtime")

#: Kinds of places whose packages raise an error where there is no such place; others find nothing there.
_FIND_OR_RAISE = ("s3", "gs", "sftp")

#: Seconds between two lines about a large object.
_SAY_EVERY = 10.0

_MEGABYTE = 1_000_000


class Changed(Exception):
    """The object is not what it was when it was looked at; it is taken later."""


@dataclass(frozen=True, slots=True)
class Object:
    """An object as a look found it: `name` as the package has it, `version` changes with its content.

    `modified` is when it changed, as the server says; None where it does not.
    """

    name: str
    address: str
    size: int
    version: str
    modified: datetime | None

    @property
    def base_name(self) -> str:
        return self.name.rpartition("/")[2]


class Remote:
    """A connection to a place. The first look makes it, and the next one after an error."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._system: Any = None
        #: Addresses of folders that the last look could not list.
        self.unreadable: list[str] = []

    def look(self) -> dict[str, Object]:
        """The objects in the place and below, by their addresses; hidden ones are left out.

        Raises:
            Exception: whatever the package raises; the next look connects again.
        """
        system = self._connected()
        system.invalidate_cache()
        try:
            found = system.find(self._place.root, detail=True)
            if not found and self._place.kind not in _FIND_OR_RAISE:
                system.ls(self._place.root)
        except FileNotFoundError:
            # a bucket has no folders: an empty one is not there
            bucket = self._place.root.partition("/")[0]
            if not bucket or not system.exists(bucket):
                raise
            found = {}
        refused = (name for name, info in found.items() if info["type"] == UNREADABLE)
        self.unreadable = [self._place.address_of(name) for name in refused if not self._is_ignored(name)]
        objects = (self._object(name, info) for name, info in found.items() if _is_file(name, info))
        return {each.address: each for each in objects if not self._is_ignored(each.name)}

    def copy(self, item: Object, target: Path, say: Callable[[str], None]) -> None:
        """Copy an object to a new file.

        Raises:
            Changed: it changed meanwhile.
            Exception: whatever the package raises.
        """
        system = self._connected()
        system.get_file(item.name, str(target), callback=_progress(item, say))
        system.invalidate_cache()
        now = self._object(item.name, system.info(item.name))
        if now.version != item.version or target.stat().st_size != item.size:
            raise Changed("it changed while it was copied")

    def answers(self) -> None:
        """Ask the place for its root, over a new connection; that there is none is an answer.

        Raises:
            Exception: whatever the package raises; the place does not answer.
        """
        self.close()
        try:
            self._connected().info(self._place.root)
        except FileNotFoundError:
            return
        except Exception:
            # credentials may be for what is below the root, and not for itself
            self.close()
            self.look()

    def close(self) -> None:
        """Give the connection up."""
        system, self._system = self._system, None
        if client := getattr(system, "client", None):
            client.close()

    def _connected(self) -> Any:
        if self._system is None:
            self._place.check_package()
            self._system = _connect(self._place)
        return self._system

    def _object(self, name: str, info: Mapping[str, Any]) -> Object:
        tag = next((info[key] for key in _TAGS if info.get(key)), None)
        modified = next((info[key] for key in _TIMES if info.get(key)), None)
        if isinstance(modified, str):
            modified = datetime.fromisoformat(modified)
        elif isinstance(modified, float):
            modified = datetime.fromtimestamp(modified, UTC)
        size = int(info["size"])
        return Object(name, self._place.address_of(name), size, f"{size} {tag or modified}", modified)

    def _is_ignored(self, name: str) -> bool:
        *folders, last = name[len(self._place.root) :].strip("/").split("/")
        return is_ignored(last) or any(folder.startswith(".") for folder in folders)


def _is_file(name: str, info: Mapping[str, Any]) -> bool:
    """Whether it is an object to load: not a folder's mark, and no link."""
    return info["type"] == "file" and not name.endswith("/")


def _connect(place: Place) -> Any:
    if place.kind == "sftp":
        from ingestion.fetching.sftp import KnownHostsSFTP

        return KnownHostsSFTP(**place.options)
    import fsspec

    options = dict(place.options)
    if place.kind == "gs":
        import aiohttp

        # else a server that hangs would be waited for without end, as `place` has it for S3
        options["requests_timeout"] = aiohttp.ClientTimeout(total=None, sock_connect=20, sock_read=60)
    return fsspec.filesystem(place.kind, skip_instance_cache=True, use_listings_cache=False, **options)


def _progress(item: Object, say: Callable[[str], None]) -> Any:
    from fsspec.callbacks import Callback

    class Said(Callback):
        said_at = time.monotonic()

        def call(self, *_args: Any, **_kwargs: Any) -> None:
            if time.monotonic() - self.said_at > _SAY_EVERY:
                self.said_at = time.monotonic()
                done, whole = self.value // _MEGABYTE, item.size // _MEGABYTE
                say(f"{item.address}: {done:,} of {whole:,} MB")

    return Said()
