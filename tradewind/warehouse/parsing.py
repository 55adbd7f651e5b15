"""What dbt has parsed, taken along to another target folder: there it parses only what has changed since."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from tradewind.settings import Settings

_PARSED = "partial_parse.msgpack"


def take_parsed(settings: Settings, folder: Path) -> None:
    """Copy what builds have parsed, if there is any, into a target folder of dbt."""
    with suppress(FileNotFoundError):
        shutil.copyfile(settings.state / "dbt" / _PARSED, folder / _PARSED)


def keep_parsed(settings: Settings, folder: Path) -> None:
    """Copy what dbt has parsed in a target folder to where the next build looks for it."""
    kept = settings.state / "dbt" / _PARSED
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(folder / _PARSED, kept.with_suffix(".new"))
    # in one step: a build may read it now
    kept.with_suffix(".new").replace(kept)
