"""Writes contracts and mappings; where one cannot be written, none is kept."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path


class NotWritten(Exception):
    """Files could not be written; the text says which, and why."""


def write_all(texts: Mapping[Path, str]) -> None:
    """Write files that are not there yet, in their order.

    Where the process is killed in between, the files that are there are complete, and the same command
    writes the others.

    Raises:
        NotWritten: one of them is there already, or cannot be written; then none is.
    """
    if there := [str(path) for path in texts if path.exists()]:
        raise NotWritten(f"nothing was written, as there is already: {', '.join(there)}")
    parts = {path: path.with_name(f".{path.name}.part") for path in texts}
    done: list[Path] = []
    path = Path()
    try:
        for path, body in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            parts[path].write_text(body, encoding="utf-8")
        for path, part in parts.items():
            part.replace(path)
            done.append(path)
    except OSError as error:
        delete(done)
        raise NotWritten(
            # a full disk has no name
            f"{error.filename or path} cannot be written ({error.strerror}): nothing was written"
        ) from error
    finally:
        for part in parts.values():
            with suppress(OSError):
                part.unlink()
            _remove_if_empty(part.parent)


def delete(paths: list[Path]) -> None:
    """Delete files, and folders that are empty then."""
    for path in paths:
        path.unlink(missing_ok=True)
        _remove_if_empty(path.parent)


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
