"""What must be true before the first program starts; each failure is one line that says what to do."""

from __future__ import annotations

import os
import re
import shutil
import socket
import sys
from pathlib import Path

from deploy.errors import SetupError
from ingestion.arrival.file_names import shown_path
from tradewind.settings import Settings

#: Free space that the databases, logs and caches of a first start need, in bytes.
NEEDED_SPACE = 1 << 30


#: Control characters, and bytes that are not UTF-8 as Python reads them.
_UNSAYABLE = re.compile("[\0-\x1f\x7f\ud800-\udfff]")


def check_platform() -> None:
    """Check that this is Linux: supervision relies on /proc and the parent-death signal."""
    if not sys.platform.startswith("linux"):
        raise SetupError("make up runs on Linux; elsewhere use docker compose up")


def check_folder(folder: Path) -> None:
    """Check that the folder's name fits into configuration files, that we may write there, and have space."""
    if _UNSAYABLE.search(str(folder)):
        raise SetupError(
            f"the folder {shown_path(folder)} has bytes or characters in its name that programs cannot use:"
            " choose another with TRADEWIND_STATE or LANDING_DIR"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except PermissionError as error:
        who = f"user {os.geteuid()}"
        raise SetupError(
            f"{who} may not write to {folder}: run as its owner, or chown it ({error})"
        ) from error
    free = shutil.disk_usage(folder).free
    if free < NEEDED_SPACE:
        raise SetupError(
            f"the disk of {folder} has {free >> 20} MB left, {NEEDED_SPACE >> 20} MB are needed: make room, "
            "or set TRADEWIND_STATE to a folder on another disk"
        )


def check_ports(settings: Settings, running: set[str]) -> None:
    """Check that the ports are free, except those of our own programs in `running`."""
    wanted = [
        ("postgres", "POSTGRES_PORT", settings.postgres_port),
        ("airflow-api-server", "AIRFLOW_PORT", settings.airflow_port),
        ("superset", "SUPERSET_PORT", settings.superset_port),
    ]
    for program, variable, port in wanted:
        if program not in running and _is_taken(port):
            raise SetupError(
                f"port {port} for {program} is taken by another program: stop that, or choose another "
                f"port with {variable}, for example {variable}={port + 1000} make up"
            )


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False
