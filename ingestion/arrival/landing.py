"""The landing folder: which files wait in it, and where they go when they are done.

The folder is the queue. A file stays where it was dropped until its load is committed; then it moves to
`loaded/` or `held/`, under the number of its load. Where files must stay, those that were taken are noted
in the state folder instead; losing a note costs no more than reading a known file again.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from ingestion.arrival.file_names import numbered
from tradewind.settings import Settings

#: Folders of the landing folder with a meaning of their own.
SAMPLE, LOADED, HELD = "sample", "loaded", "held"

#: Seconds for which a file must not have changed, besides being closed, to count as completely written.
SETTLED_AFTER = 0.5

_TEMPORARY_SUFFIXES = (".part", ".tmp", ".crdownload")


class Snapshot(NamedTuple):
    """What tells one state of a file from another without reading it."""

    device: int
    inode: int
    size: int
    modified_ns: int


def snapshot(path: Path) -> Snapshot:
    """The file's state now; follows a symbolic link.

    Raises:
        OSError: the file is gone or cannot be looked at.
    """
    state = path.stat()
    return Snapshot(state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns)


def arrival(path: Path) -> datetime:
    """When the file was put or last written where it is: a copy may keep the time of its change, not this.

    Raises:
        OSError: the file is gone or cannot be looked at.
    """
    return datetime.fromtimestamp(path.stat().st_ctime, UTC)


def waiting_files(folder: Path) -> dict[Path, Snapshot]:
    """The files that wait in `folder` and below, the longest unchanged first.

    Left out: hidden and temporary files, README.md, what is already set aside or noted as taken, and folders
    behind links.
    """
    found: dict[Path, Snapshot] = {}
    taken = _taken()
    for path in _files(folder):
        try:
            if path.is_file() and taken.get(str(path.absolute())) != (seen := snapshot(path)):
                found[path] = seen
        except OSError:
            # Moved away since the folder was listed, or not ours to look at: not waiting.
            continue
    return dict(sorted(found.items(), key=lambda item: (item[1].modified_ns, item[0])))


def not_files(folder: Path) -> Iterator[tuple[Path, str]]:
    """What lies in `folder` or below, looks like a file to load, and is not one; each with what it is."""
    for path in _files(folder):
        try:
            if not path.is_file():
                yield path, _kind(path)
        except OSError as error:
            yield path, f"cannot be looked at ({error.strerror})"
    for parent, folders, _ in os.walk(folder):
        for path in (Path(parent, name) for name in folders if not name.startswith(".")):
            if path.is_symlink():
                yield path, "a link to a folder: copy the folder there, or its files"
            elif not os.access(path, os.R_OK | os.X_OK):
                yield path, "a folder that may not be read: give this user access"


def is_sample(path: Path, landing: Path) -> bool:
    """Whether the file lies among the sample files of the landing folder, by whatever way it is named."""
    return path.parent.resolve().is_relative_to((landing / SAMPLE).resolve())


def leads_out(path: Path, folder: Path) -> bool:
    """Whether the file lies outside `folder` once symbolic links are followed."""
    return not path.resolve().is_relative_to(folder.resolve())


def set_aside(
    path: Path, seen: Snapshot | None, folder: Path, load_id: int | None, name: str | None = None
) -> Path | None:
    """Move a finished file into `folder` as `<load_id>_<name>`, its own name by default, never over another.

    A name that the number makes too long is cut before its suffix. `folder` may lie on another disk.

    Returns where it is now; None where there is nothing to move: another loader has moved it, or it is
    not the file that was `seen` any more, which then waits like any new file.

    Raises:
        OSError: the file cannot be moved; it stays where it is.
    """
    folder.mkdir(exist_ok=True)
    name = name or path.name
    target = _reserve(folder, name if load_id is None else f"{load_id}_{name}")
    try:
        if seen is not None and snapshot(path) != seen:
            raise FileNotFoundError(path)
        _move(path, target)
    except OSError as error:
        # Nothing wider: an exception that came from elsewhere, after the move, would cost the file itself.
        target.unlink(missing_ok=True)
        if isinstance(error, FileNotFoundError):
            return None
        raise
    return target


def _move(path: Path, target: Path) -> None:
    """Move over what is at `target`, to another disk too; at any moment one of the two is whole."""
    try:
        path.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        before = snapshot(path)
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".moving-", delete=False) as copy:
            try:
                with path.open("rb") as file:
                    shutil.copyfileobj(file, copy)
                copy.flush()
                os.fsync(copy.fileno())
                shutil.copystat(path, copy.name)
                if snapshot(path) != before:
                    raise FileNotFoundError(path)
                Path(copy.name).replace(target)
            except BaseException:
                Path(copy.name).unlink()
                raise
        path.unlink()


def note_taken(path: Path, seen: Snapshot) -> None:
    """Note that this state of the file was taken: it does not wait any more where it lies.

    Raises:
        OSError: nothing can be noted.
    """
    notes = _notes()
    notes.parent.mkdir(parents=True, exist_ok=True)
    with notes.open("a") as file:
        # On a line of its own, even where a full disk has cut off the last one.
        file.write("\n" + json.dumps([str(path.absolute()), *seen]) + "\n")


def forget_taken() -> None:
    """Forget which files were taken: those that the ledger knows are recognised by their content."""
    _notes().unlink(missing_ok=True)


def _taken() -> dict[str, Snapshot]:
    try:
        lines = _notes().read_bytes().splitlines()
    except OSError:
        return {}
    found = {}
    for line in lines:
        # A process that was killed may have left half a line.
        with suppress(ValueError, TypeError):
            path, *seen = json.loads(line)
            found[path] = Snapshot(*seen)
    return found


def _notes() -> Path:
    return Settings.load().state / "taken_files.jsonl"


def _reserve(folder: Path, name: str) -> Path:
    """An empty file of a name that was free: two loaders never get the same."""
    number = 1
    while True:
        target = folder / numbered(name, number)
        try:
            target.touch(exist_ok=False)
        except FileExistsError:
            number += 1
        else:
            return target


def _kind(path: Path) -> str:
    if path.is_symlink():
        return "a link that leads nowhere" if not path.exists() else "a link to what is not a file"
    mode = path.lstat().st_mode
    names = {stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}
    return names.get(stat.S_IFMT(mode), "a device")


def _files(folder: Path) -> Iterator[Path]:
    top = os.fspath(folder)
    for parent, folders, names in os.walk(top):
        done = (LOADED, HELD) if parent == top else ()
        folders[:] = [name for name in folders if not name.startswith(".") and name not in done]
        yield from (Path(parent, name) for name in names if not is_ignored(name))


def is_ignored(name: str) -> bool:
    """Whether a file of this name does not wait to be loaded: it is hidden, temporary, or the README."""
    return name.startswith((".", "~$")) or name == "README.md" or name.lower().endswith(_TEMPORARY_SUFFIXES)
