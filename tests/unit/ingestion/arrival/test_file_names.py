"""Names are bytes; they are shown as text that leads back to the bytes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ingestion.arrival.file_names import LONGEST, numbered, path_shown_as, shell_word, shown_path


@pytest.mark.parametrize(
    "name",
    [b"\xff.csv", b"a\nb\r\t.csv", "\u202e\u00a0.csv".encode(), b"\x80\x85\xa0", "plain é.csv".encode()],
)
def test_a_shown_name_leads_back_to_its_bytes(tmp_path: Path, name: bytes) -> None:
    path = tmp_path / os.fsdecode(name)
    path.touch()
    assert shown_path(path).isprintable()
    assert path_shown_as(shown_path(path)) == path


def test_a_backslash_is_an_ordinary_character(tmp_path: Path) -> None:
    path = tmp_path / r"a\xff\n.csv"
    path.touch()
    assert path_shown_as(shown_path(path)) == path


def test_a_shown_name_without_a_file_stays_as_it_is(tmp_path: Path) -> None:
    assert path_shown_as(f"{tmp_path}/\\udcff.csv") == Path(f"{tmp_path}/\\udcff.csv")


@pytest.mark.parametrize(
    ("name", "number", "expected"),
    [
        ("12_a.csv", 1, "12_a.csv"),
        ("12_a.tar.gz", 3, "12_a.tar~3.gz"),
        (".hidden", 2, ".hidden~2"),
        (f"{'x' * 255}.csv", 1, f"{'x' * 251}.csv"),
        (f"1{'ü' * 127}.csv", 2, f"1{'ü' * 124}~2.csv"),
        (f"12{'€' * 90}.csv", 1, f"12{'€' * 83}.csv"),
        (f"{'x' * 250}.{'y' * 30}", 2, f"{'x' * 250}.yy~2"),
        (os.fsdecode(b"\xe2"), 1, os.fsdecode(b"\xe2")),
        (os.fsdecode(b"\xff" * 300 + b".csv"), 1, os.fsdecode(b"\xff" * 251 + b".csv")),
    ],
)
def test_numbered(name: str, number: int, expected: str) -> None:
    assert numbered(name, number) == expected
    assert len(os.fsencode(expected)) <= LONGEST


@pytest.mark.parametrize(
    "name", ["plain.csv", "-rf.csv", "it's $(x).csv", os.fsdecode(b"\xff'\\\n\xc3\xa9\x1b.csv")]
)
def test_a_shell_reads_a_quoted_name_as_one_word(name: str) -> None:
    word = shell_word(Path(name))
    assert word.isprintable()
    said = subprocess.run(["bash", "-c", f"printf %s {word}"], capture_output=True, check=True).stdout
    assert os.fsdecode(said).removeprefix("./") == name
