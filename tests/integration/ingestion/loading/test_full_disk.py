"""A full disk loses no row: a load reports it and leaves nothing, and succeeds when there is room."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import URL

from deploy.stack import postgres
from ingestion.loading.load import load_landing
from tests.conftest import Warehouse
from tests.integration.ingestion.command import run
from tests.integration.ingestion.disks import on_small_disk
from tests.integration.ingestion.sales_files import BULK_ROWS, WRITE, state, write_tidy_file
from tests.integration.ingestion.servers import own_server
from tradewind.settings import text

#: Bytes that are left on a full disk; every load needs more.
LEFT = 256 * 1024

#: Good rows of a tidy file.
LOADED = BULK_ROWS * 99 // 100


@pytest.fixture(scope="module")
def disk(free_port) -> Iterator[tuple[Warehouse, Path]]:
    """A warehouse whose tables are on a small disk, and the path of that disk; its log is elsewhere."""
    with tempfile.TemporaryDirectory(prefix="tradewind-tests-") as name:
        folder = Path(name)
        postgres.let_through(folder / "small")
        command = on_small_disk(folder, "64m", postgres.account())
        with own_server(free_port, command) as server:
            warehouse = server.warehouse()
            _put_into_tablespace(server.url, folder)
            yield warehouse, Path(f"/proc/{server.process.pid}/root", *folder.parts[1:])


@pytest.fixture(scope="module")
def warehouse(disk: tuple[Warehouse, Path]) -> Warehouse:
    """Replaces the one on the server of all tests."""
    return disk[0]


@pytest.fixture
def fill(disk: tuple[Warehouse, Path]) -> Iterator[Callable[[], Path]]:
    """Fills the disk; returns the file that does."""
    filler = disk[1] / "filler"

    def write() -> Path:
        free = os.statvfs(disk[1]).f_bavail * os.statvfs(disk[1]).f_frsize
        filler.write_bytes(bytes(free - LEFT))
        return filler

    yield write
    filler.unlink(missing_ok=True)


def _put_into_tablespace(server: URL, folder: Path) -> None:
    with psycopg.connect(text(server), autocommit=True) as connection:
        connection.execute(f"create tablespace small location '{folder}'")
        connection.execute("alter database warehouse set tablespace small")


@pytest.mark.parametrize("way", WRITE)
def test_full_disk_of_the_warehouse(
    way: str, landing: Path, empty_warehouse: str, query, empty, fill, tmp_path: Path
) -> None:
    original = WRITE[way](tmp_path)
    waiting = Path(shutil.copy2(original, landing))
    load_landing(landing, url=empty_warehouse)
    undisturbed = state(query)
    empty()
    nothing = state(query)

    shutil.copy2(original, landing)
    filler = fill()
    with pytest.raises(psycopg.errors.DiskFull, match="No space left on device"):
        load_landing(landing, url=empty_warehouse)
    assert state(query) == nothing
    assert waiting.read_bytes() == original.read_bytes()

    filler.unlink()
    load_landing(landing, url=empty_warehouse)
    assert state(query) == undisturbed
    assert not waiting.exists()


def test_command_says_so(warehouse: Warehouse, empty_warehouse: str, fill, tmp_path: Path) -> None:
    path = write_tidy_file(tmp_path / "tidy.csv")
    assert run(warehouse, "status").returncode == 0
    fill()
    outcome = run(warehouse, "load", path)

    assert (outcome.returncode, outcome.stdout) == (1, "")
    (line,) = outcome.stderr.splitlines()
    assert line.startswith("error: the warehouse failed (could not extend file")
    assert "No space left on device" in line
    assert line.endswith("): what was not finished left no trace; put it right, and run this again")


def test_no_disk_space_to_unpack_on(
    warehouse: Warehouse, empty_warehouse: str, query, tmp_path: Path
) -> None:
    tidy, path = write_tidy_file(tmp_path / "tidy.csv"), tmp_path / "tidy.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(tidy, tidy.name)
    (small := tmp_path / "small").mkdir()

    outcome = run(warehouse, "load", path, before=on_small_disk(small, "1m"), TMPDIR=str(small))
    assert (outcome.returncode, outcome.stderr) == (1, "")
    assert "the disk has 1 MiB: make room on the disk, or deliver it in smaller files" in outcome.stdout
    ((held, *rest),) = query("select load_id, state, rows_loaded from ops.loads")
    assert rest == ["held", 0]

    assert run(warehouse, "replay", held).returncode == 0
    assert query("select state, file_name, rows_loaded from ops.loads order by load_id") == [
        ("resolved", "tidy.zip", 0),
        ("loaded", "tidy.zip/tidy.csv", LOADED),
    ]


def test_no_disk_space_to_filter_on(
    warehouse: Warehouse, empty_warehouse: str, query, tmp_path: Path
) -> None:
    """A large file's broken rows cannot be filtered out, so all rows are read one by one."""
    path = write_tidy_file(tmp_path / "tidy.csv")
    (small := tmp_path / "small").mkdir()

    outcome = run(warehouse, "load", path, before=on_small_disk(small, "1m"), TMPDIR=str(small))

    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert query("select way, rows_loaded, rows_rejected from ops.loads") == [
        ("rows", LOADED, BULK_ROWS - LOADED)
    ]
