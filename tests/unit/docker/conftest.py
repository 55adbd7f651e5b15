"""docker-compose.yml as Docker reads it: anchors resolved, variables at their defaults."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from deploy.setup.secrets import GENERATORS
from docker.enter import environment
from tradewind.settings import ROOT

#: Where the images have the repository.
HOME = "/opt/tradewind"

_VARIABLE = re.compile(r"\$\{(?P<name>\w+):-(?P<default>(?:[^${}]|\$\{[^{}]*\})*)\}")


def interpolated(value: Any) -> Any:
    """The value if the user has not set the variable."""
    if isinstance(value, dict):
        return {key: interpolated(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [interpolated(inner) for inner in value]
    while isinstance(value, str) and _VARIABLE.search(value):
        value = _VARIABLE.sub(lambda match: match["default"], value)
    return value


@pytest.fixture(scope="session")
def compose() -> dict[str, Any]:
    """The whole file."""
    return interpolated(yaml.safe_load((ROOT / "docker-compose.yml").read_text()))


@pytest.fixture(scope="session")
def services(compose) -> dict[str, dict[str, Any]]:
    """The services by name."""
    return compose["services"]


@pytest.fixture(scope="session")
def one_offs(services) -> set[str]:
    """Services that run and end: others wait for that."""
    return {
        name
        for service in services.values()
        for name, wait in service.get("depends_on", {}).items()
        if wait["condition"] == "service_completed_successfully"
    }


@pytest.fixture(scope="session")
def inside(services) -> Callable[[str], dict[str, str]]:
    """A function that returns the environment of a service's program, with the paths of this repository."""

    def of(name: str) -> dict[str, str]:
        service = services[name]
        secrets = {secret: f"the-{secret}".lower() for secret in GENERATORS}
        given = {**secrets, **service["environment"], "TRADEWIND_STATE": str(ROOT / ".local")}
        return environment("superset" if "superset" in service["image"] else "airflow", given)

    return of
