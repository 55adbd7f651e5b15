"""A throwaway Postgres server, configured like the project's own, with a fresh database for every run."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy.engine import URL

from deploy.databases.warehouse import create_database, prepare
from deploy.stack import postgres
from ingestion.contract.model import Contract
from ingestion.database.schema import ensure_schema
from tests.support.ports import free_port
from tradewind.settings import ROLES, text

PASSWORD = "only-for-benchmarks"
_TEMPLATE = "prepared"
_TICK = os.sysconf("SC_CLK_TCK")


class Server:
    """A running server; created by `throwaway_server`."""

    def __init__(self, process: subprocess.Popen, owner: URL, contracts: Sequence[Contract]) -> None:
        self._pid = process.pid
        self._owner = owner
        self._contracts = contracts
        self._connection = psycopg.connect(text(owner), autocommit=True)
        self._prepare()

    def _prepare(self) -> None:
        """Create the template of all other databases, with empty tables."""
        create_database(self._owner, _TEMPLATE)
        owner = self._owner.set(database=_TEMPLATE)
        prepare(owner, dict.fromkeys(ROLES, PASSWORD))
        with psycopg.connect(text(_as_loader(owner))) as connection:
            ensure_schema(connection, self._contracts)
        contract = next(each for each in self._contracts if each.source == "sales.transactions")
        columns = ", ".join(
            f"{column.name} {column.sql_type}{' not null' * column.required}" for column in contract.columns
        )
        with psycopg.connect(text(owner)) as connection:
            connection.execute(f"create table peer_typed ({columns})")

    @contextmanager
    def database(self, name: str = "run") -> Iterator[Database]:
        """A fresh database; nothing of earlier runs is left to be written to disk."""
        self._wait_for_clients()
        self._connection.execute(f"create database {name} template {_TEMPLATE}")
        self._connection.execute("checkpoint")
        try:
            yield Database(self._owner.set(database=name))
        finally:
            self._connection.execute(f"drop database {name} with (force)")

    def cpu(self) -> float:
        """CPU seconds of all the server's processes so far, including those that have ended.

        Background writers count: they work for whoever loads.
        """
        self._wait_for_clients()
        return self.cpu_now()

    def cpu_now(self) -> float:
        """The same, without waiting for clients that are still running."""
        return cpu_of(self._pid)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _wait_for_clients(self) -> None:
        """Wait until all connections have ended except this one and those that a running stack keeps open."""
        query = (
            "select 1 from pg_stat_activity where datname is not null and pid <> pg_backend_pid()"
            " and usename not in ('reporter', 'superset') and usename !~ '^reader_'"
            " and application_name <> 'tradewind guard'"
        )
        while self._connection.execute(query).fetchone():
            time.sleep(0.01)


class Database:
    """One run's database; `url` is its address as superuser, `loader_url` as the loader."""

    def __init__(self, owner: URL) -> None:
        self.url = text(owner)
        self.loader_url = text(_as_loader(owner))

    def rows(self, query: str) -> list[tuple]:
        """The rows of a query."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(query).fetchall()


@contextmanager
def throwaway_server(folder: Path, contracts: Sequence[Contract]) -> Iterator[Server]:
    """A server with its data in `folder` and the tables of `contracts`; gone when the block ends."""
    home = Path(tempfile.mkdtemp(prefix="postgres-", dir=folder))
    try:
        postgres.let_through(home / "data")
        postgres.initialise(home / "data", PASSWORD)
        owner = URL.create("postgresql", "postgres", PASSWORD, "127.0.0.1", free_port(), "postgres")
        with _running(home, owner) as process:
            server = Server(process, owner, contracts)
            try:
                yield server
            finally:
                server.close()
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _running(home: Path, owner: URL) -> Iterator[subprocess.Popen]:
    account = postgres.account()
    identity = {"user": account.pw_uid, "group": account.pw_gid} if account else {}
    # Autovacuum would slow down whichever run it coincides with.
    command = postgres.command(home / "data", owner.port, autovacuum="off")
    with (home / "postgres.log").open("wb") as log:
        # In its own session, so that Ctrl-C stops the clients first.
        process = subprocess.Popen(
            command, stdout=log, stderr=log, cwd="/", start_new_session=True, **identity
        )
        try:
            _wait_until_ready(process, owner, home / "postgres.log")
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def _wait_until_ready(process: subprocess.Popen, owner: URL, log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return psycopg.connect(text(owner)).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise RuntimeError(f"Postgres did not start:\n{log.read_text()}")


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and its children so far, including those that have ended."""
    while True:
        try:
            ended = _ticks(pid, 11, 15)
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            running = sum(_ticks(int(child), 11, 13) for child in children)
            # A process that ended in between would be counted twice.
            if _ticks(pid, 11, 15) == ended:
                return (ended + running) / _TICK
        except (FileNotFoundError, ProcessLookupError):
            continue


def _as_loader(owner: URL) -> URL:
    return owner.set(username="loader", password=PASSWORD)


def _ticks(pid: int, first: int, end: int) -> int:
    """Clock ticks of a process: fields 11 and 12 are its own, 13 and 14 those of its ended children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[first:end]))
