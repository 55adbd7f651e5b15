"""Nobody else can read what is generated, whoever created it first and with any umask."""

import os
import stat

import pytest

from deploy import install
from deploy.setup import modes, secrets


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o022, 0o077, 0o000])
def umask(request):
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_folders_created_earlier_are_made_private_at_start(tmp_path, umask):
    state = tmp_path / "state"
    (state / "superset" / "cache").mkdir(parents=True)
    (state / "uv" / "bin").mkdir(parents=True)
    (state / "mine").mkdir()
    (state / "supervisord.conf").touch()
    secrets.ensure(state / "secrets.env")
    (state / "secrets.env").chmod(0o644)
    (state / "superset").chmod(0o500)
    modes.repair(state)
    assert mode(state) == (0o711 if os.geteuid() == 0 else 0o700)
    for folder in ("superset", "superset/cache", "uv"):
        assert mode(state / folder) == 0o700
    for file in ("secrets.env", "supervisord.conf"):
        assert mode(state / file) == 0o600
    assert mode(state / "mine") == 0o777 & ~umask, "what is not ours stays"
    assert modes.repair(state) == []


def test_links_and_files_of_others_are_left_alone(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    state = tmp_path / "state"
    state.mkdir()
    (state / "logs").symlink_to(elsewhere)
    modes.repair(state)
    assert mode(elsewhere) == 0o755


def test_install_creates_a_private_folder(tmp_path, monkeypatch, umask):
    monkeypatch.setattr(install, "ROOT", tmp_path)
    monkeypatch.setattr(install.shutil, "which", lambda _: None)
    monkeypatch.setattr(install, "_run", lambda *_: None)
    install._find_uv()
    assert mode(tmp_path / ".local") == 0o700
