"""The preparation creates what the programs need, on a real server, and can be repeated."""

from __future__ import annotations

import psycopg
import pytest

from deploy.setup.secrets import GENERATORS
from docker import prepare
from tests.conftest import PASSWORD
from tradewind.settings import ROLES, Settings, text


@pytest.fixture(scope="module")
def settings(postgres_server, tmp_path_factory) -> Settings:
    """A fresh server, as the containers see it."""
    secrets = dict.fromkeys(GENERATORS, PASSWORD)
    where = {"POSTGRES_HOST": postgres_server.host, "POSTGRES_PORT": str(postgres_server.port)}
    state = tmp_path_factory.mktemp("state")
    folders = {"TRADEWIND_STATE": str(state), "LANDING_DIR": str(state / "landing")}
    return Settings({**secrets, **where, **folders})


@pytest.fixture(scope="module")
def prepared(settings) -> Settings:
    prepare.make_databases(settings)
    prepare.make_databases(settings)
    return settings


def test_every_role_may_connect_to_its_database(prepared):
    for role in ROLES:
        psycopg.connect(text(prepared.role_url(role))).close()
    for user, database in (("airflow", "airflow"), ("superset", "superset"), ("freshness", "superset")):
        psycopg.connect(text(prepared.embedded_url(user, PASSWORD, database))).close()


def test_a_reader_cannot_connect_to_other_databases(prepared):
    for database in ("postgres", "template1", "airflow", "superset"):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(text(prepared.role_url("reporter").set(database=database)))


def test_raw_tables_exist(prepared):
    with psycopg.connect(text(prepared.role_url("loader"))) as connection:
        assert connection.execute("select count(*) from ops.loads").fetchone() == (0,)
        assert connection.execute("select count(*) from staging.raw_sales_transactions").fetchone() == (0,)


def test_an_empty_warehouse_gets_sample_files(prepared, monkeypatch):
    built = []
    monkeypatch.setattr(prepare, "build", built.append)
    prepare.make_first_figures(prepared)
    assert list((prepared.landing / "sample").iterdir())
    assert not built, "loading the sample builds the marts"


def test_without_sample_the_marts_are_built_empty(prepared, tmp_path, monkeypatch):
    built = []
    monkeypatch.setattr(prepare, "build", built.append)
    bare = Settings({**prepared.values, "SAMPLE": "0", "LANDING_DIR": str(tmp_path)})
    prepare.make_first_figures(bare)
    assert built == [bare]
    assert not list(tmp_path.iterdir())


def test_a_closed_landing_folder_gives_one_line_that_says_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LANDING_DIR", str(tmp_path))
    monkeypatch.setattr(prepare.os, "access", lambda *_: False)  # root may write anywhere
    assert prepare.main() == 1
    message = capsys.readouterr().err
    assert message.startswith("error: ")
    assert message.count("\n") == 1
    assert message.endswith(f"set TRADEWIND_UID in .env to the id of its owner, {tmp_path.stat().st_uid}\n")


def test_an_open_landing_folder_passes(tmp_path):
    prepare.check_landing(tmp_path)
