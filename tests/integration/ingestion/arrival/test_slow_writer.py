"""A file that its writer still holds open is not loaded, however long the writer has been silent."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingestion.arrival.landing import SETTLED_AFTER
from ingestion.loading import loader
from ingestion.loading.load import load, load_landing

#: Writes one half of its input at once, and the other on request.
WRITER = """
import sys
content = open(sys.argv[1], "rb").read()
middle = content.index(b"\\n", len(content) // 2) + 1
with open(sys.argv[2], "wb") as file:
    file.write(content[:middle])
    file.flush()
    print("half", flush=True)
    sys.stdin.readline()
    file.write(content[middle:])
"""


@pytest.fixture
def half_written(published_csv: Path, landing: Path) -> Iterator[tuple[Path, Callable[[], None]]]:
    """A file in the landing folder whose writer has gone silent, and what makes it finish."""
    path = landing / "sales.csv"
    command = [sys.executable, "-c", WRITER, str(published_csv), str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout.readline() == "half\n"
        time.sleep(2 * SETTLED_AFTER + 0.1)
        yield path, lambda: writer.communicate("go on\n")


def test_in_the_landing_folder(half_written, landing: Path, empty_warehouse: str, query) -> None:
    path, finish = half_written

    (early,) = load_landing(landing, url=empty_warehouse)
    assert early.outcome == "changing"
    assert early.message == "it is still being written: left for the next time"
    assert path.is_file()

    finish()
    (late,) = load_landing(landing, url=empty_warehouse)
    assert (late.outcome, late.rows_loaded) == ("loaded", 700)
    assert query("select state, rows_read from ops.loads") == [("loaded", 700)]


def test_named_on_the_command_line(half_written, published_workbook: Path, empty_warehouse: str) -> None:
    path, finish = half_written

    early, other = load([path, published_workbook], url=empty_warehouse)
    assert (early.outcome, other.outcome) == ("changing", "loaded")

    finish()
    (late,) = load([path], url=empty_warehouse)
    assert (late.outcome, late.rows_loaded) == ("loaded", 700)


def test_beginning_that_is_already_known(published_csv: Path, tmp_path: Path, empty_warehouse: str) -> None:
    path = tmp_path / "longer.csv"
    path.write_bytes(published_csv.read_bytes())
    with path.open("ab"):
        results = load([published_csv, path], url=empty_warehouse)
    assert [result.outcome for result in results] == ["loaded", "changing"]


def test_writer_that_arrives_while_the_file_is_read(
    published_csv: Path, landing: Path, empty_warehouse: str, query, monkeypatch
) -> None:
    """It has not written yet: if the file were moved now, its new rows would be moved along."""
    path = landing / "sales.csv"
    path.write_bytes(published_csv.read_bytes())
    opened = []
    find_tables = loader.find_tables

    def open_then_find(*arguments):
        opened.append(path.open("ab"))
        return find_tables(*arguments)

    monkeypatch.setattr(loader, "find_tables", open_then_find)
    (result,) = load_landing(landing, url=empty_warehouse)
    opened[0].close()

    assert result.outcome == "changing"
    assert path.is_file()
    assert query("select count(*) from ops.loads") == [(0,)]
