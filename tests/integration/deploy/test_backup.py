"""A backup of a server in use is whole or not there, and a restore gives the same rows and files."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from rich.console import Console
from sqlalchemy.engine import URL

from deploy.databases.warehouse import create_database
from deploy.errors import SetupError
from deploy.setup import backup, restore
from deploy.setup.restore import check_whole
from deploy.stack import backups, postgres
from deploy.stack.troubles import _backups
from ingestion.loading.load import load_landing
from tests.conftest import GUARD, PASSWORD, Warehouse, new_warehouse, throw_away_server
from tests.integration.ingestion.sales_files import tidy_rows, write_rows
from tradewind.backups import folder_of, name_of
from tradewind.settings import ROOT, Settings, text

DATABASES = ("airflow", "superset", "warehouse")


@pytest.fixture(scope="module")
def server() -> Iterator[URL]:
    """A server of its own: a backup holds all of its databases."""
    with throw_away_server() as url:
        for name in ("airflow", "superset"):
            create_database(url, name)
            with psycopg.connect(text(url.set(database=name))) as connection:
                connection.execute("create table kept as select generate_series(1, 1000) as number")
        yield url


@pytest.fixture(scope="module")
def warehouse(server: URL) -> Warehouse:
    return new_warehouse(server, "warehouse")


def installation(folder: Path, port: int) -> Settings:
    """Settings of an installation with its state and its landing folder below this one."""
    (folder / "landing").mkdir(parents=True, exist_ok=True)
    state = folder / "state"
    return Settings.load(
        {"TRADEWIND_STATE": str(state), "LANDING_DIR": str(folder / "landing"), "POSTGRES_PORT": str(port)}
    )


@pytest.fixture
def here(server: URL, warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An installation whose databases are on the server, with a file that is loaded and one that waits."""
    settings = installation(tmp_path / "here", server.port)
    settings.state.mkdir()
    secrets = settings.state / "secrets.env"
    secrets.touch(mode=0o600)
    secrets.write_text(f"POSTGRES_PASSWORD={PASSWORD}\n")
    monkeypatch.setenv("TRADEWIND_STATE", str(settings.state))
    with psycopg.connect(warehouse.url("loader"), autocommit=True) as connection:
        if connection.execute("select to_regclass('ops.loads') is not null").fetchone()[0]:
            connection.execute(
                "truncate ops.loads, ops.withdrawals, ops.load_scopes, ops.rejected_rows,"
                " staging.raw_sales_transactions"
            )
    drop_and_load(settings, warehouse, 40)
    write_rows(settings.landing / "waits.csv", tidy_rows(10))
    return Settings.load(
        {"LANDING_DIR": str(settings.landing), "POSTGRES_PORT": str(server.port), **os.environ}
    )


def drop_and_load(settings: Settings, warehouse: Warehouse, rows: int, year: int = 2014) -> int:
    path = write_rows(settings.landing / f"sales_{year}_{rows}.csv", tidy_rows(rows, year))
    return load_landing(settings.landing, [path], url=warehouse.url("loader"))[0].load_id


@pytest.fixture
def there() -> Iterator[Settings]:
    """An installation that has nothing yet."""
    # not in pytest's own temporary folder, which later sessions make inaccessible to the database's account
    folder = Path(tempfile.mkdtemp(prefix="tradewind-restored-"))
    GUARD.folder(folder)
    yield installation(folder, 1)
    shutil.rmtree(folder)


def take(settings: Settings, to: Path) -> backups.Backup:
    return backup.take(settings, to, print)


def put_back(
    settings: Settings, source: Path, *, overwrite: bool = False, told: StringIO | None = None
) -> backups.Backup:
    console = Console(file=told or StringIO())
    return restore.restore(settings, source, console, overwrite=overwrite)


