"""Secrets are generated once and kept from others; the supervisor's configuration is reproducible."""

import stat

import pytest
from dotenv import dotenv_values
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy.engine import make_url

from deploy.errors import SetupError
from deploy.setup import secrets
from deploy.stack.postgres import initialise
from deploy.stack.programs import AIRFLOW_COMPONENTS, programs, superset_environment
from deploy.stack.supervisor import LONGEST_SOCKET_PATH, Supervisor
from ingestion.database.connection import conninfo
from tradewind.settings import SettingError, Settings, text


def settings_with_secrets(tmp_path) -> Settings:
    secrets.ensure(tmp_path / "secrets.env")
    return Settings.load({"TRADEWIND_STATE": str(tmp_path)})


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_are_generated_once(tmp_path):
    path = tmp_path / "secrets.env"
    secrets.ensure(path)
    first = dotenv_values(path)
    assert first.keys() == secrets.GENERATORS.keys()
    assert len(set(first.values())) == len(first)
    assert min(map(len, first.values())) >= 32
    assert mode(path) == 0o600
    secrets.ensure(path)
    assert dotenv_values(path) == first


def test_a_new_secret_is_added_and_the_others_stay(tmp_path):
    path = tmp_path / "secrets.env"
    path.write_text("LOADER_PASSWORD=kept\n")
    secrets.ensure(path)
    assert dotenv_values(path)["LOADER_PASSWORD"] == "kept"
    assert dotenv_values(path).keys() == secrets.GENERATORS.keys()


def test_truncated_secrets_are_refused(tmp_path):
    path = tmp_path / "secrets.env"
    path.write_text("LOADER_PASSWORD=kept\nREPORTER_PASSWORD=hal")
    with pytest.raises(SetupError, match="ends inside a line: it was cut off"):
        secrets.ensure(path)
    assert path.read_text().endswith("=hal")


@pytest.mark.parametrize("port", ["80x80", "0", "65536", "-1", "٣"])
def test_what_is_not_a_port_is_refused(port):
    settings = Settings({"TRADEWIND_STATE": "/nowhere", "AIRFLOW_PORT": port})
    with pytest.raises(SettingError) as error:
        programs(settings)
    message = f"AIRFLOW_PORT is {port!r} in the environment: a port is a number from 1 to 65535"
    assert str(error.value) == message


def test_a_wrong_line_is_named(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("# ports\nPOSTGRES_PORT=54320\nexport AIRFLOW_PORT='many'\n")
    monkeypatch.setattr("tradewind.settings.ROOT", tmp_path)
    with pytest.raises(SettingError, match=r"'many' in line 3 of .*/\.env: a port is a number"):
        _ = Settings.load({}).airflow_port


def test_a_database_of_another_version(tmp_path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(
        SetupError, match="was created by PostgreSQL 17, and this is 18: dump it with that version"
    ):
        initialise(tmp_path / "postgres", "secret")


def test_configuration_is_private_and_recognised(tmp_path):
    settings = settings_with_secrets(tmp_path)
    supervisor = Supervisor(settings.state)
    supervisor.write(programs(settings))
    assert mode(supervisor.configuration) == 0o600
    assert supervisor.is_current(programs(settings))
    other = Settings({**settings.values, "SUPERSET_PORT": "9999"})
    assert not supervisor.is_current(programs(other))


def test_airflow_runs_as_four_programs_and_never_standalone(tmp_path):
    commands = {program.name: program.command for program in programs(settings_with_secrets(tmp_path))}
    assert {name for name in commands if name.startswith("airflow")} == {
        f"airflow-{name}" for name in AIRFLOW_COMPONENTS
    }
    assert not any("standalone" in command for command in commands.values())


def test_superset_knows_the_warehouse_only_as_its_readers(tmp_path):
    settings = settings_with_secrets(tmp_path)
    variables = superset_environment(settings)
    assert variables["WAREHOUSE_READERS_KEY"] == settings.get("READERS_KEY")
    # no login, no password: Superset chooses a login depending on who asks
    assert make_url(variables["WAREHOUSE_READERS_URL"]).username == "nobody"
    assert make_url(variables["WAREHOUSE_READERS_URL"]).password is None
    environment = " ".join(variables.values())
    for name in ("LOADER_PASSWORD", "TRANSFORMER_PASSWORD", "REPORTER_PASSWORD", "POSTGRES_PASSWORD"):
        assert settings.get(name) not in environment


def test_superset_is_told_that_it_is_behind_tls(tmp_path):
    settings = settings_with_secrets(tmp_path)
    assert superset_environment(settings)["SUPERSET_HTTPS"] == "0"
    behind = Settings({**settings.values, "SUPERSET_HTTPS": "1"})
    assert superset_environment(behind)["SUPERSET_HTTPS"] == "1"
    with pytest.raises(SettingError, match=r"SUPERSET_HTTPS is 'yes' .*it may be 0 or 1"):
        superset_environment(Settings({**settings.values, "SUPERSET_HTTPS": "yes"}))


def test_a_deep_clone_still_gets_a_control_socket(tmp_path):
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    assert len(str(Supervisor(deep).socket)) <= LONGEST_SOCKET_PATH
    assert Supervisor(deep).socket != Supervisor(deep / "other").socket


def test_one_setting_moves_everything_to_another_postgres(tmp_path):
    settings = Settings.load(
        {
            "TRADEWIND_STATE": str(tmp_path),
            "WAREHOUSE_URL": "postgresql://owner:pw@db.example.org:6543/sales?sslmode=require",
            "REPORTER_PASSWORD": "secret",
        }
    )
    assert not settings.is_embedded
    reporter = text(settings.role_url("reporter"))
    assert reporter == "postgresql://reporter:secret@db.example.org:6543/sales?sslmode=require"
    assert text(settings.role_url("loader")) == text(settings.warehouse_url), (
        "no password, no role of its own"
    )


@pytest.mark.parametrize(
    "values",
    [
        {"POSTGRES_PASSWORD": "o p'w", "LOADER_PASSWORD": "l"},
        {
            "WAREHOUSE_URL": "postgresql+psycopg2://o%40x:p%2Fw%20+@db:6543/s?sslmode=require",
            "LOADER_PASSWORD": "/'%",
        },
        {"WAREHOUSE_URL": "postgres://o@[::1]/s"},
        {"WAREHOUSE_URL": "postgresql:///s?host=/run/postgres"},
    ],
)
def test_both_forms_of_an_address_say_the_same(tmp_path, values):
    settings = Settings.load({"TRADEWIND_STATE": str(tmp_path), **values})
    for role in ("loader", "reporter"):
        url, known = settings.role_url(role), conninfo_to_dict(conninfo(settings, role))
        host = url.host or url.query["host"]
        said = {
            "user": url.username,
            "password": url.password,
            "host": host,
            "port": url.port and str(url.port),
        }
        assert {key: known.get(key) for key in said} == said
        assert (known["dbname"], known.get("sslmode")) == (url.database, url.query.get("sslmode"))


def test_an_impossible_address_is_reported_without_its_password(tmp_path):
    settings = Settings({"TRADEWIND_STATE": str(tmp_path), "WAREHOUSE_URL": "postgresql://o:hidden@[::1/s"})
    with pytest.raises(SettingError, match="WAREHOUSE_URL is not an address") as error:
        conninfo(settings, "loader")
    assert "hidden" not in str(error.value)
