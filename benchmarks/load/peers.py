"""dlt's own environment: what is only compared with must not be among the project's requirements."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from deploy.stamps import Stamps, digest_of
from tradewind.settings import ROOT

_REQUIREMENTS = ROOT / "requirements" / "benchmarks.txt"


class PeersMissing(Exception):
    """The environment cannot be made; the text says why."""


def peers_python(folder: Path) -> Path:
    """Python of the environment in `folder`, which is made if it is not there or out of date.

    Raises:
        PeersMissing: as the class says.
    """
    python = folder / "venv" / "bin" / "python"
    stamps, digest = Stamps(folder), digest_of([_REQUIREMENTS])
    if python.exists() and stamps.is_current("venv.made", digest):
        return python
    own = ROOT / ".local" / "uv" / "bin" / "uv"
    uv = shutil.which("uv") or (str(own) if own.exists() else None)
    if uv is None:
        raise PeersMissing("uv is not on the path")
    print("installing dlt", file=sys.stderr, flush=True)
    _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder / "venv")])
    install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--require-hashes"]
    _run([*install, "--python", str(python), "--requirements", str(_REQUIREMENTS)])
    stamps.set("venv.made", digest)
    return python


def _run(command: list[str]) -> None:
    outcome = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if outcome.returncode:
        lines = outcome.stdout.strip().splitlines()
        raise PeersMissing(lines[-1] if lines else "it cannot be installed")
