"""Ctrl-C ends commands at once, without a traceback and with exit code 130."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import pytest

from tradewind.settings import ROOT


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["tradewind", "build"], "Interrupted; dashboards show the last complete build"),
        (["ingestion", "load", "landing/README.md"], "error: stopped; what was not finished left no trace"),
    ],
    ids=["build", "load"],
)
def test_while_it_waits_for_the_warehouse(command, said, tmp_path):
    """Waiting for a server that accepts the connection but does not answer."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://owner:secret@127.0.0.1:{silent.getsockname()[1]}/warehouse"
        run = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env={**os.environ, "WAREHOUSE_URL": url, "TRADEWIND_STATE": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        silent.settimeout(120)
        connection, _ = silent.accept()
        run.send_signal(signal.SIGINT)
        _, error = run.communicate(timeout=30)
        connection.close()
    assert run.returncode == 130
    assert error.startswith(said)
    assert "Traceback" not in error
