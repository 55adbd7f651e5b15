"""`make backup`: all that an installation has and cannot make again, while it runs.

The databases come first, as one consistent state of the server (`pg_basebackup`): warehouse, Airflow's and
Superset's, with their roles. The files of the landing folder follow. A file that was loaded in between lies
there under the number of a load that the databases do not have; `make restore` lets it wait to be loaded
again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from deploy.errors import SetupError
from deploy.stack import backups, postgres
from deploy.stack.backups import Backup
from tradewind.backups import kept, name_of
from tradewind.lock import alone
from tradewind.settings import Settings

_DRAFT = ".part"


def take(settings: Settings, to: Path, say: Callable[[str], object]) -> Backup:
    """Write a backup into a folder, and delete the oldest ones there.

    Args:
        to: the folder; created if it is missing, readable by its owner only.
        say: is given what a person should know.

    Raises:
        SetupError: Postgres does not run, or the folder cannot be written; then no backup is there.
    """
    keep = kept(settings)
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    with alone(to, say):
        for left in to.glob(f"*{_DRAFT}"):
            shutil.rmtree(left)
        moment = datetime.now(UTC)
        draft = to / f"{name_of(moment)}{_DRAFT}"
        draft.mkdir(mode=0o700)
        try:
            _copy_cluster(settings, draft / backups.CLUSTER)
            _copy_landing(settings.landing, draft / backups.LANDING, _previous(to))
            _copy(settings.state / "secrets.env", draft / backups.SECRETS)
            outside = (
                "" if settings.is_embedded else settings.warehouse_url.render_as_string(hide_password=True)
            )
            backups.write(draft, moment, postgres.MAJOR, outside)
            _flush(draft)
            draft.rename(to / name_of(moment))
            _flush_folder(to)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        done = backups.backups(to)[-1]
        for old in backups.forget(to, keep):
            say(f"deleted the backup of {old.taken_at:%d %b %Y %H:%M} UTC: {keep} are kept")
    return done


def _copy_cluster(settings: Settings, target: Path) -> None:
    """Copy the server's data with what is written meanwhile, and check the copy."""
    _run(
        [
            str(postgres.binary("pg_basebackup")),
            *(f"--pgdata={target}", "--format=tar", "--wal-method=stream", "--checkpoint=fast"),
            *("--compress=client-gzip:1", "--manifest-checksums=SHA256"),
            *("--no-password", "--username=postgres"),
            *(f"--host={settings.postgres_host}", f"--port={settings.postgres_port}"),
        ],
        {"PGPASSWORD": settings.get("POSTGRES_PASSWORD")},
    )
    verify(target)


def verify(cluster: Path) -> None:
    """Compare the copied data with the checksums that the server has given with it.

    Raises:
        SetupError: they differ, or the copy cannot be read.
    """
    # not by pg_verifybackup, which in this build crashes on packed archives
    manifest = json.loads((cluster / "backup_manifest").read_text())
    wanted = {each["Path"]: each["Checksum"] for each in manifest["Files"]}
    try:
        with tarfile.open(cluster / "base.tar.gz") as packed:
            found = {
                each.name: hashlib.file_digest(packed.extractfile(each), "sha256").hexdigest()
                for each in packed
                if each.name in wanted
            }
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise SetupError(f"{cluster} is damaged: {error}") from error
    if wrong := sorted(name for name, checksum in wanted.items() if found.get(name) != checksum):
        raise SetupError(f"{cluster} is damaged: {len(wrong)} files differ, the first is {wrong[0]}")


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise SetupError(f"{Path(command[0]).name} failed, and there is no new backup: {reason}")


def _copy_landing(landing: Path, target: Path, previous: Path | None) -> None:
    """Copy the files that are there; what has not changed since the previous backup shares its disk space."""
    target.mkdir(mode=0o700)
    # again, since a file may move to loaded/ before it is reached
    for _ in range(3):
        if not [path for path in _files(landing) if not _copied(path, landing, target, previous)]:
            break


def _copied(path: Path, landing: Path, target: Path, previous: Path | None) -> bool:
    """Copy one file, unless it is there; whether it was still where it was listed."""
    name = path.relative_to(landing)
    copy = target / name
    try:
        state = path.stat()
        if copy.exists() and is_same(copy, state):
            return True
        for folder in reversed(copy.relative_to(target).parents):
            (target / folder).mkdir(mode=0o700, exist_ok=True)
        copy.unlink(missing_ok=True)
        earlier = previous / name if previous else None
        if earlier and earlier.exists() and is_same(earlier, state):
            with suppress(OSError):
                os.link(earlier, copy)
                return True
        _copy(path, copy)
    except FileNotFoundError:
        return False
    return True


def _copy(path: Path, copy: Path) -> None:
    """Copy a file for its owner's eyes only, with its time."""
    copy.touch(mode=0o600)
    copy_with_time(path, copy)


def copy_with_time(path: Path, copy: Path) -> None:
    """Copy what is in a file, and when it changed."""
    shutil.copyfile(path, copy)
    state = path.stat()
    os.utime(copy, ns=(state.st_atime_ns, state.st_mtime_ns))


def is_same(path: Path, state: os.stat_result) -> bool:
    """Whether a file has the size and the time of change of another one."""
    found = path.stat()
    return (found.st_size, found.st_mtime_ns) == (state.st_size, state.st_mtime_ns)


def _files(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            if path.is_file() and not path.is_symlink():
                yield path


def _previous(to: Path) -> Path | None:
    found = backups.backups(to)
    return found[-1].path / backups.LANDING if found else None


def _flush(folder: Path) -> None:
    """Have the disk keep all of it: a name must not survive a power cut that its content does not."""
    for parent, _, names in os.walk(folder):
        for name in names:
            with (Path(parent) / name).open("rb") as file:
                os.fsync(file.fileno())
        _flush_folder(Path(parent))


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
