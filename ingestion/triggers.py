"""Wakes Airflow when a file has been dropped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from ingestion.landing import SETTLED_AFTER, Snapshot, waiting_files
from ingestion.writers import is_open_for_writing


class LandingDirTrigger(BaseEventTrigger):
    """Announces files that wait in a folder, once they have stopped changing and nobody writes to them.

    The folder itself is the queue, so nothing here has to survive: a triggerer that starts anew announces
    again whatever still waits, and whoever is woken looks at the folder and the ledger, not at the event.

    Args:
        directory: the landing folder; what is ignored there is decided by `ingestion.landing`.
        poke_interval: seconds between two looks.
    """

    def __init__(self, *, directory: str, poke_interval: float = 0.5) -> None:
        super().__init__()
        self.directory = directory
        self.poke_interval = poke_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The class and its arguments, as the triggerer stores them."""
        arguments = {"directory": self.directory, "poke_interval": self.poke_interval}
        return "ingestion.triggers.LandingDirTrigger", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield `{"paths": [...]}` for each batch of newly settled files; a changed file is new again."""
        announced: dict[Path, Snapshot] = {}
        unchanged_since: dict[tuple[Path, Snapshot], float] = {}
        clock = asyncio.get_running_loop().time
        while True:
            # A slow disk must not stop the triggerer's other triggers.
            found = await asyncio.to_thread(waiting_files, Path(self.directory))
            now = clock()
            unchanged_since = {item: unchanged_since.get(item, now) for item in found.items()}
            silent = dict(item for item, since in unchanged_since.items() if now - since >= SETTLED_AFTER)
            settled = await asyncio.to_thread(_closed, silent)
            if new := [path for path, seen in settled.items() if announced.get(path) != seen]:
                yield TriggerEvent({"paths": [str(path) for path in new]})
            announced = settled
            await asyncio.sleep(self.poke_interval)


def _closed(files: dict[Path, Snapshot]) -> dict[Path, Snapshot]:
    """The files that nobody holds open for writing; one that is opened again is new once it is closed."""
    return {path: seen for path, seen in files.items() if not is_open_for_writing(path)}
