"""What is asked of a running Superset."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from deploy.stack.health import _get
from docker.health import fault
from tradewind.dashboards.users import role_ids
from tradewind.dashboards.web import Answer, LoginError, Session


class Listing(Session):
    """A session with a Superset of 250 roles, which gives at most a hundred of them at a time."""

    def __init__(self) -> None:
        self.roles = [{"name": f"Country manager {number}", "id": number} for number in range(250)]

    def get(self, path: str) -> Answer:
        size, page = (
            int(found[1]) if (found := re.search(rf"{name}:(\d+)", path)) else 0
            for name in ("page_size", "page")
        )
        size = size if 0 < size < 100 else 100
        result = {"count": len(self.roles), "result": self.roles[page * size :][:size]}
        return Answer(200, path, json.dumps(result))


def test_roles_beyond_the_first_hundred_are_listed() -> None:
    assert len(role_ids(Listing())) == 250


class BehindTls(BaseHTTPRequestHandler):
    """Answers as Superset does with SUPERSET_HTTPS=1."""

    def do_GET(self) -> None:
        if self.headers["X-Forwarded-Proto"] != "https":
            self._answer(302, Location=f"https://{self.headers['Host']}{self.path}")
        elif self.path == "/login/":
            self._answer(200, "Set-Cookie", body='<input name="csrf_token" value="x">')
        elif self.headers["Cookie"] == "session=in":
            self._answer(200, body='{"result": "token"}')
        else:
            self._answer(401)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        is_same = self.headers["Referer"] == f"https://{self.headers['Host']}"
        if is_same and self.headers["Cookie"] == "session=in":
            self._answer(302, Location="/superset/welcome/")
        else:
            self._answer(400)

    def _answer(self, status: int, cookie: str = "", body: str = "", **headers: str) -> None:
        self.send_response(status)
        if cookie:
            self.send_header(cookie, "session=in; Secure; HttpOnly; Path=/; SameSite=Lax")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def behind_tls() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), BehindTls) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_session_on_this_machine_passes_as_the_proxy_with_tls(
    behind_tls: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPERSET_HTTPS", "1")
    assert Session(behind_tls, "ada", "secret").post("/api/v1/chart/data", {}).status == 200


def test_without_the_setting_it_does_not(behind_tls: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPERSET_HTTPS", "0")
    with pytest.raises(LoginError):
        Session(behind_tls, "ada", "secret")


def test_health_is_asked_for_as_the_proxy_does(behind_tls: str) -> None:
    assert fault(f"{behind_tls}/login/") is None
    assert _get(f"{behind_tls}/login/") is not None
