"""Compose runs the programs that the supervisor runs, with the same commands, and keeps them running."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deploy.stack import postgres
from deploy.stack.health import PATIENCE
from deploy.stack.programs import AIRFLOW_COMPONENTS, Program, programs
from deploy.stack.wrapper import STOP_GRACE
from tradewind.settings import ROOT, Settings

OURS = ["superset", *(f"airflow-{name}" for name in AIRFLOW_COMPONENTS)]

#: Where an embedded server listens; a container has its own address.
EMBEDDED_ONLY = {"listen_addresses", "unix_socket_directories"}


@pytest.fixture(scope="module")
def program_list(tmp_path_factory) -> dict[str, Program]:
    settings = Settings({"TRADEWIND_STATE": str(tmp_path_factory.mktemp("state"))})
    return {program.name: program for program in programs(settings)}


def options(command: list[str]) -> dict[str, str]:
    """Server settings on a Postgres command line."""
    return dict(value.split("=", 1) for flag, value in pairwise(command) if flag == "-c")


def test_services_are_the_programs(services, one_offs, program_list):
    # the keeper watches the supervisor, and here Docker is the supervisor
    assert services.keys() - one_offs == program_list.keys() - {"keeper"}


@pytest.mark.parametrize("name", [*OURS, "guard"])
def test_commands_are_the_same(services, program_list, name):
    binary, *arguments = program_list[name].command
    expected = [Path(binary).name, *(argument.removeprefix(f"{ROOT}/") for argument in arguments)]
    assert services[name]["command"] == expected


def test_postgres_has_the_same_settings(services):
    embedded = options(postgres.command(Path("data"), 5432))
    wanted = {name: value for name, value in embedded.items() if name not in EMBEDDED_ONLY}
    assert services["postgres"]["command"][0] == "postgres"
    assert options(services["postgres"]["command"]) == wanted


def test_postgres_cluster_is_created_in_the_same_way(services, tmp_path, monkeypatch):
    commands = []
    monkeypatch.setattr(postgres, "account", lambda: None)
    monkeypatch.setattr(postgres.subprocess, "run", lambda command, **_: commands.append(command))
    postgres.initialise(tmp_path / "data", "no matter")
    own = ("--pgdata", "--username", "--pwfile")
    expected = [part for part in commands[0][1:] if part.startswith("--") and not part.startswith(own)]
    assert sorted(services["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split()) == sorted(expected)


def test_postgres_has_the_embedded_version(services):
    version = postgres.binary("postgres").parent.parent.name.removeprefix("pginstall")
    assert services["postgres"]["image"] == f"postgres:{version}"


def test_long_running_services_are_watched_and_restarted(services, one_offs):
    for name in services.keys() - one_offs:
        service = services[name]
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"][0] == "CMD", name
        assert service["healthcheck"]["start_period"] == f"{PATIENCE}s", name
        assert service["stop_grace_period"] == f"{STOP_GRACE}s", name


def test_health_checks_ask_a_program_of_this_stack(services):
    for name in OURS:
        url = urlsplit(services[name]["healthcheck"]["test"][3])
        asked = name if url.hostname == "127.0.0.1" else url.hostname
        assert services[asked]["ports"][0].endswith(f":{url.port}"), name


def test_services_that_end_are_not_restarted(services, one_offs):
    assert one_offs == {"prepare", "dashboards"}
    for name in one_offs:
        assert "restart" not in services[name]
        assert "healthcheck" not in services[name]


def test_nothing_starts_before_the_databases_are_prepared(services):
    assert services["prepare"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for name in (*OURS, "dashboards"):
        assert services[name]["depends_on"] in (
            {"prepare": {"condition": "service_completed_successfully"}},
            {"dashboards": {"condition": "service_completed_successfully"}},
        )


def test_each_image_is_built_by_one_service(services):
    # two services that build one image at the same time get in each other's way
    ours = {name: service for name, service in services.items() if name != "postgres"}
    builders = [service["image"] for service in ours.values() if "build" in service]
    assert sorted(builders) == sorted({service["image"] for service in ours.values()})
    assert all(service["pull_policy"] == "never" for service in ours.values())


def test_logs_cannot_fill_the_disk(services):
    assert all("max-size" in service["logging"]["options"] for service in services.values())
