"""`sslmode=verify-full` in WAREHOUSE_URL applies to every program, with the certificate that it names."""

import subprocess
import sys

import psycopg
import pytest

from deploy.setup.secrets import GENERATORS
from deploy.stack.programs import python_of, superset_environment
from tests.conftest import PASSWORD, skip
from tests.tls import make_authority, tls_front
from tradewind.dashboards import logins
from tradewind.marts import engine
from tradewind.settings import ROOT, SettingError, Settings, text
from tradewind.warehouse.libpq import variables


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def port(warehouse, folder):
    with tls_front(make_authority(folder / "ours"), warehouse.owner.port) as port:
        yield port


@pytest.fixture(params=["right", "wrong"])
def settings(request, warehouse, folder, port) -> Settings:
    certificate = folder / "ours" / "server.crt"
    if request.param == "wrong" and not (certificate := folder / "theirs" / "server.crt").exists():
        make_authority(folder / "theirs")
    query = {"sslmode": "verify-full", "sslrootcert": str(certificate), "application_name": "tradewind"}
    url = warehouse.owner.set(port=port, query=query)
    values = {**dict.fromkeys(GENERATORS, PASSWORD), "WAREHOUSE_URL": text(url)}
    return Settings({**values, "TRADEWIND_STATE": str(folder / "state"), "EXPECTED": request.param})


def is_right(settings: Settings) -> bool:
    return settings.get("EXPECTED") == "right"


def test_loading_and_reading(settings):
    for url in (settings.role_url("loader"), settings.role_url("reporter")):
        if is_right(settings):
            psycopg.connect(text(url)).close()
        else:
            with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
                psycopg.connect(text(url))


def test_sqlalchemy(settings):
    if is_right(settings):
        engine(settings).connect().close()
    else:
        with pytest.raises(Exception, match="certificate verify failed"):
            engine(settings).connect()


def test_dbt(settings):
    command = [sys.executable, "-m", "tradewind", "dbt", "debug", "--connection"]
    outcome = subprocess.run(
        command, cwd=ROOT, env={"PATH": "/usr/bin:/bin", **settings.values}, capture_output=True, text=True
    )
    assert (outcome.returncode == 0) == is_right(settings), outcome.stdout + outcome.stderr
    if not is_right(settings):
        assert "certificate verify failed" in outcome.stdout + outcome.stderr


CONNECT = """
import os, sqlalchemy
url = sqlalchemy.engine.make_url(os.environ["WAREHOUSE_READERS_URL"])
url = url.set(username="reporter", password=PASSWORD)
sqlalchemy.create_engine(url).connect().close()
"""


def test_supersets_own_environment(settings):
    environment = superset_environment(settings)
    if not (ROOT / ".venv-superset").exists():
        skip("no .venv-superset: make install")
    assert logins.UNCHOSEN in environment["WAREHOUSE_READERS_URL"]
    command = [python_of(".venv-superset"), "-c", CONNECT.replace("PASSWORD", repr(PASSWORD))]
    outcome = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (outcome.returncode == 0) == is_right(settings), outcome.stderr
    assert is_right(settings) or "certificate verify failed" in outcome.stderr


def test_every_libpq_parameter_is_passed_on(warehouse):
    query = {"channel_binding": "prefer", "target_session_attrs": "read-write", "options": "-c geqo=off"}
    query |= {"sslcert": "/c", "sslkey": "/k", "sslcrl": "/l", "connect_timeout": "3", "keepalives": "1"}
    assert variables(warehouse.owner.set(query=query)) == {
        "PGCHANNELBINDING": "prefer",
        "PGTARGETSESSIONATTRS": "read-write",
        "PGOPTIONS": "-c geqo=off",
        "PGSSLCERT": "/c",
        "PGSSLKEY": "/k",
        "PGSSLCRL": "/l",
        "PGCONNECT_TIMEOUT": "3",
    }
    for name in ("sslpassword", "ssl_mode"):
        with pytest.raises(SettingError, match=name):
            variables(warehouse.owner.set(query={name: "x"}))
