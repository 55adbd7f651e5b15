"""FAB keeps Airflow's users and slows down guesses in its form; this slows down those at the API."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from airflow.providers.fab.auth_manager.fab_auth_manager import FabAuthManager
from fastapi import HTTPException

from tradewind.guesses import Guesses, plain


class GuardedAuthManager(FabAuthManager):
    """FAB's, which answers 429 to whoever has guessed too often."""

    def create_token(self, headers: dict[str, str], body: dict[str, Any]):
        """A user for the name and password of the body.

        Raises:
            HTTPException: 429 after too many failed logins of the name.
        """
        guesses = Guesses(Path(os.environ["AIRFLOW_HOME"]) / "logins.sqlite")
        name = str(body.get("username") or "")
        # The manager does not know where a request comes from: no name may use up the guesses of another.
        address = f"api: {plain(name)}"
        if wait := guesses.seconds_to_wait(name, address):
            message = f"Too many logins failed: try again in {wait} s."
            raise HTTPException(429, message, {"Retry-After": str(wait)})
        user = super().create_token(headers, body)
        (guesses.succeeded if user else guesses.failed)(name, address)
        return user
