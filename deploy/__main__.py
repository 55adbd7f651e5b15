"""Command line behind the Makefile: `python -m deploy up`, `down`, `status` and the rest of `COMMANDS`."""

from __future__ import annotations

import argparse
import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from deploy.databases.make import make_readers
from deploy.errors import SetupError
from deploy.setup.backup import take
from deploy.setup.metadata import export_superset, prepare_superset
from deploy.setup.restore import restore
from deploy.setup.up import up
from deploy.stack.rest import RestError
from deploy.stack.status import show_status
from deploy.stack.supervisor import Supervisor
from tradewind.backups import folder_of
from tradewind.lock import alone
from tradewind.settings import ROOT, SettingError, Settings

#: Everything that an installation keeps in its state folder.
OURS = (
    *("airflow", "dbt", "impact", "logs", "postgres", "stamps", "superset"),
    *("postgres.new", "postgres.old", "restore.log", "restoring", "secrets.new"),
    *(
        "forecast.looked",
        "guard.alive",
        "secrets.env",
        "supervisord.conf",
        "supervisord.pid",
        "supervisor.sock",
    ),
)


def main(arguments: list[str]) -> int:
    """Run one command and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument(
        "arguments",
        nargs="*",
        help="of logs: programs; of export-dashboards: slugs; of user: name and role; of backup and restore:"
        " a folder",
    )
    options = parser.parse_args(arguments)
    console = Console()
    try:
        return COMMANDS[options.command](Settings.load(), console, options.arguments)
    except KeyboardInterrupt:
        print(f"Interrupted. {INTERRUPTED.get(options.command, 'Run it again.')}", file=sys.stderr)
        return 130
    except (SetupError, SettingError) as error:
        message = str(error)
    except RestError as error:
        message = f"{error}; was a password changed? It must match the one in secrets.env"
    except PermissionError as error:
        message = f"no permission for {error.filename}: run as its owner, or chown it"
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        message = f"the disk of {error.filename or ROOT} is full: make room and run again"
    print(f"error: {message}", file=sys.stderr)
    return 1


def _up(_settings: Settings, console: Console, _programs: list[str]) -> int:
    up(console)
    return 0


def _down(settings: Settings, console: Console, _programs: list[str]) -> int:
    if not settings.state.is_dir():
        console.print("Nothing was running.")
        return 0
    with alone(settings.state, console.print):
        stopped = Supervisor(settings.state).stop()
    console.print("Stopped; the data stays." if stopped else "Nothing was running.")
    return 0


def _status(settings: Settings, console: Console, _programs: list[str]) -> int:
    return 0 if show_status(settings, console) else 1


def _logs(settings: Settings, _console: Console, programs: list[str]) -> int:
    folder = Supervisor(settings.state).logs
    logs = [folder / f"{name}.log" for name in programs] if programs else sorted(folder.glob("*.log"))
    missing = [log.stem for log in logs if not log.is_file()]
    if missing or not logs:
        raise SetupError(
            f"no log of {', '.join(missing) or 'any program'} in {folder}: make status lists the programs"
        )
    follow = ["-F"] if sys.stdout.isatty() else []
    os.execvp("tail", ["tail", "-n", "20", *follow, *map(str, logs)])


def _backup(settings: Settings, console: Console, arguments: list[str]) -> int:
    to = Path(arguments[0]).absolute() if arguments else folder_of(settings)
    done = take(settings, to, console.print)
    console.print(f"{done.path}: {done.size / 1e6:,.1f} MB", markup=False, highlight=False, soft_wrap=True)
    if done.outside:
        console.print(f"The warehouse at {done.outside} is not in it: back it up with its own server.")
    return 0


def _restore(settings: Settings, console: Console, arguments: list[str]) -> int:
    if not arguments:
        raise SetupError("name a backup, or a folder of backups: make restore FROM=folder")
    done = restore(settings, Path(arguments[0]), console, overwrite=settings.get("YES") == "1")
    console.print(f"Everything is as on {done.taken_at:%d %B %Y at %H:%M:%S} UTC. Start it with make up.")
    return 0


def _reset(settings: Settings, console: Console, _programs: list[str]) -> int:
    if settings.get("YES") != "1":
        raise SetupError(
            f"reset stops everything and deletes all databases, logs and secrets in {settings.state}; "
            "files in landing/ stay. If you want that, run make reset YES=1"
        )
    if settings.state.is_dir():
        with alone(settings.state, console.print):
            _delete(settings)
    console.print("Databases, logs and secrets are deleted. Start again with make up.")
    return 0


def _delete(settings: Settings) -> None:
    Supervisor(settings.state).stop()
    for name in OURS:  # the folder may be one of the user's, with other things in it
        path = settings.state / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _dashboards(settings: Settings, console: Console, _programs: list[str]) -> int:
    options = ["--editable"] if settings.get("EDITABLE") == "1" else []
    # first, because its checks report what is wrong with security.yaml, which both steps use
    _print(console, prepare_superset(settings, "--assets-only", *options))
    make_readers(settings)
    return 0


def _export_dashboards(settings: Settings, console: Console, slugs: list[str]) -> int:
    _print(console, export_superset(settings, *(["--only", *slugs] if slugs else [])))
    return 0


def _print(console: Console, text: str) -> None:
    console.print(text, end="", markup=False, highlight=False, soft_wrap=True)


def _check_dashboards(settings: Settings, _console: Console, _arguments: list[str]) -> int:
    return _ask_superset(settings, "check_dashboards")


def _user(settings: Settings, _console: Console, arguments: list[str]) -> int:
    if len(arguments) != 2 or not all(arguments):
        raise SetupError('name a user and a role: make user NAME=ada ROLE="Executive"')
    return _ask_superset(settings, "users", *arguments)


def _ask_superset(settings: Settings, program: str, *arguments: str) -> int:
    """Run a program of `tradewind.dashboards` as the administrator of the running Superset."""
    url = f"http://127.0.0.1:{settings.superset_port}"
    command = [sys.executable, "-m", f"tradewind.dashboards.{program}", "--url", url, *arguments]
    environment = {**os.environ, "SUPERSET_PASSWORD": settings.get("SUPERSET_ADMIN_PASSWORD")}
    return subprocess.run(command, cwd=ROOT, env=environment).returncode


#: What keeps running after Ctrl-C, and what to do.
INTERRUPTED = {
    "up": "What was started keeps running. make status shows it, make up continues, make down stops it.",
    "down": "The programs are still stopping. make status shows any that run, make down waits for them.",
    "backup": "The unfinished backup is deleted.",
    "restore": "If make up says that a restore was interrupted, run it again.",
    "reset": "Part of the state is deleted. make reset YES=1 deletes the rest.",
    "dashboards": "Some dashboards may be older than others. make dashboards imports all of them.",
}

COMMANDS = {
    "up": _up,
    "down": _down,
    "status": _status,
    "logs": _logs,
    "backup": _backup,
    "restore": _restore,
    "reset": _reset,
    "dashboards": _dashboards,
    "export-dashboards": _export_dashboards,
    "check-dashboards": _check_dashboards,
    "user": _user,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
