"""A clean clone of this working tree, with no data and no secret in it."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
from pathlib import Path

from tradewind.settings import ROOT

#: The interpreter that a script names in its first two lines, directly or through a shell.
_INTERPRETER = re.compile(rb"(?<=[!' ])/[^'\n ]*/bin/python[\d.]*")


def clean_clone(folder: Path) -> Path:
    """Copy what git knows or would take of this tree into `folder`; returns it."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        source, target = ROOT / name, folder / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    return folder


def share_environments(clone: Path) -> None:
    """Give the clone the environments of this tree, if `make install` created them from the same lock files.

    Files are hard links. What cannot be shared, as between file systems, is left to the clone's own install.
    """
    here, there = (runpy.run_path(str(root / "deploy" / "install.py")) for root in (ROOT, clone))
    for name in here["ENVIRONMENTS"]:
        source, target = ROOT / name, clone / name
        if not here["_is_current"](name):
            continue
        if subprocess.run(["cp", "-al", source, target], capture_output=True).returncode:
            shutil.rmtree(target, ignore_errors=True)
            continue
        for script in (target / "bin").iterdir():
            _name_interpreter(script, target / "bin" / "python")
        _replace(target / ".installed", there["_digest"](name).encode())


def _name_interpreter(script: Path, python: Path) -> None:
    """Make a script in `bin/` run in its own environment."""
    if script.is_symlink() or not script.is_file():
        return
    content = script.read_bytes()
    *lines, rest = content.split(b"\n", 2)
    named = _INTERPRETER.sub(bytes(python), b"\n".join(lines), count=1)
    if content.startswith(b"#!") and named != b"\n".join(lines):
        _replace(script, named + b"\n" + rest)


def _replace(file: Path, content: bytes) -> None:
    """Write a new file in place of a hard link: the other name of the old file keeps its content."""
    mode = file.stat().st_mode
    file.unlink()
    file.write_bytes(content)
    file.chmod(mode)
