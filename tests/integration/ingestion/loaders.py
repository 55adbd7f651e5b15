"""Loaders in their own processes, to be killed: forked from one that has imported everything."""

from __future__ import annotations

import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path

from ingestion.loading.load import load_landing
from tests.support.forked import fork_server

_CONTEXT = fork_server(
    __name__,
    "ingestion.loading.bulk.copying",
    "ingestion.loading.bulk.prepare",
    "ingestion.readers.workbook.sheets",
)


class Loader:
    """A process that loads the waiting files of a landing folder."""

    def __init__(self, landing: Path, url: str) -> None:
        self._outcomes, sender = _CONTEXT.Pipe(duplex=False)
        self._process = _CONTEXT.Process(target=_load, args=(landing, url, sender), daemon=True)
        self._process.start()
        sender.close()

    def kill(self, after: float) -> bool:
        """Send SIGKILL after `after` seconds; False if it had ended by then."""
        self._process.join(after)
        self._process.kill()
        self._process.join()
        return self._process.exitcode == -signal.SIGKILL

    def outcomes(self) -> list[str]:
        """What happened to the files, once it has ended."""
        outcomes = self._outcomes.recv()
        self._process.join()
        assert self._process.exitcode == 0
        return outcomes


def seconds_to_load(landing: Path, url: str) -> float:
    """How long an undisturbed loader takes, from its start to its end."""
    start = time.monotonic()
    Loader(landing, url).outcomes()
    return time.monotonic() - start


def _load(landing: Path, url: str, outcomes: Connection) -> None:
    outcomes.send([str(result.outcome) for result in load_landing(landing, url=url)])
