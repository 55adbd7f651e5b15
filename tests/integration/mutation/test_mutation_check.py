"""The whole mutation check, on a project of two models."""

from pathlib import Path

import psycopg
import pytest

from tests.conftest import PASSWORD, Warehouse
from tests.mutation.project import Project, ProjectError
from tests.mutation.report import Report
from tradewind.settings import text
from tradewind.warehouse.build import PROJECT

FILES = {
    "dbt_project.yml": "{name: small, version: '1.0', profile: tradewind, models: {small: {+schema: core}}}",
    "models/lines.sql": "select 'a' as kind, 2 as amount union all select 'a', 3 union all select 'b', 4",
    "models/totals.sql": (
        "select kind, sum(amount) as amount, count(*) as lines\nfrom {{ ref('lines') }}\n"
        "where amount > 0\ngroup by kind"
    ),
    "models/models.yml": """
models:
  - name: totals
    data_tests:
      - holds: {arguments: {expression: "lines > 1 or kind = 'b'"}}
unit_tests:
  - name: amounts_add_up
    model: totals
    given:
      - input: ref('lines')
        rows: [{kind: a, amount: 1}, {kind: a, amount: 2}, {kind: b, amount: 5}]
    expect:
      rows: [{kind: a, amount: 3}, {kind: b, amount: 5}]
""",
    "tests/generic/holds.sql": (
        "{% test holds(model, expression) %}\n"
        "select * from {{ model }} where not ({{ expression }})\n"
        "{% endtest %}"
    ),
}


@pytest.fixture
def project(warehouse: Warehouse, tmp_path: Path, monkeypatch) -> Project:
    for name, content in FILES.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    for path in (PROJECT / "profiles.yml", PROJECT / "macros" / "generate_schema_name.sql"):
        target = "macros" if path.suffix == ".sql" else "."
        (tmp_path / "project" / target).mkdir(exist_ok=True)
        (tmp_path / "project" / target / path.name).write_text(path.read_text())
    return Project(warehouse.owner, tmp_path, tmp_path / "project")


def test_mutants_are_killed_by_the_tests_that_see_them(project: Project):
    project.build()
    found = {mutant.change: mutant for mutant in project.mutants_of("totals")}
    reasons = {found["amount > 0 → true"].name: "all amounts are positive", "totals/join/000000": "gone"}
    report = Report(reasons)
    chosen = [found[change] for change in ("sum → max", "* → distinct 1", "amount > 0 → true", "0 → 1")]
    report.verdicts = dict(project.judge_all(chosen, jobs=2))

    assert {mutant.change: (v.state, v.by) for mutant, v in report.verdicts.items()} == {
        "sum → max": ("killed", "amounts_add_up"),
        "* → distinct 1": ("killed", "holds_totals_lines_1_or_kind_b_"),
        "amount > 0 → true": ("survived", ""),
        "0 → 1": ("killed", "amounts_add_up"),
    }
    assert report.unexplained == []
    assert report.rate == 0.75 and not report.is_good
    assert report.stale({"totals"}) == ["totals/join/000000"]
    with psycopg.connect(text(project.base), password=PASSWORD) as connection:
        assert connection.execute("select sum(amount), sum(lines) from core.totals").fetchone() == (9, 3)
        assert not connection.execute("select from pg_database where datname ~ '^(mutant_|units)'").fetchone()


def test_sql_that_does_not_run_is_not_a_mutant(project: Project):
    project.build()
    mutant = project.mutants_of("totals")[0]
    broken = type(mutant)("totals/x/1", "totals", "x", 1, "", "select nothing from {{ ref('lines') }}")
    ((_, verdict),) = project.judge_all([broken], jobs=1)
    assert verdict.state == "invalid" and "nothing" in verdict.by


def test_a_project_that_fails_by_itself_has_no_mutants(project: Project):
    project.models()["totals"].raw_code += " having sum(amount) = 4 and false"
    with pytest.raises(ProjectError, match="amounts_add_up"):
        project.build()
