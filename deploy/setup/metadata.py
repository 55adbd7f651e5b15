"""Brings the databases of Airflow and Superset up to date, each in the program's own Python environment."""

from __future__ import annotations

import os
import signal
import subprocess

from deploy.errors import SetupError
from deploy.stack.programs import airflow_environment, python_of, superset_environment
from deploy.stack.wrapper import die_with_parent
from tradewind.dashboards import following
from tradewind.settings import ROOT, Settings
from tradewind.stamps import Stamps, digest_of

DASHBOARDS = ROOT / "tradewind" / "dashboards"

#: What each program's preparation depends on.
INPUTS = {
    "airflow": [ROOT / "requirements" / "pipeline.txt", ROOT / "deploy" / "airflow"],
    "superset": [ROOT / "requirements" / "superset.txt", ROOT / "superset", DASHBOARDS],
}


def is_prepared(settings: Settings, program: str) -> bool:
    """Whether `airflow` or `superset` was prepared with exactly the files that are here now."""
    return Stamps(settings.state / "stamps").is_current(program, digest_of(INPUTS[program]))


def prepare(settings: Settings, program: str) -> None:
    """Prepare `airflow` or `superset`, and record it.

    Raises:
        SetupError: with the end of the program's output.
    """
    digest = digest_of(INPUTS[program])
    {"airflow": prepare_airflow, "superset": prepare_superset}[program](settings)
    Stamps(settings.state / "stamps").set(program, digest)


def prepare_airflow(settings: Settings) -> str:
    """Create or migrate Airflow's tables, and create its administrator."""
    environment = airflow_environment(settings)
    environment["AIRFLOW_ADMIN_PASSWORD"] = settings.get("AIRFLOW_ADMIN_PASSWORD")
    return _run([python_of(".venv"), str(ROOT / "deploy" / "airflow" / "prepare.py")], environment)


def prepare_superset(settings: Settings, *options: str) -> str:
    """Create or migrate Superset's tables and import the dashboards; returns steps and counts.

    Args:
        options: for `tradewind.dashboards.bootstrap`.
    """
    stamps = following.stamps_of(settings, editable="--editable" in options)
    environment = superset_environment(settings)
    for name in ("SUPERSET_ADMIN_PASSWORD", "SUPERSET_REPORTS_PASSWORD"):
        environment[name] = settings.get(name)
    command = [python_of(".venv-superset"), "-m", "tradewind.dashboards.bootstrap", *options]
    output = _run(command, environment)
    following.note(settings, stamps)
    return output


def export_superset(settings: Settings, *options: str) -> str:
    """Write what was changed in the browser back into `superset/assets`; returns paths and counts.

    Args:
        options: for `tradewind.dashboards.export`.
    """
    command = [python_of(".venv-superset"), "-m", "tradewind.dashboards.export", *options]
    return _run(command, superset_environment(settings))


def _run(command: list[str], environment: dict[str, str]) -> str:
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    outcome = subprocess.run(
        command,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        # after an interrupt nobody waits for it any more, so it ends too
        preexec_fn=lambda: die_with_parent(signal.SIGTERM),
    )
    if outcome.returncode:
        tail = "\n".join((outcome.stdout + outcome.stderr).splitlines()[-25:])
        program = next(word for word in command[1:] if word != "-m")
        raise SetupError(f"{program} failed; its output ends with:\n{tail}")
    return outcome.stdout
