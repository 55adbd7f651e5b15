"""A clean clone of this working tree, with no environment, no data and no secret in it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tradewind.settings import ROOT


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
