"""The dbt project parses without a warning, its SQL is clean, and Superset's datasets follow it."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.conftest import Warehouse
from tests.lint.commands import BIN, run
from tradewind.settings import Settings
from tradewind.warehouse.build import environment


@pytest.fixture(scope="module")
def dbt_environment(warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables for dbt and sqlfluff; the next test need not parse again what one has parsed."""
    state = tmp_path_factory.mktemp("state")
    settings = Settings.load({**warehouse.environment(), "TRADEWIND_STATE": str(state)})
    return {**os.environ, **environment(settings)}


def test_dbt_parses_without_a_warning(dbt_environment):
    output = run(
        str(BIN / "dbt"), "parse", "--no-partial-parse", "--show-all-deprecations", env=dbt_environment
    )
    assert not re.findall(r".*(?:WARN|[Dd]eprecat).*", output)


def test_sql_is_clean(dbt_environment):
    memory = Settings.load().state / "clean_sql.txt"
    run(sys.executable, "-m", "tests.lint.clean_sql", str(memory), "dbt_project", env=dbt_environment)


def test_datasets_follow_the_models(dbt_environment, tmp_path: Path):
    """The definitions are those of the project as it is, whatever manifest an earlier build has left."""
    (tmp_path / "dbt").mkdir()
    (tmp_path / "dbt" / "manifest.json").write_text(json.dumps({"nodes": {}}))
    # dbt need not parse again what the first test has parsed
    if (parsed := Path(dbt_environment["DBT_TARGET_PATH"], "partial_parse.msgpack")).is_file():
        shutil.copy(parsed, tmp_path / "dbt")
    state = {"TRADEWIND_STATE": str(tmp_path)}
    run(sys.executable, "-m", "tradewind.dashboards.datasets", "--check", env={**dbt_environment, **state})
