"""Logs of Airflow's tasks and DAG files."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tradewind.maintenance.outcome import Outcome
from tradewind.settings import Settings

log = logging.getLogger(__name__)

#: Seconds.
_DAY = 86_400


def remove_logs(settings: Settings, days: int, *, is_dry_run: bool) -> Outcome:
    """Delete files that nobody has written to for so many days, and folders that are empty.

    Links are not followed: nothing outside the folder of logs is touched.
    """
    folder = settings.state / "airflow" / "logs"
    count = size = 0
    for path, state in _old(folder, time.time() - days * _DAY):
        if is_dry_run or _is_removed(path):
            count += 1
            size += state.st_size
    if not is_dry_run:
        _remove_empty(folder)
    return Outcome("logs", count, f"{count:,} logs older than {days} days, {size / 1e6:,.1f} MB")


def _is_removed(path: Path) -> bool:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("%s stays: %s", path, error.strerror)
        return False
    return True


def _old(folder: Path, before: float) -> Iterator[tuple[Path, os.stat_result]]:
    for root, _, names in os.walk(folder):
        for name in names:
            path = Path(root, name)
            try:
                state = path.lstat()
            except FileNotFoundError:
                continue
            if state.st_mtime < before:
                yield path, state


def _remove_empty(folder: Path) -> None:
    """Remove folders in which nothing has happened for a day: a task may be about to write to a newer one."""
    for root, folders, _ in os.walk(folder, topdown=False):
        for path in (Path(root, name) for name in folders):
            with suppress(OSError):  # it is not empty
                if time.time() - path.lstat().st_mtime > _DAY:
                    path.rmdir()
