"""`make restore`: an installation as it was when a backup was taken; `make up` then starts it.

Everything is unpacked beside what is there, and the server is started on it once, before anything is
replaced.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import tarfile
import time
from contextlib import suppress
from pathlib import Path

import psycopg
from dotenv import dotenv_values
from rich.console import Console

from deploy.errors import SetupError
from deploy.setup.backup import copy_with_time, is_same, verify
from deploy.stack import backups, postgres
from deploy.stack.backups import Backup
from deploy.stack.steps import Steps
from deploy.stack.supervisor import Supervisor
from ingestion.arrival import landing as places
from tradewind.lock import alone
from tradewind.settings import Settings

#: There while a restore replaces what was there: until it is repeated, nothing may start.
MARK = "restoring"

#: Seconds that a server may need for its recovery.
_PATIENCE = 600

_ASIDE = re.compile(r"(\d+)_(.+)", re.DOTALL)


def check_whole(state: Path) -> None:
    """Refuse to start what a restore has half replaced.

    Raises:
        SetupError: a restore was interrupted.
    """
    if (state / MARK).exists():
        raise SetupError(
            "a restore was interrupted, and nothing is whole here: run make restore FROM=… again"
        )


def restore(settings: Settings, source: Path, console: Console, *, overwrite: bool) -> Backup:
    """Put back databases, secrets and landing files from a backup, or from the newest one in a folder.

    Args:
        overwrite: also where databases are, which are then lost.

    Raises:
        SetupError: there is no whole backup, it is of another version of Postgres, there are databases
            already, or its databases do not start. Then everything is as it was.
    """
    backup = backups.find(source.absolute())
    if backup.postgres != postgres.MAJOR:
        raise SetupError(f"{backup.path} is of PostgreSQL {backup.postgres}, and this is {postgres.MAJOR}")
    settings.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with alone(settings.state, console.print):
        state = settings.state
        is_there = (state / "postgres").exists() and not (state / MARK).exists()
        if is_there and not overwrite:
            raise SetupError(
                f"there are databases in {state} already: a restore would replace them. If you want that, run"
                f" make restore FROM={source} YES=1"
            )
        steps = Steps(console)
        draft = state / "postgres.new"
        try:
            with steps.step("Databases unpacked and checked"):
                _unpack(backup.path / backups.CLUSTER, draft)
                loads = _try_out(draft, backup)
            with steps.step("Databases, secrets and files in place"):
                Supervisor(state).stop()
                (state / MARK).touch(mode=0o600)
                _replace(state, draft, backup)
                kept = _put_back_files(backup.path / backups.LANDING, settings.landing, loads)
                (state / MARK).unlink()
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        for path in kept:
            console.print(
                f"Not put back: the backup's {path.name}, as another file is at {path}",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )
    return backup


def _unpack(cluster: Path, target: Path) -> None:
    verify(cluster)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(mode=0o700)
    for archive, folder in (("base", target), ("pg_wal", target / "pg_wal")):
        folder.mkdir(mode=0o700, exist_ok=True)
        with tarfile.open(cluster / f"{archive}.tar.gz") as packed:
            packed.extractall(folder, filter="data")
    owner = postgres.account()
    for parent, folders, names in os.walk(target):
        for path, mode in (*((each, 0o700) for each in folders), *((each, 0o600) for each in names)):
            Path(parent, path).chmod(mode)
            if owner:
                os.chown(Path(parent, path), owner.pw_uid, owner.pw_gid)
    if owner:
        os.chown(target, owner.pw_uid, owner.pw_gid)


def _try_out(data: Path, backup: Backup) -> set[int]:
    """Start the server on the unpacked data, and stop it; returns the loads that its ledger has.

    Raises:
        SetupError: it does not start, or does not know the backup's password.
    """
    postgres.let_through(data)
    postgres.open_programs()
    password = dotenv_values(backup.path / backups.SECRETS).get("POSTGRES_PASSWORD")
    owner = postgres.account()
    identity = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
    port = _free_port()
    log = data.with_name("restore.log")
    with log.open("wb") as output:
        server = subprocess.Popen(
            postgres.command(data, port), stdout=output, stderr=output, cwd="/", **identity
        )
    try:
        found = _ask(server, port, password, log)
        server.send_signal(signal.SIGINT)
        if server.wait(120):
            raise SetupError(f"the restored server did not stop well: {_last_line(log)}")
        log.unlink()
        return found
    finally:
        if server.poll() is None:
            server.kill()
            server.wait()


def _ask(server: subprocess.Popen, port: int, password: str, log: Path) -> set[int]:
    deadline = time.monotonic() + _PATIENCE
    while server.poll() is None and time.monotonic() < deadline:
        with suppress(psycopg.OperationalError):
            where = {"host": "127.0.0.1", "port": port, "user": "postgres", "password": password}
            with psycopg.connect(dbname="postgres", **where) as connection:
                names = {name for (name,) in connection.execute("select datname from pg_database")}
            if missing := {"airflow", "superset"} - names:
                raise SetupError(f"the backup lacks the databases {', '.join(sorted(missing))}")
            if "warehouse" not in names:
                return set()
            with psycopg.connect(dbname="warehouse", **where) as connection:
                return {number for (number,) in connection.execute("select load_id from ops.loads")}
        time.sleep(0.2)
    raise SetupError(f"the restored server does not start: {_last_line(log)}")


def _replace(state: Path, draft: Path, backup: Backup) -> None:
    """Put the new databases and secrets in the place of those that are there."""
    secrets = state / "secrets.new"
    secrets.touch(mode=0o600)
    shutil.copyfile(backup.path / backups.SECRETS, secrets)
    old = state / "postgres.old"
    shutil.rmtree(old, ignore_errors=True)
    if (state / "postgres").exists():
        (state / "postgres").rename(old)
    secrets.replace(state / "secrets.env")
    draft.rename(state / "postgres")
    shutil.rmtree(old, ignore_errors=True)
    # Airflow's and Superset's tables may be of an older version, and charts cached from other figures.
    for name in ("stamps", "superset"):
        shutil.rmtree(state / name, ignore_errors=True)
    places.forget_taken()


def _put_back_files(source: Path, landing: Path, loads: set[int]) -> list[Path]:
    """Copy the files to the landing folder; what the ledger does not know of waits there to be loaded.

    Returns the files that stay because they differ from those of the backup.
    """
    landing.mkdir(parents=True, exist_ok=True)
    kept = []
    for path in sorted(source.rglob("*")):
        target = landing / path.relative_to(source)
        if path.is_dir():
            target.mkdir(exist_ok=True)
        elif not target.exists():
            copy_with_time(path, target)
        elif not is_same(target, path.stat()):
            kept.append(target)
    for folder in (places.LOADED, places.HELD):
        for path in sorted((landing / folder).glob("*")):
            found = _ASIDE.fullmatch(path.name)
            if found and int(found[1]) not in loads:
                free = landing / found[2]
                path.rename(landing / path.name if free.exists() else free)
    return kept


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def _last_line(log: Path) -> str:
    return (log.read_text(errors="replace").strip().splitlines() or ["no message"])[-1]
