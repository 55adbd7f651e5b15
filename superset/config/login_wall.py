"""Slows down password guessing, in the form and in the API, across all processes of Superset."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask, Response, request
from werkzeug.datastructures import MultiDict

from tradewind.failed_logins import Guesses

_LOGINS = {"/login/", "/login", "/api/v1/security/login"}

guesses = Guesses(Path(os.environ["SUPERSET_HOME"]) / "logins.sqlite")


def install(app: Flask) -> None:
    """Answer 429 after too many wrong guesses."""

    @app.before_request
    def slow_down() -> Response | None:
        if request.method != "POST" or request.path not in _LOGINS:
            return None
        wait = guesses.seconds_to_wait(_name(), request.remote_addr or "")
        if not wait:
            return None
        message = f"Too many logins failed: try again in {wait} s."
        return Response(message, 429, {"Retry-After": str(wait)}, mimetype="text/plain")


def _name() -> str:
    if not request.is_json:
        return request.form.get("username", "")
    body = request.get_json(silent=True)
    # the form also reads JSON, and the first item of a list
    name = MultiDict(body).get("username") if isinstance(body, dict) else None
    return "" if name is None else str(name)
