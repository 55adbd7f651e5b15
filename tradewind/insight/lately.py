"""When the DAG `forecast` last looked for changed figures: every ten minutes is enough for those of months.

Each look reads the marts, and what it stores is one more build: after every publication of a busy day, that
would take processors away from the next file.
"""

from __future__ import annotations

import time
from pathlib import Path

from tradewind.settings import Settings

#: Seconds for which a look is enough.
_ENOUGH = 600


def was_lately(settings: Settings) -> bool:
    """Whether the last look that ended well is less than ten minutes old; no if there was none here."""
    try:
        return 0 <= time.time() - _mark(settings).stat().st_mtime < _ENOUGH
    except FileNotFoundError:
        return False


def note_look(settings: Settings) -> None:
    """Note that a look has ended well."""
    settings.state.mkdir(parents=True, exist_ok=True)
    _mark(settings).touch()


def _mark(settings: Settings) -> Path:
    return settings.state / "forecast.looked"
