"""Files that a program posts to Airflow's API land like files that are dropped; attacks land nothing."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator

import pytest

from deploy.stack.rest import ask
from tests.e2e.conftest import Stack, wait_until

pytestmark = pytest.mark.e2e

PASSWORD = "only-for-tests-2026"
#: Held, as it has no line of data: nothing of it is built.
CONTENT = b"who,what\n"


def token_of(stack: Stack, name: str, password: str) -> str:
    login = {"username": name, "password": password}
    return ask("POST", f"{stack.airflow.base}/auth/token", login)["access_token"]


@pytest.fixture(scope="module")
def admins_token(stack: Stack) -> str:
    return token_of(stack, "admin", stack.settings.get("AIRFLOW_ADMIN_PASSWORD"))


@pytest.fixture
def viewers_token(stack: Stack, admins_token: str) -> Iterator[str]:
    users = f"{stack.airflow.base}/auth/fab/v1/users"
    about = {"username": "eve", "email": "eve@localhost", "first_name": "Eve", "last_name": "Viewer"}
    ask("POST", users, {**about, "password": PASSWORD, "roles": [{"name": "Viewer"}]}, admins_token)
    try:
        yield token_of(stack, "eve", PASSWORD)
    finally:
        request = urllib.request.Request(
            f"{users}/eve", headers={"Authorization": f"Bearer {admins_token}"}, method="DELETE"
        )
        urllib.request.urlopen(request).close()


def post(stack: Stack, name: str, headers: dict[str, str]) -> tuple[int, dict]:
    """Status and answer."""
    path = f"{stack.airflow.base}/landing/{urllib.parse.quote(name, safe='')}"
    request = urllib.request.Request(path, CONTENT, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"{}")


def landed(stack: Stack) -> list[str]:
    """Files below the folders of posted files, wherever they are by now."""
    folders = (".posting", "posted", "held", "loaded")
    return sorted(
        path.name for folder in folders for path in (stack.settings.landing / folder).rglob("*.csv")
    )


def test_a_posted_file_reaches_the_ledger_with_its_sender(stack: Stack, admins_token: str):
    status, answer = post(stack, "from a shop.csv", {"Authorization": f"Bearer {admins_token}"})
    assert status == 201 and answer["bytes"] == len(CONTENT), answer
    assert answer["path"].startswith("posted/") and answer["path"].endswith("/from a shop.csv")
    query = "select state from ops.loads where came_from = 'post:admin' and file_name = 'from a shop.csv'"
    assert wait_until(lambda: stack.ask(query, role="loader"), "nobody took it") == [("held",)]


def test_whoever_may_not_load_posts_nothing(stack: Stack, admins_token: str, viewers_token: str):
    before = landed(stack)
    assert post(stack, "a.csv", {})[0] == 401
    assert post(stack, "a.csv", {"Authorization": "Bearer no.such.token"})[0] in (401, 403)
    # a browser would send the cookie of whoever is logged in along with the form of any other site
    assert post(stack, "a.csv", {"Cookie": f"_token={admins_token}"})[0] == 401
    assert post(stack, "a.csv", {"Authorization": f"Bearer {viewers_token}"})[0] == 403
    assert landed(stack) == before


@pytest.mark.parametrize("name", ["../a.csv", "..", ".a.csv", "a.csv.part", "README.md"])
def test_names_that_are_never_loaded_are_refused(stack: Stack, admins_token: str, name: str):
    before = landed(stack)
    status, answer = post(stack, name, {"Authorization": f"Bearer {admins_token}"})
    # a slash makes it another address
    assert status in (404, 405, 422), answer
    assert landed(stack) == before and not list(stack.settings.landing.parent.glob("a.csv"))


def test_half_a_file_lands_nothing(stack: Stack, admins_token: str):
    before = landed(stack)
    head = f"POST /landing/half.csv HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {admins_token}\r\n"
    coming = stack.settings.landing / ".posting"
    with socket.create_connection(("127.0.0.1", stack.settings.airflow_port)) as connection:
        connection.sendall(f"{head}Content-Length: 1000\r\n\r\nwho,what\n".encode())
        wait_until(lambda: list(coming.rglob("half.csv")), "it does not arrive")
    wait_until(lambda: not list(coming.iterdir()), "it is not deleted")
    time.sleep(1)
    assert landed(stack) == before
