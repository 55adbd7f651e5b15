"""Commands wait for each other and for slow programs, say for what, and end at once when interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from itertools import count
from pathlib import Path

import pytest
from rich.console import Console

from deploy.errors import SetupError
from deploy.stack.patience import cpu_seconds, wait_while_it_moves
from deploy.stack.programs import FOUNDATION, programs
from deploy.stack.steps import Steps
from deploy.stack.supervisor import Supervisor
from deploy.stack.wrapper import MARK, mark_of
from tests.unit.deploy.setup.test_secrets_and_configuration import settings_with_secrets
from tradewind.settings import ROOT

HOLD = """
import sys
from functools import partial
from pathlib import Path
from tradewind.lock import alone
with alone(Path(sys.argv[-1]), partial(print, flush=True)):
    print("mine", flush=True)
    sys.stdin.read()
"""


def hold(folder: Path) -> subprocess.Popen:
    # called like make up, and so reported by that name
    command = [sys.executable, "-c", HOLD, "deploy", "up", folder]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_the_second_waits_for_the_first_and_says_so(tmp_path):
    first = hold(tmp_path)
    assert first.stdout.readline() == "mine\n"
    second = hold(tmp_path)
    waits = f"make up (process {first.pid}) is running here: waiting for it to finish …\n"
    assert second.stdout.readline() == waits
    first.kill()  # whatever ends it, it leaves no lock behind
    assert second.stdout.readline() == "mine\n"
    second.communicate("")
    assert (first.wait(), second.wait()) == (-signal.SIGKILL, 0)
    assert list(tmp_path.iterdir()) == []


def test_waiting_can_be_interrupted(tmp_path):
    first, second = hold(tmp_path), None
    first.stdout.readline()
    second = hold(tmp_path)
    second.stdout.readline()
    second.send_signal(signal.SIGINT)
    assert second.wait(20) != 0
    first.communicate("")


def test_waits_as_long_as_there_is_progress():
    began = time.monotonic()
    moves = count()
    assert wait_while_it_moves(
        lambda: time.monotonic() - began > 4, lambda: next(moves), seconds=3.5, say=lambda: None
    )
    assert next(moves) > 0


def test_gives_up_without_progress():
    began = time.monotonic()
    assert not wait_while_it_moves(lambda: False, lambda: "still", seconds=0.5, say=lambda: None)
    assert time.monotonic() - began >= 0.5


def test_work_of_a_program_is_seen(tmp_path):
    """Including that of its children, but not that of other installations."""
    burn = "import time\nwhile time.process_time() < 1.2: pass\nprint('done', flush=True); time.sleep(600)"
    environment = {**os.environ, MARK: mark_of("probe", str(tmp_path), 7)}
    program = subprocess.Popen(
        ["sh", "-c", '"$0" -c "$1" & wait', sys.executable, burn],
        env=environment,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    program.stdout.readline()
    try:
        assert cpu_seconds(tmp_path, ["probe"]) >= 1
        assert cpu_seconds(tmp_path, ["other"]) == cpu_seconds(tmp_path / "other", ["probe"]) == 0
    finally:
        os.killpg(program.pid, signal.SIGKILL)
        program.wait()


TOGETHER = """
import time
from rich.console import Console
from deploy.stack.steps import Steps
steps = Steps(Console())
def hang():
    with steps.step("hangs"):
        print("at work", flush=True)
        time.sleep(600)
steps.run_together(hang, lambda: None)
"""


def test_an_interrupted_command_waits_for_nobody():
    run = subprocess.Popen(
        [sys.executable, "-c", TOGETHER],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert run.stdout.readline() == "at work\n"
    run.send_signal(signal.SIGINT)
    output, error = run.communicate(timeout=20)
    assert error.rstrip().endswith("KeyboardInterrupt")
    assert "hangs" not in output


def test_the_first_fault_is_raised_when_all_have_ended():
    done = []

    def fail() -> None:
        raise SetupError("port taken")

    with pytest.raises(SetupError, match="port taken"):
        Steps(Console(quiet=True)).run_together(fail, lambda: done.append(1))
    assert done == [1]


def test_programs_start_automatically_once_they_are_prepared(tmp_path):
    settings = settings_with_secrets(tmp_path)
    supervisor = Supervisor(settings.state)
    supervisor.write(programs(settings))

    def starts() -> set[str]:
        sections = supervisor.configuration.read_text().split("[program:")[1:]
        return {section.partition("]")[0] for section in sections if "autostart=true" in section}

    assert starts() == set(FOUNDATION)
    supervisor.start_by_itself(["superset"])
    assert starts() == {*FOUNDATION, "superset"}
    assert supervisor.is_current(programs(settings))
    supervisor.start_by_itself([program.name for program in programs(settings)])
    assert starts() == {program.name for program in programs(settings)}
    assert supervisor.is_current(programs(settings))
