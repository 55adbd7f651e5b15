"""The settings of backups, whether one is overdue, and how a DAG takes one.

It does so as `make backup` does, in a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tradewind.settings import ROOT, SettingError, Settings

#: Settings of backups beside those of the installation.
NAMES = ("BACKUP_TO", "BACKUP_SCHEDULE", "BACKUP_KEEP", "BACKUP_OVERDUE_HOURS")

#: Every night, in UTC.
DEFAULT_SCHEDULE = "30 2 * * *"

#: What makes a folder a backup: the list of its files.
MANIFEST = "backup.json"

_NAME = "%Y-%m-%dT%H%M%SZ"


def folder_of(settings: Settings) -> Path:
    """Where backups are put if nothing else is said."""
    return Path(settings.get("BACKUP_TO") or settings.state / "backups").absolute()


def kept(settings: Settings) -> int:
    """How many backups are kept in a folder.

    Raises:
        SettingError: `BACKUP_KEEP` is not a number from 1 on.
    """
    return _number(settings, "BACKUP_KEEP", "7")


def overdue_hours(settings: Settings) -> int:
    """Hours after which there should be a newer backup.

    Raises:
        SettingError: `BACKUP_OVERDUE_HOURS` is not a number from 1 on.
    """
    return _number(settings, "BACKUP_OVERDUE_HOURS", "26")


def name_of(moment: datetime) -> str:
    """The name of a backup that was taken at this moment."""
    return moment.astimezone(UTC).strftime(_NAME)


def whole_backups(folder: Path) -> list[Path]:
    """The folders of the whole backups in a folder, the newest last."""
    if not folder.is_dir():
        return []
    return [path for path in sorted(folder.iterdir()) if _moment(path) and (path / MANIFEST).is_file()]


def overdue(settings: Settings) -> str | None:
    """What is wrong where nightly backups are taken and there is no recent one; None where all is well.

    Raises:
        SettingError: as `overdue_hours`.
    """
    if not settings.get("BACKUP_TO"):
        return None
    folder, hours = folder_of(settings), overdue_hours(settings)
    try:
        found = whole_backups(folder)
    except OSError as error:
        return f"{folder} cannot be read ({error.strerror})"
    if not found:
        return f"there is none in {folder}"
    taken_at = _moment(found[-1])
    if datetime.now(UTC) - taken_at <= timedelta(hours=hours):
        return None
    return f"the newest is of {taken_at:%d %b %Y %H:%M} UTC, and should be {hours} hours old at most"


def take_backup() -> str:
    """Take a backup and delete the oldest; returns what was said of it.

    Raises:
        RuntimeError: there is no new backup; the message says why.
    """
    command = [sys.executable, "-m", "deploy", "backup"]
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if outcome.returncode:
        raise RuntimeError(f"make backup failed: {outcome.stdout}{outcome.stderr}".strip())
    return outcome.stdout.strip()


def _moment(folder: Path) -> datetime | None:
    """When a backup was taken, by the name of its folder; None if it is not the folder of one."""
    try:
        moment = datetime.strptime(folder.name, _NAME).replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment if name_of(moment) == folder.name else None


def _number(settings: Settings, name: str, default: str) -> int:
    value = settings.get(name, default).strip()
    if not (value.isascii() and value.isdigit() and int(value)):
        raise SettingError(f"{name} is {value!r}: it is a number from 1 on")
    return int(value)
