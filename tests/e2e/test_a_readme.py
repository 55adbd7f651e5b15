"""The README's commands, word for word and in order, in a clean clone. First: it begins with `make up`."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from ingestion.arrival.landing import waiting_files
from tests.e2e.conftest import Stack, wait_until
from tradewind.settings import ROOT

pytestmark = pytest.mark.e2e

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)

#: This run itself, a part of it, and what would start a second stack beside this one.
NOT_RUN = {"make test", "make lint", "make bench"}

SALES_ROWS = "select rows_loaded from marts.mart_data_status where source = 'sales.transactions'"


def blocks(language: str) -> list[str]:
    found = [text for name, text in BLOCK.findall((ROOT / "README.md").read_text()) if name == language]
    assert found
    return found


def commands() -> list[str]:
    lines = [line.split("  #")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    found = [line for line in lines if line]
    assert found[0] == "make up"
    assert set(found) >= NOT_RUN
    return [line for line in found if line not in NOT_RUN]


def test_every_command_runs(clone: Stack):
    *others, last = commands()
    for command in others:
        output = clone.shell(command)
        if command == "make up":
            assert re.search(r"Rows loaded +[\d,]+ \(0 rejected, sample data\)", output), output
            assert clone.ask(SALES_ROWS) == [(8000,)]
        if command.startswith("cp "):
            wait_until(lambda: not waiting_files(clone.settings.landing), "nobody took the files")
            clone.wait_until_published()
    # the real files have replaced the sample
    assert clone.ask(SALES_ROWS) == [(500,)]
    assert clone.ask("select bool_or(is_sample) from marts.mart_data_status") == [(False,)]
    # not run here, as later files use these figures: the fixture `stack` and test_recovery.py run it
    assert last == "make down"


def test_python_examples_run(clone: Stack):
    clone.shell("make up")
    for block in blocks("python"):
        outcome = subprocess.run(
            [clone.folder / ".venv" / "bin" / "python", "-c", block],
            cwd=clone.folder,
            env=clone.environment,
            capture_output=True,
            text=True,
        )
        assert outcome.returncode == 0, outcome.stderr
        assert "Canada" in outcome.stdout


def test_every_named_target_exists():
    text = (ROOT / "README.md").read_text() + (ROOT / "docs" / "operations.md").read_text()
    named = set(re.findall(r"`make ([\w-]+)", text)) | set(re.findall(r"^make ([\w-]+)", text, re.MULTILINE))
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert named <= targets, sys.stderr
