"""One JSON request to a program of the stack."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any


class RestError(Exception):
    """The program refused; the message holds its status and the beginning of its response."""


def ask(method: str, url: str, body: dict[str, Any] | None = None, token: str = "") -> Any:
    """Send `body` as JSON and return the parsed JSON response.

    Raises:
        RestError: for any status other than success.
    """
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise RestError(f"{method} {url} answered {error.code}: {error.read()[:500]!r}") from error
