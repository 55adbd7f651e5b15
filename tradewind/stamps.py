"""Remembers which preparations were done for which files, so that the next start can skip them."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path


class Stamps:
    """Stamps in a folder: one file per preparation, with the digest of what it was done for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def is_current(self, name: str, digest: str) -> bool:
        """Whether the preparation was done for exactly this digest."""
        stamp = self.folder / name
        return stamp.is_file() and stamp.read_text() == digest

    def set(self, name: str, digest: str) -> None:
        """Record that the preparation is done."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(digest)


def digest_of(paths: Iterable[Path]) -> str:
    """Digest of files and of all files below folders."""
    digest = sha256()
    for path in paths:
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            if "__pycache__" not in file.parts:
                digest.update(str(file).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
