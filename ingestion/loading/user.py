"""Who acts: the ledger keeps who accepted or withdrew a load."""

from __future__ import annotations

import getpass


def user() -> str:
    """Name of the user of this process."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
