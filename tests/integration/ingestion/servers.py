"""A Postgres server for a single test, to be killed."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from sqlalchemy.engine import URL

from deploy.databases.warehouse import create_database, prepare
from deploy.stack import postgres
from tests.conftest import GUARD, PASSWORD, Warehouse
from tradewind.settings import ROLES, text

_SECONDS_TO_START = 30


@dataclass
class Server:
    """The server in the folder `home`; `run_in` is a command that runs the one after it as the account.

    Unlike the server of all other tests, it keeps on disk what it has committed.
    """

    home: Path
    port: int
    run_in: Sequence[str] = ()
    url: URL = field(init=False)
    process: subprocess.Popen = field(init=False)

    def __post_init__(self) -> None:
        self.url = URL.create("postgresql", "postgres", PASSWORD, "127.0.0.1", self.port, "postgres")

    def start(self) -> None:
        owner = postgres.account()
        identity = {"user": owner.pw_uid, "group": owner.pw_gid} if owner and not self.run_in else {}
        command = postgres.command(self.home / "data", self.port, shared_buffers="32MB")
        with (self.home / "postgres.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.run_in, *command], stdout=log, stderr=log, cwd="/", **identity
            )
        deadline = time.monotonic() + _SECONDS_TO_START
        while True:
            try:
                psycopg.connect(text(self.url)).close()
                return
            except psycopg.OperationalError:
                assert self.process.poll() is None, (self.home / "postgres.log").read_text()
                assert time.monotonic() < deadline, "the server does not answer"
                time.sleep(0.05)

    def kill(self) -> None:
        """Kill all its processes at once, like a power cut."""
        pid = self.process.pid
        with suppress(FileNotFoundError):
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            self.process.kill()
            subprocess.run(["kill", "-KILL", *children], stderr=subprocess.DEVNULL, check=False)
        self.process.wait()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)

    def warehouse(self) -> Warehouse:
        create_database(self.url, "warehouse")
        url = self.url.set(database="warehouse")
        prepare(url, dict.fromkeys(ROLES, PASSWORD))
        return Warehouse(url)


@contextmanager
def own_server(free_port: Callable[[], int], run_in: Sequence[str] = ()) -> Iterator[Server]:
    """A newly started server; everything left of it is removed at the end."""
    home = Path(tempfile.mkdtemp(prefix="tradewind-tests-"))
    GUARD.folder(home)
    postgres.let_through(home / "data")
    postgres.initialise(home / "data", PASSWORD)
    server = Server(home, free_port(), run_in)
    try:
        server.start()
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()
        shutil.rmtree(home, ignore_errors=True)
