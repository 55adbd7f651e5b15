"""`make impact` in a copy of the repository with a change."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Warehouse
from tradewind.settings import ROOT

PARTS = ("dbt_project", "superset", "tradewind", "ingestion", "deploy")
FACT = "dbt_project/models/core/sales/fct_sales_monthly.sql"
MART = "dbt_project/models/marts/sales/_sales.yml"
CHART = "superset/assets/charts/executive_overview/executive_data_status.yaml"


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=T", "-c", "user.email=t@localhost", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)


@pytest.fixture(scope="module")
def compiled(warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A committed copy of the repository, with compiled models; and the environment to work in it."""
    folder = tmp_path_factory.mktemp("copy")
    for part in PARTS:
        shutil.copytree(
            ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "target", "logs")
        )
    (folder / ".gitignore").write_text("__pycache__/\n")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "all")
    state = tmp_path_factory.mktemp("state")
    environment = {
        **os.environ,
        **warehouse.environment(),
        "TRADEWIND_STATE": str(state),
        "PYTHONPATH": str(folder),
    }
    run = [sys.executable, "-m", "tradewind", "dbt", "compile", "--full-refresh", "--quiet"]
    outcome = subprocess.run(run, cwd=folder, env=environment, capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return folder, environment


@pytest.fixture
def repository(compiled) -> Path:
    """The copy, as committed."""
    git(compiled[0], "reset", "--quiet", "--hard")
    git(compiled[0], "clean", "--quiet", "-d", "--force")
    return compiled[0]


@pytest.fixture
def impact(compiled, repository) -> Callable[..., str]:
    """Run the command in the copy."""

    def run(*options: str, code: int = 0) -> str:
        command = [sys.executable, "-m", "tradewind.impact", *options]
        outcome = subprocess.run(command, cwd=repository, env=compiled[1], capture_output=True, text=True)
        assert outcome.returncode == code, outcome.stdout + outcome.stderr
        return outcome.stdout + outcome.stderr

    return run


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def first_words(text: str) -> dict[str, list[str]]:
    """Names of what is touched, by kind."""
    kinds = ("models", "metrics", "charts", "dashboards", "roles")
    found: dict[str, list[str]] = {kind: [] for kind in kinds}
    kind = ""
    for line in text.splitlines()[1:]:
        if line.startswith("since") or not line.strip():
            break
        if line.split()[0] in kinds and line[0] != " ":
            kind, line = line.split()[0], " " + line.split(maxsplit=1)[1]
            line = " " * 12 + line.strip()
        if line[12:13].strip():
            found[kind].append(line[12:].split()[0])
    return found


def test_nothing_changed(impact, repository):
    (repository / "NOTES.md").write_text("A note.")
    assert impact() == "Nothing that a dashboard could show differs from HEAD.\n"


def test_a_column_of_a_mart_reaches_its_metrics_charts_dashboards_and_roles(impact, repository, tmp_path):
    (repository / "superset" / "security.yaml").write_text(
        "dashboards:\n  executive-overview: [Executive]\n  nowhere: [Nobody]\n"
    )
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "roles")
    edit(
        repository / "dbt_project/models/marts/sales/mart_sales_monthly.sql",
        "    segments.segment,",
        "    upper(segments.segment) as segment,",
    )
    drawn = tmp_path / "impact.mmd"
    text = impact("--mermaid", str(drawn))
    found = first_words(text)
    assert "mart_sales_monthly" in found["models"]
    assert {"sales_by_segment", "sales_by_month"} <= set(found["charts"])
    assert not {"profit", "sales_by_country"} & set(found["charts"]), "these do not show segments"
    assert found["metrics"] == []
    assert "executive-overview" in found["dashboards"]
    assert found["roles"] == ["Executive"]
    assert drawn.read_text().startswith("flowchart LR\n")
    assert '(("role: Executive"))' in drawn.read_text()
    git(repository, "reset", "--quiet", "--hard", "HEAD~1")


def test_a_change_in_core_is_followed_through_the_layers(impact, repository):
    edit(
        repository / "dbt_project/models/core/sales/fct_sales.sql",
        "    lines.units_sold,",
        "    lines.units_sold * 1 as units_sold,",
    )
    found = first_words(impact("--base", "main"))
    assert {"fct_sales", "fct_sales_monthly", "mart_sales_monthly"} <= set(found["models"])
    assert "mart_orders_daily" not in found["models"]
    assert "mart_sales_monthly.units_sold" in found["metrics"]
    assert "mart_sales_monthly.profit_margin" not in found["metrics"]
    assert "units_sold" in found["charts"]
    assert "profit" not in found["charts"]


def test_a_metric_and_a_chart(impact, repository):
    edit(repository / MART, "expression: SUM(units_sold)", "expression: SUM(units_sold) + 0")
    edit(repository / CHART, "slice_name: Data as of", "slice_name: How fresh")
    found = first_words(impact())
    assert "mart_sales_monthly.units_sold" in found["metrics"]
    assert {"units_sold", "executive_data_status"} <= set(found["charts"])
    assert "profit" not in found["charts"]


def test_a_missing_base(impact):
    assert "error: " in impact("--base", "nowhere", code=1)


def test_a_model_that_dbt_cannot_read(impact, repository):
    (repository / FACT).write_text("select {{ ")
    assert "dbt cannot read" in impact(code=1)


def test_the_current_manifest_is_used(impact, repository, compiled):
    """Models that are new since the last build are known."""
    (repository / "dbt_project/models/marts/mart_new.sql").write_text(
        "{{ config(contract={'enforced': false}) }} select country from {{ ref('mart_sales_monthly') }}"
    )
    assert first_words(impact())["models"] == ["mart_new"]
    state = Path(compiled[1]["TRADEWIND_STATE"])
    assert "mart_new" not in json.dumps(
        list(json.loads((state / "dbt" / "manifest.json").read_text())["nodes"])
    )
