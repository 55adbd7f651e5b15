"""Creates `.venv` and `.venv-superset` from the pinned requirements: `python3 deploy/install.py`.

Uses only the standard library, since it runs before anything is installed. What is up to date is left alone.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

#: Each environment and its requirements.
ENVIRONMENTS = {".venv": "pipeline.txt", ".venv-superset": "superset.txt"}

OLDEST, NEWEST = (3, 11), (3, 12)

#: Free space that both environments and the package cache need, in bytes.
NEEDED_SPACE = 4 << 30


class InstallError(Exception):
    """One line that says what to do."""


def main() -> int:
    """Install what is missing and return the exit code."""
    try:
        _check_python()
        if not all(map(_is_current, ENVIRONMENTS)):
            with _alone():
                _install()
    except KeyboardInterrupt:
        print("Interrupted; run it again", file=sys.stderr)
        return 130
    except InstallError as error:
        return _fail(str(error))
    except PermissionError as error:
        return _fail(f"no permission to write {error.filename}: run as its owner, or chown it")
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return _fail(f"the disk of {ROOT} is full: make room and run make up again")
    return 0


def _install() -> None:
    # another install may have finished while this one waited
    missing = [name for name in ENVIRONMENTS if not _is_current(name)]
    if missing:
        _check_space()
        uv = _find_uv()
        for name in missing:
            _make(name, uv)


@contextmanager
def _alone() -> Iterator[None]:
    """Allow one install at a time in this clone; the lock is on its folder, and ends with the process."""
    descriptor = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another install is running here: waiting for it to finish …", flush=True)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _check_python() -> None:
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        raise InstallError(
            f"Python {sys.version_info[0]}.{sys.version_info[1]} is not supported, 3.11 or 3.12 is needed: "
            "make up PYTHON=/path/to/python3.12"
        )


def _check_space() -> None:
    free = shutil.disk_usage(ROOT).free
    if free < NEEDED_SPACE:
        raise InstallError(f"the disk of {ROOT} has {free >> 20} MB left, {NEEDED_SPACE >> 20} MB are needed")


def _find_uv() -> str:
    """Path of the installed uv, or else of one that we install in `.local`."""
    if found := shutil.which("uv"):
        return found
    home = ROOT / ".local" / "uv"
    if not home.parent.exists():
        home.parent.mkdir(mode=0o700)  # secrets are written there later
    uv = home / "bin" / "uv"
    if not uv.is_file():
        with _Step("uv"):
            _run(
                [sys.executable, "-m", "venv", str(home)],
                "Python's venv is missing (Debian: apt install python3-venv)",
            )
            _run([str(home / "bin" / "pip"), "install", "--quiet", "uv"], "uv could not be installed")
    return str(uv)


def _make(name: str, uv: str) -> None:
    folder = ROOT / name
    requirements = ROOT / "requirements" / ENVIRONMENTS[name]
    with _Step(f"Packages of {name}"):
        _run(
            [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)],
            f"{name} could not be created",
        )
        # compiled once, now: every later start of every program is three times as fast
        install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--require-hashes"]
        _run(
            [*install, "--python", str(folder), "--requirements", str(requirements)],
            "packages could not be installed",
        )
        (folder / ".installed").write_text(_digest(name))


def _is_current(name: str) -> bool:
    stamp = ROOT / name / ".installed"
    works = (ROOT / name / "bin" / "python").exists()  # not if its link is broken
    return works and stamp.is_file() and stamp.read_text() == _digest(name)


def _digest(name: str) -> str:
    requirements = (ROOT / "requirements" / ENVIRONMENTS[name]).read_bytes()
    # without the version of this Python: an environment keeps the Python that it was created with
    return hashlib.sha256(requirements + str(ROOT).encode()).hexdigest()


def _run(command: list[str], problem: str) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    outcome = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if outcome.returncode:
        print(outcome.stdout[-3000:], file=sys.stderr)
        raise InstallError(problem + "; see the output above, then run again")


class _Step:
    """Prints a step's name and seconds."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        self.started = time.monotonic()
        if sys.stdout.isatty():
            print(f"… {self.name}", end="\r", flush=True)

    def __exit__(self, kind: object, *_: object) -> None:
        mark = "✗" if kind else "✓"
        print(f"{mark} {self.name:<44} {time.monotonic() - self.started:6.1f} s", flush=True)


def _fail(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
