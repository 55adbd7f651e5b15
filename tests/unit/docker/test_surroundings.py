"""What the containers get: variables, secrets, ports, volumes."""

from __future__ import annotations

import re

import pytest
from sqlalchemy.engine import make_url

from deploy.setup.secrets import GENERATORS
from docker.enter import SHARED_SECRETS, SUPERSET_SECRETS
from tests.unit.docker.conftest import HOME
from tradewind.alerts.options import NAMES as ALERTS
from tradewind.maintenance.options import NAMES as MAINTENANCE
from tradewind.report.options import NAMES as REPORT
from tradewind.settings import CALENDAR, CURRENCIES, ROOT, Settings

AIRFLOW_SERVICES = [
    "prepare",
    "airflow-api-server",
    "airflow-scheduler",
    "airflow-dag-processor",
    "airflow-triggerer",
]
SUPERSET_SERVICES = ["dashboards", "superset"]
OURS = AIRFLOW_SERVICES + SUPERSET_SERVICES


def named_volumes(service: dict) -> dict[str, str]:
    """Volume -> folder in the container."""
    return dict(entry.split(":") for entry in service.get("volumes", []) if isinstance(entry, str))


def here(path: str) -> str:
    """A path in the container as the path in the repository."""
    assert path.startswith(HOME)
    return path.replace(HOME, str(ROOT), 1)


@pytest.mark.parametrize("name", OURS)
def test_no_variable_is_empty(inside, name):
    optional = {"WAREHOUSE_URL", *ALERTS, *MAINTENANCE, *REPORT, *CURRENCIES, *CALENDAR}
    empty = {variable for variable, value in inside(name).items() if not value}
    assert empty <= optional


@pytest.mark.parametrize("name", OURS)
def test_databases_are_reached_by_name(inside, services, name):
    urls = [make_url(value) for value in inside(name).values() if value.startswith("postgresql")]
    port = int(services["postgres"]["ports"][0].rsplit(":", 1)[1])
    assert urls
    assert {(url.host, url.port) for url in urls} == {("postgres", port)}
    # Superset's readers have no password here: it depends on who asks which of them logs in
    assert all((url.password is None) == (url.username == "nobody") for url in urls)


@pytest.mark.parametrize("name", AIRFLOW_SERVICES)
def test_tasks_reach_what_they_need(inside, services, name):
    given = inside(name)
    assert given["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://airflow-api-server:8080/execution/"
    # tasks build their own addresses from these
    settings = Settings({**given, "TRADEWIND_STATE": "none"})
    for role in ("loader", "transformer", "reporter"):
        url = settings.role_url(role)
        assert (url.host, url.username, url.password) == ("postgres", role, f"the-{role}_password")


def test_servers_answer_outside_their_container(inside):
    assert inside("airflow-api-server")["AIRFLOW__API__HOST"] == "0.0.0.0"
    assert inside("superset")["SUPERSET_HOST"] == "0.0.0.0"


@pytest.mark.parametrize(
    ("name", "variable", "own_port"),
    [
        ("postgres", "POSTGRES_PORT", None),
        ("airflow-api-server", "AIRFLOW_PORT", "AIRFLOW__API__PORT"),
        ("superset", "SUPERSET_PORT", "SUPERSET_PORT"),
    ],
)
def test_ports_are_only_open_on_this_machine(services, inside, name, variable, own_port):
    default = getattr(Settings({}), variable.lower())
    [port] = services[name]["ports"]
    host, published, target = port.split(":")
    assert (host, published) == ("127.0.0.1", str(default))
    assert own_port is None or inside(name)[own_port] == target
    assert f"127.0.0.1:${{{variable}:-{default}}}:{target}" in (ROOT / "docker-compose.yml").read_text()


def test_nothing_else_is_published(services):
    assert {name for name in services if "ports" in services[name]} == {
        "postgres",
        "airflow-api-server",
        "superset",
    }
    assert not any("network_mode" in service for service in services.values())


def test_no_file_contains_a_secret():
    for path in (ROOT / "docker-compose.yml", *(ROOT / "docker").glob("*.Dockerfile")):
        text = path.read_text()
        assert not [name for name in GENERATORS if name in text], path
        assert not re.search(r"://[^/\s:@]+:[^/\s@]+@", text), path
        assert not re.search(r"(?i)(password|secret|token|key)\w*\s*[:=]\s*[\w-]{8,}", text), path


def test_secrets_come_from_the_generated_file(services):
    assert {service["env_file"] for service in services.values()} == {".local/secrets.env"}
    assert ".local/" in (ROOT / ".gitignore").read_text().splitlines()
    # compose interprets quotes and dollar signs in more ways than the programs do
    assert all(re.fullmatch(r"[\w=-]+", make()) for make in GENERATORS.values())


def test_superset_sees_only_its_own_secrets(inside):
    foreign = GENERATORS.keys() - SUPERSET_SECRETS - SHARED_SECRETS
    assert not foreign & inside("superset").keys()
    assert "SUPERSET_ADMIN_PASSWORD" in inside("dashboards")
    assert "SUPERSET_SECRET_KEY" not in inside("airflow-scheduler")


def test_volumes_are_named(compose, services):
    used = {volume for service in services.values() for volume in named_volumes(service)}
    assert used == compose["volumes"].keys() == {"postgres", "airflow-logs", "superset"}
    assert not any(volume.startswith((".", "/", "~", "$")) for volume in used)


def test_what_must_persist_is_on_a_volume(services, inside):
    # since version 18 the image keeps the cluster in a folder below this one
    assert named_volumes(services["postgres"]) == {"postgres": "/var/lib/postgresql"}
    for name in AIRFLOW_SERVICES:
        logs = here(named_volumes(services[name])["airflow-logs"])
        assert inside(name)["AIRFLOW__LOGGING__BASE_LOG_FOLDER"] == logs
    for name in SUPERSET_SERVICES:
        volume = here(named_volumes(services[name])["superset"])
        assert inside(name)["SUPERSET_CACHE_DIR"].startswith(f"{volume}/")


def test_files_are_dropped_on_this_machine(services, inside):
    for name in AIRFLOW_SERVICES:
        [bind] = [entry for entry in services[name]["volumes"] if isinstance(entry, dict)]
        assert (bind["type"], bind["source"]) == ("bind", "./landing")
        assert inside(name)["LANDING_DIR"] == here(bind["target"])


def test_containers_are_ordinary_users(services):
    for name in OURS:
        assert services[name]["user"] == "1000:0"
        assert services[name]["cap_drop"] == ["ALL"]
