"""dlt's own environment: tools for comparison must not be among the project's requirements."""

from __future__ import annotations

from pathlib import Path

from tradewind.extra_environments import EnvironmentMissing, environment_python

PeersMissing = EnvironmentMissing


def peers_python(folder: Path) -> Path:
    """Python of the environment in `folder`, which is created if it is missing or out of date.

    Raises:
        PeersMissing: if it cannot be created; the text says why.
    """
    return environment_python("benchmarks", folder)
