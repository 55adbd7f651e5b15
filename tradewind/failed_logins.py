"""Slows down password guessing: counts failed logins across all processes of a server, in a small file."""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

#: Seconds for which a failed login counts.
WINDOW = 60
#: Failed logins allowed within that time: of one name from one address, of one name, from one address.
OF_NAME_AND_ADDRESS, OF_NAME, OF_ADDRESS = 5, 20, 40


class Guesses:
    """Failed logins of the last minute. Logins that succeed never count, and other users are not slowed."""

    def __init__(self, file: Path, clock: Callable[[], float] = time.time) -> None:
        """Open or create the file, which only this account may read."""
        self._file, self._clock = file, clock
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        with closing(self._connect()) as connection:
            connection.execute("create table if not exists failed (name text, address text, at real)")

    def seconds_to_wait(self, name: str, address: str) -> int:
        """Seconds until the user may try again; 0 if at once."""
        name, begin = plain(name), self._clock() - WINDOW
        with closing(self._connect()) as connection:
            rows = connection.execute(
                "select name = :name, address = :address, at from failed"
                " where at > :begin and (name = :name or address = :address) order by at desc",
                {"name": name, "address": address, "begin": begin},
            ).fetchall()
        kinds = [
            ([at for same, here, at in rows if same and here], OF_NAME_AND_ADDRESS),
            ([at for same, _, at in rows if same], OF_NAME),
            ([at for _, here, at in rows if here], OF_ADDRESS),
        ]
        # free again when the oldest of the logins that fill the limit no longer counts
        waits = [times[limit - 1] - begin for times, limit in kinds if len(times) >= limit]
        return math.ceil(max(waits, default=0))

    def failed(self, name: str, address: str) -> None:
        """Count a failed login."""
        now = self._clock()
        with closing(self._connect()) as connection:
            connection.execute("delete from failed where at <= ?", (now - WINDOW,))
            connection.execute("insert into failed values (?, ?, ?)", (plain(name), address, now))

    def succeeded(self, name: str, address: str) -> None:
        """Forget the failed logins of a user who has logged in."""
        with closing(self._connect()) as connection:
            connection.execute("delete from failed where name = ? and address = ?", (plain(name), address))

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, timeout=5, isolation_level=None)


def plain(name: str) -> str:
    """The form in which names are counted: case does not matter, and overlong names are cut."""
    return name.strip().casefold()[:200]
