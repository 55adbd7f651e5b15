"""File modes in the state folder: nobody else may read what is generated there, whatever the umask."""

from __future__ import annotations

import os
import stat
from pathlib import Path

#: What holds secrets, data or code that runs: cached results are pickles.
PRIVATE = (
    *("airflow", "dbt", "impact", "logs", "stamps", "superset", "superset/cache", "analysis", "uv"),
    *("secrets.env", "supervisord.conf", "supervisord.pid", "guard.alive", "backups"),
)


def repair(state: Path) -> list[Path]:
    """Remove other users' access to our files in the state folder; returns the paths that were changed.

    As root, the folder itself stays traversable for the server's own account.
    """
    passing = stat.S_IXGRP | stat.S_IXOTH if os.geteuid() == 0 else 0
    return [
        path
        for path, allowed in ((state, passing), *((state / name, 0) for name in PRIVATE))
        if _close(path, allowed)
    ]


def _close(path: Path, allowed: int) -> bool:
    """Give group and others only what is allowed, and the owner what they need."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    if stat.S_ISLNK(found.st_mode) or found.st_uid != os.geteuid():
        return False
    own = stat.S_IRUSR | stat.S_IWUSR | (stat.S_IXUSR if stat.S_ISDIR(found.st_mode) else 0)
    mode = stat.S_IMODE(found.st_mode)
    wanted = mode & stat.S_IRWXU | own | allowed
    if mode == wanted:
        return False
    path.chmod(wanted)
    return True
