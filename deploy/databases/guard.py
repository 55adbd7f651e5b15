"""Keeps the warehouse's walls intact: `python -m deploy.databases.guard`, run by the supervisor.

Postgres lets every login change its own password and settings, and its session's limits. The
guard reverts such changes within seconds and ends the reader's sessions; no session exceeds its role's limits
for long.
"""

from __future__ import annotations

import logging
import time

import psycopg

from deploy.databases import functions, mart_access, readers, roles, warehouse
from deploy.databases import make as databases
from deploy.errors import SetupError
from tradewind.settings import Settings

#: Seconds between two checks of sessions, and of what roles changed about themselves.
PAUSE = 2

#: Seconds between two checks of Superset's users: a combination of roles may need a reader.
USERS = 10

#: Seconds between two full checks: functions, policies, logins tried one by one.
WHOLE = 30

#: Touched after each check, as a sign of life.
ALIVE = "guard.alive"

#: Seconds to wait before the next try if the server did not answer.
AWAY = 5

log = logging.getLogger("guard")


class Guard:
    """The last state seen, and a connection as the warehouse's owner."""

    def __init__(self, settings: Settings, connection: psycopg.Connection) -> None:
        self.settings = settings
        self.connection = connection
        self._fingerprint: object = None
        self._looks = 0

    def look(self) -> None:
        """One check: of sessions always, of roles when they changed, of everything now and then."""
        if ended := roles.end_overdue(self.connection):
            log.warning("ended %s sessions of readers that exceeded their limits", ended)
        is_whole = self._looks % (WHOLE // PAUSE) == 0
        # taken before the repair, so that the next check sees what changes meanwhile
        fingerprint = roles.fingerprint(self.connection)
        if is_whole or fingerprint != self._fingerprint:
            self._repair_roles()
            self._fingerprint = fingerprint
        if self._looks % (USERS // PAUSE) == 0:
            self._make_readers()
        if is_whole:
            functions.close(self.connection)
            mart_access.protect_all(self.connection)
        self._looks += 1

    def _repair_roles(self) -> None:
        for login, words in roles.faults(self.settings, self.connection).items():
            log.warning("role %s %s: repaired", login.name, "; ".join(words))
            roles.repair(self.connection, login)

    def _make_readers(self) -> None:
        """Create the readers for users who have several restricted roles."""
        users = databases.users_of_superset(self.settings)
        key = self.settings.get("READERS_KEY")
        file = readers.known_rules(self.connection)
        for name in readers.prepare_several(self.connection, key, file, users):
            log.info("made %s", name)


def main() -> None:
    """Check again and again, forever; wait for a server that does not answer."""
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    while True:
        try:
            settings = Settings.load()
            with warehouse.connect(settings.warehouse_url) as connection:
                connection.execute("set lock_timeout = '5s'")
                connection.execute("set application_name = 'tradewind guard'")
                guard = Guard(settings, connection)
                while True:
                    guard.look()
                    (settings.state / ALIVE).touch()
                    time.sleep(PAUSE)
        except (SetupError, psycopg.Error) as error:
            log.warning("%s", str(error).strip())
            time.sleep(AWAY)


if __name__ == "__main__":
    main()
