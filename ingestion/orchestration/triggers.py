"""Wakes Airflow when a file has been dropped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from ingestion.arrival.file_names import shown_path
from ingestion.arrival.landing import SETTLED_AFTER, Snapshot, waiting_files
from ingestion.arrival.open_files import is_open_for_writing

#: Paths in one event; it is kept in Airflow's database.
_MOST_SHOWN = 100

#: Seconds between two announcements of a file that nobody can take.
_LONGEST_WAIT = 15 * 60

log = logging.getLogger(__name__)


class LandingDirTrigger(BaseEventTrigger):
    """Announces files that wait in a folder, once they have stopped changing and nobody writes to them.

    The folder itself is the queue, so nothing here has to survive: a triggerer that restarts announces
    again whatever still waits, and whoever is woken looks at the folder and the ledger, not at the event. A
    file that waits on, because whoever was woken could not take it, is announced again after `again_after`
    seconds, then after twice as long, and so on up to a quarter of an hour.

    Args:
        directory: the landing folder; what is ignored there is decided by `ingestion.arrival.landing`.
        poke_interval: seconds between two looks.
        again_after: seconds until a file that still waits is announced again.
    """

    def __init__(self, *, directory: str, poke_interval: float = 0.5, again_after: float = 60) -> None:
        super().__init__()
        self.directory = directory
        self.poke_interval = poke_interval
        self.again_after = again_after

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The class and its arguments, as the triggerer stores them."""
        arguments = {
            "directory": self.directory,
            "poke_interval": self.poke_interval,
            "again_after": self.again_after,
        }
        return "ingestion.orchestration.triggers.LandingDirTrigger", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield `{"files": n, "paths": [...]}` for each batch of newly settled files.

        A changed file is new again. Paths are shown as text, whatever bytes they hold, the first ones alone.
        """
        announced: dict[Path, _Announced] = {}
        unchanged_since: dict[tuple[Path, Snapshot], float] = {}
        clock = asyncio.get_running_loop().time
        while True:
            # A slow disk must not stop the triggerer's other triggers.
            found = await asyncio.to_thread(self._look)
            now = clock()
            unchanged_since = {item: unchanged_since.get(item, now) for item in found.items()}
            silent = dict(item for item, since in unchanged_since.items() if now - since >= SETTLED_AFTER)
            settled = await asyncio.to_thread(_closed, silent)
            announced = {path: announced[path] for path in settled if path in announced}
            due = {
                path: seen
                for path, seen in settled.items()
                if path not in announced or announced[path].is_due(seen, now)
            }
            if due:
                shown = [shown_path(path) for path in islice(due, _MOST_SHOWN)]
                yield TriggerEvent({"files": len(due), "paths": shown})
            for path, seen in due.items():
                before = announced.get(path)
                is_again = before is not None and before.seen == seen
                wait = min(before.wait * 2, _LONGEST_WAIT) if is_again else self.again_after
                announced[path] = _Announced(seen, now + wait, wait)
            await asyncio.sleep(self.poke_interval)

    def _look(self) -> dict[Path, Snapshot]:
        try:
            return waiting_files(Path(self.directory))
        except Exception:
            # Nobody starts this trigger again: it looks once more, whatever it was.
            log.exception("cannot look into %r", self.directory)
            return {}


class _Announced(NamedTuple):
    """What was announced of a file: its state, and when, by the loop's clock, it is due again."""

    seen: Snapshot
    again_at: float
    wait: float

    def is_due(self, seen: Snapshot, now: float) -> bool:
        return seen != self.seen or now >= self.again_at


def _closed(files: dict[Path, Snapshot]) -> dict[Path, Snapshot]:
    """The files that nobody holds open for writing; one that is opened again is new once it is closed."""
    return {path: seen for path, seen in files.items() if not is_open_for_writing(path)}
