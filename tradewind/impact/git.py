"""Which files differ from another state of the repository, and their content there."""

from __future__ import annotations

import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path


class GitError(Exception):
    """Git has no answer; the message says why."""


@dataclass(frozen=True)
class Change:
    """A file that differs; `old` is None if it is new, `new` is None if it is gone."""

    path: str
    old: str | None
    new: str | None


def default_base(root: Path) -> str:
    """`origin/main` if it exists, so that a whole branch counts; else the last commit."""
    found = _run(root, "rev-parse", "--verify", "--quiet", "origin/main", check=False)
    return "origin/main" if found else "HEAD"


def changes(root: Path, base: str) -> list[Change]:
    """Files of the working tree, including new ones, that differ from where it diverged from `base`.

    Raises:
        GitError: no repository, or no such state.
    """
    start = start_of(root, base)
    paths = _run(root, "diff", "--name-only", "--no-renames", "-z", start, "--").split("\0")
    paths += _run(root, "ls-files", "--others", "--exclude-standard", "-z").split("\0")
    return [Change(path, _old(root, start, path), _new(root / path)) for path in sorted({*paths} - {""})]


def start_of(root: Path, base: str) -> str:
    """The commit at which the working tree diverged from `base`.

    Raises:
        GitError: no repository, or no such state.
    """
    return _run(root, "merge-base", base, "HEAD").strip()


def tree_of(root: Path, commit: str, folder: str) -> str:
    """Hash of a folder's content at a commit.

    Raises:
        GitError: the commit does not have the folder.
    """
    return _run(root, "rev-parse", "--verify", f"{commit}:{folder}").strip()


def extract(root: Path, commit: str, folder: str, into: Path) -> None:
    """Write a folder of the repository as it was at a commit, below `into`.

    Raises:
        GitError: the commit does not have the folder.
    """
    into.mkdir(parents=True, exist_ok=True)
    archive = into / "archive.tar"
    _run(root, "archive", "--format=tar", f"--output={archive}", commit, "--", folder)
    with tarfile.open(archive) as tar:
        tar.extractall(into, filter="data")
    archive.unlink()


def _old(root: Path, start: str, path: str) -> str | None:
    if not _run(root, "ls-tree", "--name-only", "-z", start, "--", path):
        return None
    return _run(root, "show", f"{start}:{path}")


def _new(path: Path) -> str | None:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None


def _run(root: Path, *arguments: str, check: bool = True) -> str:
    command = ["git", "-C", str(root), *arguments]
    try:
        outcome = subprocess.run(command, capture_output=True, text=True, errors="replace")
    except FileNotFoundError as error:
        raise GitError("git is not installed") from error
    if outcome.returncode and check:
        raise GitError(outcome.stderr.strip() or f"git {arguments[0]} failed")
    return outcome.stdout if not outcome.returncode else ""