@contextmanager
def running(settings: Settings) -> Iterator[URL]:
    """The restored server, as its superuser."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    owner = postgres.account()
    identity = {"user": owner.pw_uid, "group": owner.pw_gid} if owner else {}
    command = postgres.command(settings.state / "postgres", port, fsync="off")
    process = subprocess.Popen(command, cwd="/", stderr=subprocess.DEVNULL, **identity)
    url = URL.create("postgresql", "postgres", PASSWORD, "127.0.0.1", port, "postgres")
    try:
        for _ in range(300):
            try:
                psycopg.connect(text(url)).close()
                break
            except psycopg.OperationalError:
                time.sleep(0.1)
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def content(url: URL) -> dict[str, tuple]:
    """Rows of each table of each database, and the server's roles with their passwords."""
    found = {}
    for database in DATABASES:
        with psycopg.connect(text(url.set(database=database))) as connection:
            tables = connection.execute(
                "select format('%I.%I', schemaname, tablename) from pg_tables"
                " where schemaname not in ('pg_catalog', 'information_schema') order by 1"
            ).fetchall()
            for (table,) in tables:
                rows = f"select count(*), sum(hashtextextended(t::text, 0)) from {table} as t"
                found[f"{database}.{table}"] = connection.execute(rows).fetchone()
            roles = "select count(*), sum(hashtextextended(r::text, 0)) from pg_authid as r"
            found["roles"] = connection.execute(roles).fetchone()
    return found


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_restore_gives_the_same_rows_roles_and_files(
    here: Settings, there: Settings, server: URL, tmp_path: Path
) -> None:
    wanted, landed = content(server), files(here.landing)
    assert len(wanted) > 20 and len(landed) == 2
    done = take(here, tmp_path / "to")

    for path in (done.path, *done.path.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    put_back(there, tmp_path / "to")
    with running(there) as url:
        assert content(url) == wanted
    assert files(there.landing) == landed
    assert (there.state / "secrets.env").read_bytes() == (here.state / "secrets.env").read_bytes()
    assert stat.S_IMODE((there.state / "secrets.env").stat().st_mode) == 0o600


def test_loads_go_on_meanwhile_and_nothing_is_lost(
    here: Settings, there: Settings, warehouse: Warehouse, server: URL, tmp_path: Path
) -> None:
    """What is loaded while the backup is taken is in the restored warehouse, or waits to be loaded again."""
    is_over = threading.Event()
    loads = []

    def go_on() -> None:
        while not is_over.is_set():
            loads.append(drop_and_load(here, warehouse, 20, year=2015 + len(loads)))

    thread = threading.Thread(target=go_on)
    thread.start()
    while not loads:
        time.sleep(0.05)
    done = take(here, tmp_path / "to")
    is_over.set()
    thread.join()
    assert len(loads) > 1

    put_back(there, done.path)
    with running(there) as url, psycopg.connect(text(url.set(database="warehouse"))) as connection:
        known = dict(connection.execute("select file_name, load_id from ops.loads").fetchall())
        counted = "select _load_id, count(*) from staging.raw_sales_transactions group by 1"
        rows = dict(connection.execute(counted).fetchall())
        recorded = dict(connection.execute("select load_id, rows_loaded from ops.loads").fetchall())
    assert rows == recorded
    assert set(known.values()) >= {loads[0]}
    in_backup = {path.name for path in (done.path / "landing" / "loaded").iterdir()}
    aside = {path.name for path in (there.landing / "loaded").iterdir()}
    assert aside == in_backup.intersection(f"{number}_{name}" for name, number in known.items())
    waiting = {path.name for path in there.landing.iterdir()}
    assert {name.partition("_")[2] for name in in_backup - aside} <= waiting


def test_a_killed_backup_is_none(here: Settings, there: Settings, tmp_path: Path) -> None:
    environment = {**os.environ, "POSTGRES_PORT": str(here.postgres_port), "LANDING_DIR": str(here.landing)}
    command = [sys.executable, "-m", "deploy", "backup", str(tmp_path / "to")]
    for seconds in (0.3, 1.0):
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        while not list((tmp_path / "to").glob("*.part")) and process.poll() is None:
            time.sleep(0.02)
        time.sleep(seconds / 3)
        process.kill()
        process.wait()
        left = [path.name for path in (tmp_path / "to").iterdir()]
        assert backups.backups(tmp_path / "to") == [], left
    with pytest.raises(SetupError, match="is not a backup, and holds none"):
        put_back(there, tmp_path / "to")
    done = take(here, tmp_path / "to")
    assert [path.name for path in (tmp_path / "to").iterdir()] == [done.path.name]


def test_a_damaged_backup_is_refused_and_nothing_changes(
    here: Settings, there: Settings, tmp_path: Path
) -> None:
    done = take(here, tmp_path / "to")
    base = done.path / "postgres" / "base.tar.gz"
    sound = base.read_bytes()
    middle = len(sound) // 2
    for damaged, message in (
        (sound[:-100], "1 of its files are missing or have another size, the first is postgres/base"),
        (sound[:middle] + bytes([sound[middle] ^ 0xFF]) + sound[middle + 1 :], "is damaged"),
    ):
        base.write_bytes(damaged)
        with pytest.raises(SetupError, match=message):
            put_back(there, done.path)
        assert not (there.state / "postgres").exists() and not files(there.landing)
        check_whole(there.state)


def test_databases_are_overwritten_only_on_request(
    here: Settings, there: Settings, warehouse: Warehouse, server: URL, tmp_path: Path
) -> None:
    wanted = content(server)
    done = take(here, tmp_path / "to")
    put_back(there, done.path)
    with pytest.raises(SetupError, match=r"there are databases in .* already: .* YES=1"):
        put_back(there, done.path)
    # loaded after the backup: its load is unknown again, so it waits
    (there.landing / "loaded" / "99_later.csv").write_bytes(b"later")
    other, told = there.landing / "waits.csv", StringIO()
    other.write_bytes(b"other")
    put_back(there, done.path, overwrite=True, told=told)
    assert f"Not put back: the backup's waits.csv, as another file is at {other}\n" in told.getvalue()
    assert other.read_bytes() == b"other"
    with running(there) as url:
        assert content(url) == wanted
    assert (there.landing / "later.csv").read_bytes() == b"later"

    (there.state / restore.MARK).touch()
    with pytest.raises(SetupError, match="a restore was interrupted"):
        check_whole(there.state)
    put_back(there, done.path)
    check_whole(there.state)


def test_the_newest_are_kept_and_unchanged_files_share_their_space(here: Settings, tmp_path: Path) -> None:
    settings = Settings({**here.values, "BACKUP_KEEP": "2", "BACKUP_TO": str(tmp_path / "to")})
    taken = []
    for _ in range(3):
        taken.append(take(settings, folder_of(settings)))
        time.sleep(1)
    found = backups.backups(tmp_path / "to")
    assert [each.path for each in found] == [each.path for each in taken[1:]]
    inodes = {(each.path / "landing" / "waits.csv").stat().st_ino for each in found}
    assert len(inodes) == 1
    assert files(found[-1].path / "landing") == files(here.landing)


@pytest.mark.parametrize(("age", "told"), [(None, "there is none"), (25, None), (27, "the newest is of")])
def test_an_overdue_backup_is_reported(age: int | None, told: str | None, tmp_path: Path) -> None:
    settings = Settings({"TRADEWIND_STATE": str(tmp_path), "BACKUP_TO": str(tmp_path / "to")})
    if age is not None:
        moment = datetime.now(UTC) - timedelta(hours=age)
        (folder := tmp_path / "to" / name_of(moment)).mkdir(parents=True)
        backups.write(folder, moment, "18", "")
    texts = [notice.text for notice in _backups(settings, None)]
    assert [told in text for text in texts] == ([True] if told else [])
    assert list(_backups(Settings({"TRADEWIND_STATE": str(tmp_path)}), None)) == []
