"""The images contain what the programs need, no secrets, and nothing specific to this machine."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.install import ENVIRONMENTS
from deploy.stack.programs import python_of
from tests.unit.docker.conftest import HOME
from tradewind.settings import ROOT

IMAGES = {"pipeline": ".venv", "superset": ".venv-superset"}

_SHOW = "import json, os; print(json.dumps(dict(os.environ)))"


def instructions(image: str) -> list[tuple[str, str]]:
    """Instructions of a Dockerfile with their arguments, comments left out, continued lines joined."""
    text = (ROOT / "docker" / f"{image}.Dockerfile").read_text()
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]


def arguments(image: str, instruction: str) -> list[str]:
    """Arguments of each use of an instruction."""
    return [rest for name, rest in instructions(image) if name == instruction]


@pytest.fixture(params=IMAGES)
def image(request) -> str:
    return request.param


@pytest.fixture
def contents(image, tmp_path) -> Path:
    """A folder with what the image contains of the repository, and nothing else."""
    for line in arguments(image, "COPY"):
        source, target = line.split()
        if (ROOT / source).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "target", "logs")
            shutil.copytree(ROOT / source, tmp_path / target, ignore=ignored)
    return tmp_path


def run_in(contents: Path, image: str, *command: str) -> str:
    """Run the image's Python in a folder with the image's contents."""
    variables = {"PATH": os.defpath, "HOME": str(contents), "POSTGRES_HOST": "postgres"}
    return subprocess.run(
        [python_of(IMAGES[image]), *command],
        cwd=contents,
        env={**variables, "REPORTER_PASSWORD": "the-reporters", "SUPERSET_SECRET_KEY": "the-key"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def test_packages_are_the_pinned_ones(image):
    assert arguments(image, "FROM") == ["python:3.12-slim"]
    [install] = [line for line in arguments(image, "RUN") if "pip install" in line]
    assert f"python -m venv {IMAGES[image]} " in install
    assert "--require-hashes --no-deps" in install
    assert install.endswith(f"--requirement requirements/{ENVIRONMENTS[IMAGES[image]]}")


def test_programs_have_the_same_paths_as_without_containers(image):
    assert arguments(image, "WORKDIR") == [HOME]
    [variables] = arguments(image, "ENV")
    assert f"PATH={HOME}/{IMAGES[image]}/bin:$PATH" in variables.split()


def test_user_is_not_root(image):
    [user] = arguments(image, "USER")
    assert int(user.split(":")[0]) > 0
    assert instructions(image)[-2][0] == "USER", "what follows would run as root"


def test_everything_copied_is_in_the_build_context(image):
    ignored, *rules = (
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    )
    assert ignored == "*"
    allowed = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    for line in arguments(image, "COPY"):
        source = line.split()[0]
        assert (ROOT / source).exists(), source
        assert source.split("/")[0] in allowed


def test_nothing_private_is_in_the_build_context():
    allowed = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    private = (".env", ".local", ".git", "landing", ".venv")
    assert not [rule for rule in allowed if rule.removeprefix("!").startswith(private)]


def test_entry_point_works_with_the_files_of_the_image(image, contents):
    [entry] = arguments(image, "ENTRYPOINT")
    python, *options = json.loads(entry)
    assert python == "python"
    given = json.loads(run_in(contents, image, *options, python_of(IMAGES[image]), "-c", _SHOW))
    prefix = "AIRFLOW__" if image == "pipeline" else "SUPERSET_"
    assert [name for name in given if name.startswith(prefix)]
    assert given["PATH"].startswith(f"{contents}/{IMAGES[image]}/bin")
    assert ("SUPERSET_SECRET_KEY" in given) == (image == "superset")
    assert ("REPORTER_PASSWORD" in given) == (image == "pipeline")


@pytest.mark.parametrize("image", ["pipeline"], indirect=True)
def test_preparation_finds_its_modules(contents, image):
    run_in(contents, image, "-c", "import docker.prepare")


def test_health_check_needs_only_the_standard_library(contents, image):
    output = run_in(contents, image, "-S", "-c", "import docker.health; print('well')")
    assert output == "well\n"
