"""House rules as tests: `make lint` runs this folder alone."""

import os
import re
import subprocess
import sys

import pytest

from tests.conftest import Warehouse
from tradewind.build import environment
from tradewind.settings import ROOT, Settings

BIN = ROOT / ".venv" / "bin"


def run(*command: str, env: dict[str, str] | None = None) -> str:
    """Run a program in the repository's folder; its output, which fails the test where it fails."""
    outcome = subprocess.run(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert outcome.returncode == 0, f"{' '.join(command)}\n{outcome.stdout}"
    return outcome.stdout


@pytest.fixture
def dbt_environment(warehouse: Warehouse, tmp_path) -> dict[str, str]:
    settings = Settings.load({**warehouse.environment(), "TRADEWIND_STATE": str(tmp_path)})
    return {**os.environ, **environment(settings)}


def test_python_is_clean():
    run(str(BIN / "ruff"), "check", ".")


def test_python_is_formatted():
    run(str(BIN / "ruff"), "format", "--check", ".")


def test_packages_import_only_what_they_may():
    run(str(BIN / "lint-imports"), "--no-cache")


def test_only_what_runs_beside_superset_changes_the_search_path():
    """No package may be called `superset`, so what stands in that folder is found by its folder alone."""
    files = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, check=True, capture_output=True, text=True)
    changing = re.compile(r"sys\.path(\.(append|insert|extend)\(| *\+=)")
    assert {name for name in files.stdout.split() if changing.search((ROOT / name).read_text())} == {
        "superset/config/login_wall.py",
        "superset/config/superset_config.py",
        "superset/config/warehouse_login.py",
        "tradewind/superset_assets.py",
    }


def test_yaml_is_clean():
    run(str(BIN / "yamllint"), "--strict", ".")


def test_sql_is_clean(dbt_environment):
    run(str(BIN / "sqlfluff"), "lint", "dbt_project", env=dbt_environment)


def test_dbt_parses_without_a_warning(dbt_environment):
    output = run(
        str(BIN / "dbt"), "parse", "--no-partial-parse", "--show-all-deprecations", env=dbt_environment
    )
    assert not re.findall(r".*(?:WARN|[Dd]eprecat).*", output)


def test_sources_follow_the_contracts():
    run(sys.executable, "-m", "ingestion", "sources", "--check")


def test_datasets_follow_the_models(dbt_environment):
    run(str(BIN / "dbt"), "parse", "--quiet", env=dbt_environment)
    manifest = f"{dbt_environment['DBT_TARGET_PATH']}/manifest.json"
    run(sys.executable, "superset/datasets.py", "--check", "--manifest", manifest)


def test_requirements_name_no_registry():
    for path in (ROOT / "requirements").glob("*.txt"):
        assert not re.search(r"https?://|--(extra-)?index-url|--find-links", path.read_text()), path
