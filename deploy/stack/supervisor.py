"""The process manager: writes supervisord's configuration, starts it, and talks to it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import xmlrpc.client
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from supervisor.xmlrpc import SupervisorTransport

from deploy.errors import SetupError
from deploy.stack.programs import FOUNDATION, Program
from deploy.stack.wrapper import STOP_GRACE
from tradewind.settings import ROOT

#: A Unix socket's path must fit into 108 bytes.
LONGEST_SOCKET_PATH = 100

_HEAD = """\
[supervisord]
pidfile={state}/supervisord.pid
logfile={logs}/supervisord.log
logfile_maxbytes=5MB
logfile_backups=1
childlogdir={logs}
directory={root}
minfds=1024
{user}

[unix_http_server]
file={socket}
chmod=0700

[supervisorctl]
serverurl=unix://{socket}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""

_SECTION = "\n[program:"

#: Held while a program's section is changed: programs are prepared in parallel.
_WRITING = threading.Lock()

_PROGRAM = """
[program:{name}]
command={command}
environment={environment}
priority={priority}
autostart={autostart}
autorestart=true
startsecs=2
startretries=1000000
stopwaitsecs={stop_wait}
redirect_stderr=true
stdout_logfile={logs}/{name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=2
"""


@dataclass(frozen=True)
class Supervisor:
    """The supervisor of one installation, identified by its state folder."""

    state: Path

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def configuration(self) -> Path:
        return self.state / "supervisord.conf"

    @property
    def socket(self) -> Path:
        path = self.state / "supervisor.sock"
        if len(str(path)) <= LONGEST_SOCKET_PATH:
            return path
        name = sha256(str(self.state).encode()).hexdigest()[:16]
        return Path(f"/tmp/tradewind-{os.getuid()}-{name}.sock")

    def write(self, programs: list[Program]) -> None:
        """Write the configuration; a supervisor starts only the foundation, until `start_by_itself`."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self._write(self._render(programs))

    def start_by_itself(self, names: Collection[str]) -> None:
        """Let a restarted supervisor start these programs automatically: what they need is prepared."""
        with _WRITING:
            head, *sections = self.configuration.read_text().split(_SECTION)
            for place, section in enumerate(sections):
                if section.partition("]")[0] in names:
                    sections[place] = section.replace("autostart=false", "autostart=true")
            self._write(_SECTION.join([head, *sections]))

    def is_current(self, programs: list[Program]) -> bool:
        """Whether the configuration written is that of these programs, ignoring which start automatically."""
        written = self.configuration.read_text() if self.configuration.is_file() else ""
        return _without_starts(written) == _without_starts(self._render(programs))

    def _write(self, text: str) -> None:
        draft = self.configuration.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(text)
        draft.replace(self.configuration)

    def _render(self, programs: list[Program]) -> str:
        user = "user=root" if os.geteuid() == 0 else ""  # explicit, or else it warns at every start
        parts = [_HEAD.format(state=self.state, logs=self.logs, root=ROOT, socket=self.socket, user=user)]
        for priority, program in enumerate(programs, start=1):
            parts.append(
                _PROGRAM.format(
                    name=program.name,
                    command=_line(self._command(program)),
                    environment=",".join(f'{k}="{_escape(v)}"' for k, v in program.environment.items()),
                    priority=priority,
                    autostart=str(program.name in FOUNDATION).lower(),
                    stop_wait=STOP_GRACE + 10,
                    logs=self.logs,
                )
            )
        return "".join(parts)

    def start(self) -> None:
        """Start supervisord in the background."""
        command = [
            str(Path(sys.executable).with_name("supervisord")),
            "--configuration",
            str(self.configuration),
        ]
        keep = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE")
        environment = {name: os.environ[name] for name in keep if name in os.environ}
        outcome = subprocess.run(command, env=environment, capture_output=True, text=True)
        if outcome.returncode:
            reason = (outcome.stderr.strip() or outcome.stdout.strip()).splitlines()[-1]
            raise SetupError(f"the process manager did not start: {reason}")
        _wait(self.is_running, 10, "the process manager did not answer")

    def is_running(self) -> bool:
        """Whether supervisord answers."""
        try:
            return self._rpc().supervisor.getState()["statename"] == "RUNNING"
        except (OSError, xmlrpc.client.Error):
            return False

    def states(self) -> dict[str, dict]:
        """Supervisor's record of each program by name; empty if it is not running."""
        try:
            return {info["name"]: info for info in self._rpc().supervisor.getAllProcessInfo()}
        except (OSError, xmlrpc.client.Error):
            return {}

    def _answered(self) -> dict[str, dict]:
        """As `states`.

        Raises:
            SetupError: the supervisor does not answer.
        """
        if states := self.states():
            return states
        raise SetupError("the process manager does not answer: make up starts it again")

    def launch(self, names: list[str]) -> None:
        """Start programs that are not running yet; returns without waiting for them."""
        states = self._answered()
        for name in names:
            if states[name]["statename"] not in ("RUNNING", "STARTING", "BACKOFF"):
                self._rpc().supervisor.startProcess(name, False)

    def stop_programs(self, names: list[str]) -> None:
        """Stop those of the programs that are running."""
        states = self._answered()
        for name in names:
            if states[name]["statename"] in ("RUNNING", "STARTING", "BACKOFF"):
                self._rpc().supervisor.stopProcess(name)

    def stop(self) -> bool:
        """Stop all programs and the supervisor; False if nothing was running."""
        if not self._is_alive():
            return False
        # if it is already stopping, for another caller, only wait for it
        if self.is_running():
            self._rpc().supervisor.shutdown()
        _wait(lambda: not self._is_alive(), 90, "the programs did not stop")
        return True

    def _is_alive(self) -> bool:
        """Whether supervisord's process exists; while it shuts down, it no longer answers."""
        try:
            pid = int(self.configuration.with_suffix(".pid").read_text())
            return str(self.configuration).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return False

    def log_tail(self, name: str, lines: int = 15) -> str:
        """The last lines of a program's log."""
        log = self.logs / f"{name}.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.is_file() else ""

    def _command(self, program: Program) -> list[str]:
        if program.bare:
            return program.command
        account = ["--account", program.account] if program.account else []
        signals = ["--stop", program.stop, "--kill", program.kill]
        wrapper = [sys.executable, "-S", "-E", str(ROOT / "deploy" / "stack" / "wrapper.py")]
        return [
            *wrapper,
            "--name",
            program.name,
            "--state",
            str(self.state),
            *account,
            *signals,
            "--",
            *program.command,
        ]

    def _rpc(self) -> xmlrpc.client.ServerProxy:
        transport = SupervisorTransport(None, None, f"unix://{self.socket}")
        return xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)


def _without_starts(configuration: str) -> str:
    return configuration.replace("autostart=true", "autostart=false")


def _escape(value: str) -> str:
    return value.replace("%", "%%").replace('"', '\\"')


def _line(command: list[str]) -> str:
    return " ".join('"' + _escape(part) + '"' for part in command)


def _wait(condition, seconds: float, message: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SetupError(f"{message} within {seconds:.0f} s: see make logs")
        time.sleep(0.1)
