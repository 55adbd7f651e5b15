"""Generated files: written only if they differ, each in one step."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def settle(texts: Mapping[Path, str], *, check: bool = False) -> list[Path]:
    """Write the files whose text differs, or only compare them; returns those that differ."""
    changed = [path for path, text in texts.items() if not _holds(path, text)]
    if not check:
        for path in changed:
            path.parent.mkdir(parents=True, exist_ok=True)
            # In one step: a build may be reading it.
            partial = path.with_name(f".{path.name}.{os.getpid()}.part")
            partial.write_text(texts[path], encoding="utf-8")
            partial.replace(path)
    return changed


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text
