"""No process of a program is left behind, however it ends."""

import os
import signal
import subprocess
import sys
import time

import pytest

from deploy.stack.wrapper import mark_of, marked
from tradewind.settings import ROOT

#: A program with a child in its own session; both overwrite their environment with a title, as Airflow's do.
PROGRAM = """
import subprocess, sys, time
from setproctitle import setproctitle
child = "import time; from setproctitle import setproctitle; setproctitle('t' * 5000); time.sleep(600)"
subprocess.Popen([sys.executable, "-c", child], start_new_session=True)
setproctitle("a title " * 500)
time.sleep(1)
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def start(tmp_path):
    wrappers = []

    def run(*command: str) -> tuple[subprocess.Popen, str]:
        wrapper = subprocess.Popen(
            [
                *(sys.executable, "-S", "-E", str(ROOT / "deploy" / "stack" / "wrapper.py")),
                *("--name", "probe", "--state", str(tmp_path), "--", *command),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        wrappers.append(wrapper)
        return wrapper, mark_of("probe", str(tmp_path))

    yield run
    for wrapper in wrappers:
        if wrapper.poll() is None:
            wrapper.terminate()
            wrapper.wait(30)


def gone(mark: str) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if not marked(mark):
            return True
        time.sleep(0.1)
    return False


def test_a_stop_ends_all_processes_of_the_program(start):
    wrapper, mark = start(sys.executable, "-c", PROGRAM)
    assert wrapper.stdout.readline() == "ready\n"
    assert len(marked(mark)) == 2
    wrapper.send_signal(signal.SIGTERM)
    assert wrapper.wait(30) == 128 + signal.SIGTERM
    assert not marked(mark)


def test_all_processes_of_a_killed_program_end(start):
    wrapper, mark = start(sys.executable, "-c", PROGRAM)
    wrapper.stdout.readline()
    os.kill(min(marked(mark)), signal.SIGKILL)
    assert wrapper.wait(30) == 128 + signal.SIGKILL
    assert not marked(mark)


def test_a_killed_wrapper_leaves_no_main_process_and_the_next_start_ends_the_rest(start):
    wrapper, mark = start(sys.executable, "-c", PROGRAM)
    wrapper.stdout.readline()
    family = marked(mark)
    wrapper.kill()
    wrapper.wait(30)
    successor, _ = start("true")
    assert successor.wait(30) == 0
    assert gone(mark)
    assert len(family) == 2


def test_the_exit_code_is_passed_on(start):
    wrapper, _ = start("sh", "-c", "exit 7")
    assert wrapper.wait(30) == 7
