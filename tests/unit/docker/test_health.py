"""The health check says what is wrong."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from docker.health import fault

REPORT = {
    "metadatabase": {"status": "healthy"},
    "scheduler": {"status": "unhealthy"},
    "triggerer": {"status": None},
    "dag_processor": None,
}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server with a health page, and no other."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/health" else 500)
            self.end_headers()
            self.wfile.write(json.dumps(REPORT).encode())

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_page_that_answers_is_healthy(address):
    assert fault(f"{address}/health") is None


def test_a_healthy_part_is_healthy(address):
    assert fault(f"{address}/health", "metadatabase") is None


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ("scheduler", "scheduler: unhealthy"),
        ("triggerer", "triggerer: not reported"),
        ("dag_processor", "dag_processor: not reported"),
        ("unheard_of", "unheard_of: not reported"),
    ],
)
def test_a_part_that_is_not_healthy_is_named(address, part, reason):
    assert fault(f"{address}/health", part) == reason


def test_an_error_page_is_unhealthy(address):
    assert "500" in fault(f"{address}/broken")


def test_a_missing_server_is_unhealthy(free_port):
    assert "refused" in fault(f"http://127.0.0.1:{free_port()}/health", "scheduler")


def test_a_program_without_a_page_is_healthy_while_it_touches_its_file(tmp_path):
    file = tmp_path / "guard.alive"
    assert fault(file.as_uri())
    file.touch()
    assert fault(file.as_uri()) is None
    os.utime(file, (0, 0))
    assert "not touched" in fault(file.as_uri())
