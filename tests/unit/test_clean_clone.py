"""A clone that shares this tree's environments runs their programs with its own interpreters."""

import os
import shutil
import sys

import pytest

from tests.support import clean_clone

SHELL = "#!/bin/sh\n'''exec' '{python}' \"$0\" \"$@\"\n' '''\nimport this\n"


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A tree with environments that look installed, and a clone of it."""
    here, clone = tmp_path / "here", tmp_path / "clone"
    for root in (here, clone):
        shutil.copytree(clean_clone.ROOT / "requirements", root / "requirements")
        (root / "deploy").mkdir()
        shutil.copy(clean_clone.ROOT / "deploy" / "install.py", root / "deploy")
    monkeypatch.setattr(clean_clone, "ROOT", here)
    for name in (".venv", ".venv-superset"):
        folder = here / name / "bin"
        folder.mkdir(parents=True)
        (folder / "python").symlink_to(sys.executable)
        (folder / "dbt").write_text("#!/first/.venv/bin/python3\nimport this\n")
        (folder / "dbt").chmod(0o755)
        (folder / "gunicorn").write_text(SHELL.format(python="/first/.venv/bin/python"))
        (folder / "activate").write_text("VIRTUAL_ENV=/first/.venv\n")
        installed = clean_clone.runpy.run_path(str(here / "deploy" / "install.py"))
        (here / name / ".installed").write_text(installed["_digest"](name))
    return clone


def test_shared_environments_count_as_installed_and_run_by_themselves(clone):
    clean_clone.share_environments(clone)
    installed = clean_clone.runpy.run_path(str(clone / "deploy" / "install.py"))
    for name in (".venv", ".venv-superset"):
        folder = clone / name / "bin"
        assert installed["_is_current"](name)
        assert (folder / "dbt").read_text() == f"#!{folder / 'python'}\nimport this\n"
        assert os.access(folder / "dbt", os.X_OK)
        assert (folder / "gunicorn").read_text() == SHELL.format(python=folder / "python")
        assert (folder / "activate").samefile(clean_clone.ROOT / name / "bin" / "activate")
        original = clean_clone.ROOT / name / "bin" / "dbt"
        assert original.read_text() == "#!/first/.venv/bin/python3\nimport this\n"


def test_an_environment_with_older_requirements_is_not_shared(clone):
    with (clean_clone.ROOT / "requirements" / "superset.txt").open("a") as requirements:
        requirements.write("more==1\n")
    clean_clone.share_environments(clone)
    assert (clone / ".venv").exists() and not (clone / ".venv-superset").exists()
