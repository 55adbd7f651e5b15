"""Files come from a real S3 server and a real SFTP server, by the program that the supervisor runs."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from tests.conftest import Warehouse, skip
from tests.support.ports import free_port
from tradewind.extra_environments import LANDING, SERVERS, EnvironmentMissing, environment_python
from tradewind.fetching_state import unfetched
from tradewind.settings import ROOT, Settings

PASSWORD = "very-secret"

#: Seconds that anything may take on a busy machine.
LONG = 60


@pytest.fixture(scope="module")
def servers() -> Path:
    """The Python that runs servers; that of the fetcher is made, too."""
    try:
        environment_python(LANDING)
        return environment_python(SERVERS)
    except EnvironmentMissing as error:
        skip(str(error))


@contextmanager
def running(
    *command: str | Path, log: Path, port: int = 0, env: dict[str, str] | None = None
) -> Iterator[subprocess.Popen]:
    """A program until the block ends; with a port, once it listens there."""
    with log.open("ab") as file:
        process = subprocess.Popen([*map(str, command)], stdout=file, stderr=file, cwd=ROOT, env=env)
    try:
        if port:
            until(lambda: _listens(port), f"nobody listens on {port}", log)
        yield process
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def until(is_so: Callable[[], object], what: str, log: Path) -> None:
    deadline = time.monotonic() + LONG
    while not is_so():
        assert time.monotonic() < deadline, f"{what}: {log.read_text()}"
        time.sleep(0.05)


@pytest.fixture
def environment(warehouse: Warehouse, empty_warehouse: str, tmp_path: Path) -> Callable[..., dict[str, str]]:
    """The environment of the fetcher, and of whoever asks about it."""
    with psycopg.connect(empty_warehouse, autocommit=True) as connection:
        connection.execute("drop table if exists ops.fetched_files, ops.landing_looks")
    own = {"LANDING_DIR": str(tmp_path / "landing"), "LANDING_POLL_SECONDS": "0.1", "HOME": str(tmp_path)}
    (tmp_path / "landing").mkdir()
    return lambda **others: {**warehouse.environment(), **own, **{k: str(v) for k, v in others.items()}}


def came(tmp_path: Path) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for path in sorted(
        (tmp_path / "landing" / "fetched").glob("*/*"), key=lambda each: each.stat().st_mtime_ns
    ):
        found.setdefault(path.name, []).append(path.read_bytes())
    return found


def put(port: int, key: str, content: bytes, storage: str = "STANDARD") -> None:
    """Put an object into the S3 server, which does not check signatures."""
    headers = {
        "Content-Type": "application/octet-stream",
        "x-amz-storage-class": storage,
        "Authorization": "AWS4-HMAC-SHA256 Credential=maker/20260101/us-east-1/s3/aws4_request",
    }
    request = urllib.request.Request(f"http://127.0.0.1:{port}/{key}", content, headers, method="PUT")
    with urllib.request.urlopen(request, timeout=LONG):
        pass


def test_s3_from_drop_to_landing_and_over_a_lost_server(servers, environment, tmp_path):
    port, log = free_port(), tmp_path / "log"
    url = {"LANDING_URL": "s3://shop/out", "LANDING_ENDPOINT": f"http://127.0.0.1:{port}"}
    keys = {"AWS_ACCESS_KEY_ID": "the-id", "AWS_SECRET_ACCESS_KEY": PASSWORD, "AWS_REGION": "us-east-1"}
    values = environment(**url, **keys)
    settings = Settings.load(values)
    moto = (servers, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port))
    large = bytes(range(256)) * 80_000
    with running(sys.executable, "-m", "tradewind.fetching", log=log, env=values):
        with running(*moto, log=tmp_path / "moto", port=port):
            put(port, "shop", b"")
            put(port, "shop/out/a.csv", b"1")
            put(port, "shop/out/deep/%C3%BC%20%25.csv", b"odd")
            put(port, "shop/outside.csv", b"no")
            put(port, "shop/out/large.csv", large)
            until(lambda: len(came(tmp_path)) == 3, "not all have come", log)
            put(port, "shop/out/a.csv", b"22")
            until(lambda: came(tmp_path)["a.csv"] == [b"1", b"22"], "the change has not come", log)
            until(lambda: unfetched(settings) is None, "it is not well", log)
        until(lambda: unfetched(settings), "a lost server is not noticed", log)
        assert "s3://shop/out cannot be read" in unfetched(settings)
        with running(*moto, log=tmp_path / "moto", port=port):
            put(port, "shop", b"")
            put(port, "shop/out/frozen.csv", b"4", "GLACIER")
            until(lambda: "frozen.csv" in (unfetched(settings) or ""), "it is not said", log)
            put(port, "shop/out/later.csv", b"3")
            until(lambda: "later.csv" in came(tmp_path), "it does not go on", log)
            assert "s3://shop/out/frozen.csv cannot be copied: " in unfetched(settings)
            put(port, "shop/out/frozen.csv", b"thawed")
            until(lambda: unfetched(settings) is None, "it is not well again", log)
    assert came(tmp_path) == {
        "a.csv": [b"1", b"22"],
        "ü %.csv": [b"odd"],
        "large.csv": [large],
        "later.csv": [b"3"],
        "frozen.csv": [b"thawed"],
    }
    with psycopg.connect(settings.get("WAREHOUSE_URL")) as connection:
        addresses = [row[0] for row in connection.execute("select address from ops.fetched_files")]
    assert sorted(addresses)[2] == "s3://shop/out/deep/ü %25.csv"
    assert PASSWORD not in log.read_text() and "the-id" not in log.read_text()


def test_sftp_and_over_a_lost_server(servers, environment, tmp_path):
    port, log, known = free_port(), tmp_path / "log", tmp_path / "known_hosts"
    away = tmp_path / "away"
    (away / "out").mkdir(parents=True)
    (away / "out" / "a.csv").write_bytes(b"1")
    (away / "out" / os.fsdecode(b"Ums\xe4tze.csv")).write_bytes(b"latin")
    (away / "out" / "link.csv").symlink_to("/etc/hostname")
    url = {"LANDING_URL": f"sftp://ada@127.0.0.1:{port}/out", "LANDING_KNOWN_HOSTS": known}
    values = environment(**url, LANDING_PASSWORD=PASSWORD, LANDING_SETTLED_SECONDS="0.3")
    settings = Settings.load(values)
    program = (sys.executable, "-m", "tradewind.fetching")

    def fetch(**others: str) -> subprocess.CompletedProcess:
        command, given = [*program, "--once"], values | others
        return subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, timeout=LONG)

    server = (servers, ROOT / "tests" / "support" / "sftp_server.py", away, str(port), PASSWORD, known)
    with running(*server, log=log, port=port) as first:
        until(known.exists, "no key", log)
        done = fetch()
        assert (done.returncode, done.stdout) == (0, f"fetched 2 files from sftp://127.0.0.1:{port}/out\n"), (
            done.stderr
        )
        assert came(tmp_path) == {"a.csv": [b"1"], r"Ums\udce4tze.csv": [b"latin"]}

        wrong = fetch(LANDING_PASSWORD="another-secret")
        assert wrong.returncode == 1
        assert "cannot be read: Authentication failed" in wrong.stderr
        assert "secret" not in wrong.stderr + wrong.stdout

        none = tmp_path / "no_hosts"
        none.touch()
        stranger = fetch(LANDING_KNOWN_HOSTS=str(none))
        assert stranger.returncode == 1
        assert f"the server [127.0.0.1]:{port} is not known: it is not in {none}" in stranger.stderr
        assert "Its key is ssh-ed25519 SHA256:" in stranger.stderr

        absent = fetch(LANDING_URL=f"sftp://ada@127.0.0.1:{port}/nowhere")
        assert absent.returncode == 1
        assert f"there is no sftp://127.0.0.1:{port}/nowhere, or it may not be listed" in absent.stderr

        with running(*program, log=log, env=values):
            (away / "out" / "refused").mkdir()
            (away / "out" / "a.csv").write_bytes(b"changed")
            until(lambda: came(tmp_path)["a.csv"] == [b"1", b"changed"], "the change has not come", log)
            until(
                lambda: "/out/refused may not be listed" in (unfetched(settings) or ""), "it is silent", log
            )
            (away / "out" / "refused").rmdir()
            until(lambda: unfetched(settings) is None, "it is not well", log)
            first.kill()
            first.wait()
            until(lambda: "cannot be read" in (unfetched(settings) or ""), "no server is not noticed", log)
            (away / "out" / "b.csv").write_bytes(b"2")
            with running(*server, log=log, port=port):
                until(lambda: "b.csv" in came(tmp_path), "it does not connect again", log)


def test_an_sftp_server_that_never_answers_is_not_waited_for(servers):
    done = subprocess.run(
        [environment_python(LANDING), "-m", "tests.integration.ingestion.fetching.silent_server"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LONG,
    )
    assert done.stdout.strip() == "127.0.0.1 did not answer within 1 s", done.stderr
