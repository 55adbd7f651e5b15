"""The settings of backups, and how a DAG takes one: as `make backup` does, in a process of its own."""

from __future__ import annotations

import subprocess
import sys

from tradewind.settings import ROOT

#: Settings of backups beside those of the installation.
NAMES = ("BACKUP_TO", "BACKUP_SCHEDULE", "BACKUP_KEEP", "BACKUP_OVERDUE_HOURS")

#: Every night, in UTC.
DEFAULT_SCHEDULE = "30 2 * * *"


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
