"""The installer's refusals, run as a user runs it: with a bare Python."""

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
def test_a_python_that_does_not_fit(tmp_path, version):
    outcome = install(tmp_path, prelude=f"sys.version_info = {version}")
    assert outcome.returncode == 1
    assert outcome.stderr == (
        f"error: Python {version[0]}.{version[1]} does not fit, 3.11 or 3.12 is needed: "
        "make up PYTHON=/path/to/python3.12\n"
    )


def test_a_full_disk(tmp_path):
    prelude = "import shutil, types; shutil.disk_usage = lambda p: types.SimpleNamespace(free=300 << 20)"
    outcome = install(tmp_path, prelude=prelude)
    assert outcome.returncode == 1
    assert outcome.stderr.strip().endswith("has 300 MB left, 4096 MB are needed")
