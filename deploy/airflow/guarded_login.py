"""FAB manages Airflow's users and slows down password guessing in its form; this does so in the API."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from airflow.providers.fab.auth_manager.fab_auth_manager import FabAuthManager
from fastapi import HTTPException

from tradewind.failed_logins import Guesses, plain


class GuardedAuthManager(FabAuthManager):
    """FAB's auth manager, but answers 429 after too many wrong guesses."""

    def create_token(self, headers: dict[str, str], body: dict[str, Any]):
        """Return the user for the name and password in the body.

        Raises:
            HTTPException: 429 after too many failed logins for the name.
        """
        guesses = Guesses(Path(os.environ["AIRFLOW_HOME"]) / "logins.sqlite")
        name = str(body.get("username") or "")
        # The manager does not know where a request comes from, so each name has its own count of guesses.
        address = f"api: {plain(name)}"
        if wait := guesses.seconds_to_wait(name, address):
            message = f"Too many logins failed: try again in {wait} s."
            raise HTTPException(429, message, {"Retry-After": str(wait)})
        user = super().create_token(headers, body)
        (guesses.succeeded if user else guesses.failed)(name, address)
        return user
