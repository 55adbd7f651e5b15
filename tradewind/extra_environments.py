"""Python environments that only a few commands need: each is created when it is first used."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tradewind.settings import ROOT
from tradewind.stamps import Stamps, digest_of

#: Extracts for Tableau, and notebooks.
ANALYSIS = "analysis"

#: Checks of the dbt project's conventions.
CONVENTIONS = "conventions"

#: Files that are fetched from LANDING_URL.
LANDING = "landing"

#: Servers that tests fetch from.
SERVERS = "servers"

#: Models of forecasts.
FORECAST = "forecast"

#: Spark, and dbt for it.
SPARK = "spark"


class EnvironmentMissing(Exception):
    """The environment cannot be created; the text says which, and why."""


def environment_python(requirements: str, folder: Path | None = None) -> Path:
    """The Python of an environment, which is first created if it is missing or out of date.

    Args:
        requirements: name of a file in `requirements/`, without `.txt`.
        folder: where the environment lives; `.local/<requirements>` where left out.

    Raises:
        EnvironmentMissing: as the class says.
    """
    folder = folder or ROOT / ".local" / requirements
    pinned = ROOT / "requirements" / f"{requirements}.txt"
    python = folder / "venv" / "bin" / "python"
    stamps, digest = Stamps(folder), digest_of([pinned])
    if python.exists() and stamps.is_current("venv.made", digest):
        return python
    own = ROOT / ".local" / "uv" / "bin" / "uv"
    uv = shutil.which("uv") or (str(own) if own.exists() else None)
    if uv is None:
        raise _missing(pinned, "there is no uv on the path or in .local: https://docs.astral.sh/uv")
    print(f"installing requirements/{pinned.name}", file=sys.stderr, flush=True)
    _run(pinned, [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder / "venv")])
    install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--require-hashes"]
    _run(pinned, [*install, "--python", str(python), "--requirements", str(pinned)])
    stamps.set("venv.made", digest)
    return python


def _run(pinned: Path, command: list[str]) -> None:
    outcome = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if outcome.returncode:
        lines = outcome.stdout.strip().splitlines()
        raise _missing(pinned, lines[-1] if lines else f"uv ended with {outcome.returncode}")


def _missing(pinned: Path, reason: str) -> EnvironmentMissing:
    return EnvironmentMissing(f"requirements/{pinned.name} cannot be installed: {reason}")
