"""Long work shows its progress: as a bar in a terminal, elsewhere as a line now and then."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys

import pytest

from ingestion.loading import progress
from ingestion.loading.progress import PlainProgress, Progress
from tradewind.settings import ROOT

BAR = """
from ingestion.loading.progress import shown_progress
with shown_progress() as progress:
    progress.begin("sales[red].csv", 1_000_000, 2_000)
    progress.phase("copying")
    for _ in range(4):
        progress.advance(250_000)
    progress._bar.refresh()
"""


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_a_line_every_ten_seconds(clock: list[float]) -> None:
    out = io.StringIO()
    plain = PlainProgress(out)
    plain.begin("sales.csv", 40_000_000, 1_000_000)
    plain.phase("reading")
    for _ in range(4):
        clock[0] += 5
        plain.advance(10_000_000)
    assert out.getvalue().splitlines() == [
        "sales.csv: 50%, 500,000 rows, 2 MB/s, 10 s left",
        "sales.csv: 100%, 1,000,000 rows, 2 MB/s, 0 s left",
    ]


def test_short_work_writes_nothing(clock: list[float]) -> None:
    out = io.StringIO()
    plain = PlainProgress(out)
    plain.begin("sales.csv", 1000, 10)
    plain.phase("reading")
    plain.advance(1000)
    assert out.getvalue() == ""


def test_rows_follow_the_bytes() -> None:
    silent = Progress()
    silent.begin("sales.csv", 1000, 10)
    silent.advance(300)
    assert silent.rows == 3
    silent.begin("unknown.parquet", 0, 0)
    assert silent.rows == 0


def test_a_bar_in_a_terminal() -> None:
    main, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    subprocess.run([sys.executable, "-c", BAR], cwd=ROOT, env=environment, stderr=terminal, check=True)
    os.close(terminal)
    shown = os.read(main, 1 << 16).decode()
    os.close(main)
    assert "sales[red].csv: copying" in shown
    assert "100 %" in shown
    assert "2,000 rows" in shown
