"""The commands that people type: what they print and their exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tradewind.settings import ROOT


@pytest.fixture
def run(warehouse, empty_warehouse: str, tmp_path: Path):
    """Runs `python -m ingestion …` on the module's warehouse."""

    def command(*arguments: object, **variables: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "ingestion", *map(str, arguments)],
            cwd=ROOT,
            env={**warehouse.environment(), "LANDING_DIR": str(tmp_path / "landing"), **variables},
            capture_output=True,
            text=True,
        )

    return command


def test_load_and_status(run, published_csv: Path, published_workbook: Path, tmp_path: Path) -> None:
    assert run("status").stdout == "nothing was loaded yet: make load FILES=…\n"

    first = run("load", published_csv, published_workbook)
    assert first.returncode == 0
    assert first.stdout.splitlines() == [
        "File\tSource\tLoad\tOutcome\tRead\tLoaded\tRejected\tNote",
        "Financials.csv\tsales.transactions\t1\tloaded\t700\t700\t0\t",
        "Financial Sample.xlsx\tsales.transactions\t2\tloaded\t700\t700\t0\t",
    ]
    again = run("load", published_csv)
    assert again.returncode == 0
    assert "already loaded as Financials.csv, load 1: nothing to do" in again.stdout

    broken = tmp_path / "broken.csv"
    broken.write_bytes(published_csv.read_bytes().replace(b"01/01/2014", b"31/02/2014", 2))
    assert run("load", broken).returncode == 0
    assert run("rejected", 3).stdout.splitlines() == [
        "Load\tFile\tColumn\tReason\tRows\tFirst line\tExample",
        "3\tbroken.csv\tDate\t… is not a day of the calendar\t2\t2\t31/02/2014",
    ]
    assert run("rejected", 3, "--rows").stdout.splitlines() == [
        "Load\tFile\tLine\tColumn\tValue\tReason",
        "3\tbroken.csv\t2\tDate\t31/02/2014\t'31/02/2014' is not a day of the calendar",
        "3\tbroken.csv\t3\tDate\t31/02/2014\t'31/02/2014' is not a day of the calendar",
    ]
    assert [row["line"] for row in json.loads(run("rejected", "--json").stdout)] == [2, 3]
    ledger = json.loads(run("status", "--json").stdout)
    assert [(row["file_name"], row["state"], row["rows_rejected"]) for row in ledger] == [
        ("Financials.csv", "loaded", 0),
        ("Financial Sample.xlsx", "loaded", 0),
        ("broken.csv", "loaded", 2),
    ]
    assert run("rejected", 1).stdout == "no rejected rows\n"


def test_something_held_ends_with_1(run, published_csv: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    outcome = run("load", published_csv, tmp_path / "empty.csv")
    assert outcome.returncode == 1
    assert "nothing taken: the file is empty" in outcome.stdout
    assert run("load", tmp_path / "nowhere.csv").returncode == 1


def test_wrong_usage_ends_with_2(run) -> None:
    for arguments in ([], ["load"], ["lode"], ["sample", "--rows", "0"], ["sample", "--until", "2026-13"]):
        assert run(*arguments).returncode == 2


def test_sample_files_are_marked(run, tmp_path: Path) -> None:
    written = run("sample", "--rows", 300, "--until", "2025-06", "--seed", 5)
    folder = tmp_path / "landing" / "sample"
    lines = written.stdout.splitlines()
    assert lines[0].strip() == f"300 rows in {folder / 'sales_until_2025-06.csv'}"
    assert {line.rpartition(" ")[2] for line in lines} == {str(path) for path in folder.iterdir()}
    assert run("load", tmp_path / "landing").returncode == 0
    ledger = json.loads(run("status", "--json").stdout)
    assert [row["is_sample"] for row in ledger] == [True] * len(lines)


def test_no_server(run, published_csv: Path) -> None:
    outcome = run("load", published_csv, WAREHOUSE_URL="postgresql://loader:x@127.0.0.1:1/warehouse")
    assert outcome.returncode == 1
    (line,) = outcome.stderr.splitlines()
    assert line.startswith("error: no warehouse at 127.0.0.1:1 (")
    assert line.endswith("is the stack up? make up")


def test_sources_are_checked(run) -> None:
    assert run("sources", "--check").returncode == 0
