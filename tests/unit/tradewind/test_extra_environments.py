"""An environment that cannot be made says which it is, and why."""

import pytest

from tradewind import extra_environments
from tradewind.extra_environments import EnvironmentMissing, environment_python


@pytest.fixture
def clone(tmp_path, monkeypatch):
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "some.txt").write_text("some==1\n")
    (tmp_path / "bin").mkdir()
    monkeypatch.setattr(extra_environments, "ROOT", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def said() -> str:
    with pytest.raises(EnvironmentMissing) as error:
        environment_python("some")
    return str(error.value)


def test_without_uv(clone):
    assert said() == (
        "requirements/some.txt cannot be installed:"
        " there is no uv on the path or in .local: https://docs.astral.sh/uv"
    )


@pytest.mark.parametrize(
    ("commands", "reason"),
    [("echo first; echo 'disk full' >&2; exit 3", "disk full"), ("exit 3", "uv ended with 3")],
)
def test_uv_fails(clone, commands, reason):
    own = clone / ".local" / "uv" / "bin" / "uv"
    own.parent.mkdir(parents=True)
    own.write_text(f"#!/bin/sh\n{commands}\n")
    own.chmod(0o755)
    assert said() == f"requirements/some.txt cannot be installed: {reason}"
