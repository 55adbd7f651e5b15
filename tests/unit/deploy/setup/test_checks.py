"""Whatever prevents a start is reported in one line that says what to do."""

import os
import shutil
import socket
from collections import namedtuple

import pytest

from deploy.errors import SetupError
from deploy.setup import checks
from tradewind.settings import Settings

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def taken_port(free_port):
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        yield port


def test_a_taken_port_is_named_with_its_variable(taken_port, free_port):
    settings = Settings.load({"SUPERSET_PORT": str(taken_port), "POSTGRES_PORT": str(free_port())})
    settings = Settings({**settings.values, "AIRFLOW_PORT": str(free_port())})
    with pytest.raises(SetupError) as error:
        checks.check_ports(settings, running=set())
    assert str(error.value) == (
        f"port {taken_port} for superset is taken by another program: stop that, or choose another "
        f"port with SUPERSET_PORT, for example SUPERSET_PORT={taken_port + 1000} make up"
    )


def test_a_port_of_our_own_program_is_fine(taken_port, free_port):
    settings = Settings.load(
        {
            "SUPERSET_PORT": str(taken_port),
            "POSTGRES_PORT": str(free_port()),
            "AIRFLOW_PORT": str(free_port()),
        }
    )
    checks.check_ports(settings, running={"superset"})


def test_a_folder_that_we_may_not_write_to(tmp_path, monkeypatch):
    def refuse(*_args, **_options):
        raise PermissionError(13, "Permission denied", str(tmp_path))

    monkeypatch.setattr("pathlib.Path.touch", refuse)  # root may write everywhere
    with pytest.raises(SetupError, match="run as its owner, or chown it"):
        checks.check_folder(tmp_path)


def test_a_full_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10, 10, 5 << 20))
    with pytest.raises(SetupError, match="has 5 MB left, 1024 MB are needed: make room"):
        checks.check_folder(tmp_path / "new")


@pytest.mark.parametrize(("name", "shown"), [(b"\xff", r"\udcff"), (b"two\nlines", r"two\nlines")])
def test_a_folder_whose_name_programs_cannot_use(tmp_path, name, shown):
    with pytest.raises(SetupError) as error:
        checks.check_folder(tmp_path / os.fsdecode(name))
    assert f"{tmp_path}/{shown} has bytes or characters in its name" in str(error.value)


def test_a_good_folder_is_created_and_left_empty(tmp_path):
    checks.check_folder(tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []
