"""Superset as somebody who has logged in with a browser: URLs, cookies, and responses."""

from __future__ import annotations

import http.cookiejar
import json
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

from tradewind.settings import Settings

#: Superset accepts five logins a second from one address.
_LOGIN_PAUSE = 0.3
_login_lock = threading.Lock()


@dataclass(frozen=True)
class Answer:
    """What Superset answered; `path` is where its redirections ended."""

    status: int
    path: str
    text: str

    @property
    def is_refused(self) -> bool:
        """Whether the user may not see it, or may not know that it exists."""
        return self.status in (401, 403, 404)

    @property
    def is_client_error(self) -> bool:
        """Whether Superset rejects the request, other than for its rate."""
        return 400 <= self.status < 500 and self.status != 429

    @property
    def json(self) -> Any:
        """The answer parsed as JSON; None if it is not JSON."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.status} {' '.join(self.text.split())[:300]}"


class LoginError(RuntimeError):
    """Superset did not let the user log in."""


class Session:
    """One user's session, as in a browser. Not thread-safe."""

    def __init__(self, base: str, user: str, password: str) -> None:
        """Log in with the form.

        Raises:
            LoginError: if name and password do not match, or Superset does not answer.
        """
        self.base = base.rstrip("/")
        self.user = user
        self._cookies = http.cookiejar.CookieJar()
        self._headers: dict[str, str] = {"Referer": self.base}
        if self.base.startswith("http://127.0.0.1:") and Settings.load().superset_https:
            self._pass_as_proxy()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._cookies))
        try:
            page = self.get("/login/")
        except urllib.error.URLError as error:
            raise LoginError(f"Superset does not answer at {self.base}: {error.reason}") from error
        token = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', page.text)
        form = {"username": user, "password": password, "csrf_token": token[1] if token else ""}
        with _login_lock:
            answer = self._send("POST", "/login/", urllib.parse.urlencode(form).encode())
            time.sleep(_LOGIN_PAUSE)
        if answer.path.startswith("/login"):
            raise LoginError(f"Superset does not let {user} in: was a password changed?")
        token = self.get("/api/v1/security/csrf_token/").json
        self._headers["X-CSRFToken"] = token["result"]

    def _pass_as_proxy(self) -> None:
        """Ask as the proxy with TLS does, on the same machine: Superset takes it for https."""
        self._headers = {"X-Forwarded-Proto": "https", "Referer": self.base.replace("http:", "https:", 1)}
        # Otherwise cookies for https alone would not be sent.
        self._cookies.set_policy(http.cookiejar.DefaultCookiePolicy(secure_protocols=("https", "http")))

    @property
    def headers(self) -> dict[str, str]:
        """Headers with which a request on another connection belongs to this session."""
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._cookies)
        return {**self._headers, "Cookie": cookies}

    def get(self, path: str) -> Answer:
        return self._send("GET", path)

    def list_all(self, kind: str) -> list[dict[str, Any]]:
        """Every object of a kind, as `dataset` or `security/roles`; Superset gives a hundred at a time.

        Raises:
            LookupError: Superset does not list them.
        """
        found: list[dict[str, Any]] = []
        while True:
            answer = self.get(f"/api/v1/{kind}/?q=(page_size:100,page:{len(found) // 100})")
            if answer.status != 200:
                raise LookupError(f"Superset does not list {kind}: {answer}")
            found += answer.json["result"]
            if len(found) >= answer.json["count"]:
                return found

    def post(self, path: str, body: Any) -> Answer:
        """Send the body as JSON."""
        return self._send("POST", path, json.dumps(body).encode(), "application/json")

    def post_form(self, path: str, fields: dict[str, Any]) -> Answer:
        """Send a form whose fields hold JSON."""
        form = {name: json.dumps(value) for name, value in fields.items()}
        return self._send("POST", path, urllib.parse.urlencode(form).encode())

    def put(self, path: str, body: Any) -> Answer:
        return self._send("PUT", path, json.dumps(body).encode(), "application/json")

    def delete(self, path: str) -> Answer:
        return self._send("DELETE", path)

    def _send(
        self,
        method: str,
        path: str,
        data: bytes | None = None,
        kind: str = "application/x-www-form-urlencoded",
    ) -> Answer:
        request = urllib.request.Request(self.base + path, data, self._headers, method=method)
        if data is not None:
            request.add_header("Content-Type", kind)
        try:
            answer = self._opener.open(request, timeout=120)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return Answer(
                answer.status,
                urllib.parse.urlsplit(answer.url).path,
                answer.read().decode(errors="replace"),
            )
