"""Remembers which contracts have passed the standard's schema, whose check takes longer than a small load.

Only that check is left out for a text that has passed it: the text itself is read every time.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

from tradewind.settings import Settings

_MOST = 1000


def has_passed(text: str) -> bool:
    """Whether this text has passed the schema of the standard's installed version before."""
    return _mark(text) in _marks()


def note_passed(text: str) -> None:
    """Remember that this text has passed; where nothing can be kept, it will be checked again."""
    marks = _marks()
    marks[_mark(text)] = None
    with suppress(OSError):
        if _file().parent.is_dir():
            partial = _file().with_suffix(".part")
            partial.write_text("\n".join(list(marks)[-_MOST:]))
            partial.replace(_file())


@cache
def _marks() -> dict[str, None]:
    try:
        return dict.fromkeys(_file().read_text().split())
    except OSError:
        return {}


def _mark(text: str) -> str:
    return hashlib.sha256(f"{_standard()}\n{text}".encode()).hexdigest()


@cache
def _standard() -> str:
    return version("open-data-contract-standard")


def _file() -> Path:
    return Settings.load().state / "valid_contracts"
