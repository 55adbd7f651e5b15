"""`make sync` in a checkout in which all generated files are missing or outdated."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from tradewind.settings import ROOT

#: At least one file of each step.
GENERATED = [
    "dbt_project/models/staging/_sources.yml",
    "dbt_project/macros/relation_of.sql",
    "dbt_project/macros/reconciled_sources.sql",
    "dbt_project/models/exposures.yml",
    "superset/assets/datasets/warehouse/mart_sales_daily.yaml",
    "docs/metrics.md",
    "docs/data_dictionary.md",
]


def test_everything_is_brought_up_to_date_without_a_database(tmp_path: Path):
    for part in ("ingestion", "tradewind", "dbt_project", "superset", "docs"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("target", "__pycache__"))
    for name in GENERATED:
        (tmp_path / name).unlink()
    gone = "superset/assets/datasets/warehouse/mart_gone.yaml"
    shutil.copy(ROOT / GENERATED[4], tmp_path / gone)
    security = tmp_path / "superset" / "security.yaml"
    rules = yaml.safe_load(security.read_text())
    del rules["datasets"]["mart_sales_daily"]
    security.write_text(yaml.safe_dump(rules))

    done = subprocess.run(
        [sys.executable, "-m", "tradewind.sync"],
        cwd=tmp_path,
        env={**os.environ, "TRADEWIND_STATE": str(tmp_path / "state"), "POSTGRES_PORT": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

    for name in GENERATED:
        assert (tmp_path / name).read_text() == (ROOT / name).read_text(), name
        assert name in done.stdout
    assert not (tmp_path / gone).exists()
    assert gone in done.stdout
    # what only a person knows
    assert "forgotten: security.yaml: dataset marts.mart_sales_daily has no rule" in done.stdout
    assert done.returncode == 1
