"""Everything that tests start ends with them, however they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tradewind.settings import ROOT

#: A test with a server, and with a daemon that has left its session, its environment and its parent.
TEST = """
import os, subprocess, sys, time
from pathlib import Path
from tests.conftest import GUARD, throw_away_server

def test_that_is_ended():
    here = Path(__file__).parent
    daemon = "import time; time.sleep(600)"
    folder = here / "daemon"
    folder.mkdir()
    GUARD.folder(folder)
    subprocess.run(["setsid", "--fork", sys.executable, "-c", daemon], env={}, cwd=folder)
    if SERVER:
        with throw_away_server() as url:
            (here / "ready").write_text(str(os.getpid()))
            time.sleep(600)
    child = subprocess.Popen(["sleep", "600"], start_new_session=True)
    (here / "ready").write_text(str(os.getpid()))
    child.wait()
"""


def start(folder: Path, *options: str, server: bool) -> tuple[subprocess.Popen, int]:
    """pytest running that test; the process, and the id of the process that runs the test."""
    (folder / "test_it.py").write_text(TEST.replace("SERVER", str(server)))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    run = subprocess.Popen(
        [*command, *options, "--rootdir", folder, folder / "test_it.py"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder / "tmp")},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until((folder / "ready").exists)
    wait_until(lambda: (folder / "ready").read_text().isdigit())
    return run, int((folder / "ready").read_text())


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def related(folder: Path) -> list[str]:
    """Command lines of the processes that use the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            traces = [(process / name).read_bytes() for name in ("cmdline", "environ")]
            traces.append(os.fsencode((process / "cwd").readlink()))
        except OSError:
            continue
        if any(os.fsencode(folder) in trace for trace in traces) and int(process.name) != os.getpid():
            found.append(traces[0].replace(b"\0", b" ").decode(errors="replace"))
    return found


def interrupt_all(run: subprocess.Popen, _test: int) -> None:
    os.killpg(run.pid, signal.SIGINT)


def terminate(run: subprocess.Popen, _test: int) -> None:
    run.terminate()


def kill(run: subprocess.Popen, _test: int) -> None:
    run.kill()


def kill_the_worker(_run: subprocess.Popen, test: int) -> None:
    os.kill(test, signal.SIGKILL)


@pytest.mark.parametrize(
    ("end", "options", "server"),
    [
        (interrupt_all, ("-n1",), True),
        (terminate, (), False),
        (kill, ("-n1",), True),
        (kill_the_worker, ("-n1", "--max-worker-restart=0"), False),
    ],
    ids=["interrupt", "terminate", "kill", "kill-worker"],
)
def test_no_process_is_left(tmp_path: Path, end: Callable, options: tuple[str, ...], server: bool) -> None:
    (tmp_path / "tmp").mkdir()
    run, test = start(tmp_path, *options, server=server)
    assert len(related(tmp_path)) >= 3
    end(run, test)
    run.wait(60)
    wait_until(lambda: not related(tmp_path))
    wait_until(lambda: not list((tmp_path / "tmp").glob("tradewind-*")))
    assert not (tmp_path / "daemon").exists()
