"""Runs the programs of the lint tests."""

from __future__ import annotations

import subprocess

from tradewind.settings import ROOT

BIN = ROOT / ".venv" / "bin"


def run(*command: str, env: dict[str, str] | None = None) -> str:
    """Run a program in the repository's folder and return its output; if it fails, so does the test."""
    outcome = subprocess.run(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert outcome.returncode == 0, f"{' '.join(command)}\n{outcome.stdout}"
    return outcome.stdout
