"""dlt's own environment: what is only compared with must not be among the project's requirements."""

from __future__ import annotations

from pathlib import Path

from tradewind.extra_environments import EnvironmentMissing, environment_python

PeersMissing = EnvironmentMissing


def peers_python(folder: Path) -> Path:
    """Python of the environment in `folder`, which is made if it is not there or out of date.

    Raises:
        PeersMissing: where it cannot be made; the text says why.
    """
    return environment_python("benchmarks", folder)
