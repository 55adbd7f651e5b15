"""The installer's refusals, run as a user would run it: with a bare Python."""

import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tradewind.settings import ROOT


def install(folder: Path, python: str = sys.executable, prelude: str = "") -> subprocess.CompletedProcess:
    """Run a copy of the installer in an otherwise empty clone."""
    (folder / "deploy").mkdir()
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    script = shutil.copy(ROOT / "deploy" / "install.py", folder / "deploy")
    code = f"import runpy, sys; {prelude}; runpy.run_path({script!r}, run_name='__main__')"
    return subprocess.run([python, "-S", "-E", "-c", code], capture_output=True, text=True)


@pytest.mark.parametrize("version", [(3, 10, 13), (3, 13, 0)])
def test_an_unsupported_python(tmp_path, version):
    outcome = install(tmp_path, prelude=f"sys.version_info = {version}")
    assert outcome.returncode == 1
    assert outcome.stderr == (
        f"error: Python {version[0]}.{version[1]} is not supported, 3.11 or 3.12 is needed: "
        "make up PYTHON=/path/to/python3.12\n"
    )


def test_a_full_disk(tmp_path):
    prelude = "import shutil, types; shutil.disk_usage = lambda p: types.SimpleNamespace(free=300 << 20)"
    outcome = install(tmp_path, prelude=prelude)
    assert outcome.returncode == 1
    assert outcome.stderr.strip().endswith("has 300 MB left, 4096 MB are needed")


@pytest.fixture
def installer(tmp_path, monkeypatch):
    """The installer in a clone whose two environments look installed."""
    module = runpy.run_path(str(ROOT / "deploy" / "install.py"))
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    monkeypatch.setitem(module["_is_current"].__globals__, "ROOT", tmp_path)
    for name in module["ENVIRONMENTS"]:
        python = tmp_path / name / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.symlink_to(sys.executable)
        (tmp_path / name / ".installed").write_text(module["_digest"](name))
    return module


def test_installed_environments_are_left_alone_whichever_python_runs(installer, monkeypatch):
    monkeypatch.setattr(sys, "version", "3.12.9 (another one)")
    assert all(installer["_is_current"](name) for name in installer["ENVIRONMENTS"])


def test_new_requirements_are_installed(installer, tmp_path):
    with (tmp_path / "requirements" / "superset.txt").open("a") as requirements:
        requirements.write("another==1.0\n")
    assert [installer["_is_current"](name) for name in (".venv", ".venv-superset")] == [True, False]


def test_an_environment_whose_python_is_gone_is_recreated(installer, tmp_path):
    python = tmp_path / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3")
    assert not installer["_is_current"](".venv")
