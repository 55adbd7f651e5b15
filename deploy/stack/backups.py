"""The backups in a folder: which there are, whether they are whole, and how old the newest is.

A backup is a folder named after its time, in UTC. It gets its name when it is whole and on disk: whatever is
killed, a folder of this name is a backup.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from deploy.errors import SetupError
from tradewind.backups import MANIFEST, whole_backups

#: What is in a backup: the three databases with their roles, the secrets, the files of the landing folder.
CLUSTER, SECRETS, LANDING = "postgres", "secrets.env", "landing"


@dataclass(frozen=True, slots=True)
class Backup:
    """A whole backup.

    Attributes:
        postgres: major version of the server that its databases are of.
        sizes: bytes of each of its files, by their path in it.
        outside: address, without password, of a warehouse on another server, which is not in the backup;
            empty where there is none.
    """

    path: Path
    taken_at: datetime
    postgres: str
    sizes: dict[str, int]
    outside: str = ""

    @property
    def size(self) -> int:
        """Bytes of all its files; those that it shares with an earlier backup count too."""
        return sum(self.sizes.values())


def backups(folder: Path) -> list[Backup]:
    """The whole backups in a folder, the newest last."""
    return [read(path) for path in whole_backups(folder)]


def find(path: Path) -> Backup:
    """The backup at a path, or the newest one in it.

    Raises:
        SetupError: there is none, or it lacks files.
    """
    if (path / MANIFEST).is_file():
        found = read(path)
    elif in_folder := backups(path):
        found = in_folder[-1]
    else:
        raise SetupError(
            f"{path} is not a backup, and holds none: name the folder that make backup has written"
        )
    wrong = [
        name
        for name, size in found.sizes.items()
        if not (found.path / name).is_file() or (found.path / name).stat().st_size != size
    ]
    if wrong:
        raise SetupError(
            f"{found.path} is not as it was written: {len(wrong)} of its files are missing or have another"
            f" size, the first is {wrong[0]}. Restore from another backup"
        )
    return found


def read(path: Path) -> Backup:
    """The backup in a folder, by its manifest.

    Raises:
        SetupError: the manifest cannot be read.
    """
    try:
        entry = json.loads((path / MANIFEST).read_text())
        moment = datetime.fromisoformat(entry["taken_at"])
        return Backup(path, moment, entry["postgres"], entry["sizes"], entry["outside"])
    except (ValueError, KeyError, TypeError) as error:
        raise SetupError(f"{path / MANIFEST} is damaged ({error}): restore from another backup") from error


def write(path: Path, moment: datetime, postgres: str, outside: str) -> None:
    """Write the manifest of what is in the folder."""
    files = sorted(each for each in path.rglob("*") if each.is_file())
    entry = {
        "taken_at": moment.isoformat(),
        "postgres": postgres,
        "outside": outside,
        "sizes": {str(each.relative_to(path)): each.stat().st_size for each in files},
    }
    manifest = path / MANIFEST
    manifest.touch(mode=0o600)
    manifest.write_text(json.dumps(entry, indent=1) + "\n")


def forget(folder: Path, keep: int) -> list[Backup]:
    """Delete all but the newest backups of a folder; returns the deleted ones."""
    old = backups(folder)[:-keep]
    for each in old:
        # first what makes it a backup: a half-deleted folder is none
        (each.path / MANIFEST).unlink()
        shutil.rmtree(each.path)
    return old
