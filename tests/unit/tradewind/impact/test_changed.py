"""What changed files mean."""

import pytest
import yaml

from tradewind.impact.changed import Changed, read_changes
from tradewind.impact.git import Change


def change(path: str, old: object, new: object) -> Change:
    return Change(path, *(yaml.safe_dump(each) if isinstance(each, dict) else each for each in (old, new)))


def model(name: str, **rest: object) -> dict:
    return {"models": [{"name": name, **rest}, {"name": "same"}]}


def metric(expression: str) -> dict:
    metrics = [{"name": "total", "expression": expression}, {"name": "another"}]
    return {"meta": {"superset": {"metrics": metrics}}}


def contract(kind: str) -> dict:
    return {"schema": [{"properties": [{"name": "sales", "logicalType": kind}, {"name": "cogs"}]}]}


FILES = {
    "dbt_project/models/marts/a.yml": (
        model("mart_a", config=metric("SUM(a)")),
        model("mart_a", config=metric("SUM(b)")),
    ),
    "dbt_project/models/core/fct.sql": ("select a as x, b from t", "select a + 1 as x, b from t"),
    "dbt_project/models/core/f.yml": (model("f", columns=[{"name": "x"}]), model("f", columns=[])),
    "dbt_project/macros/m.sql": ("a", "b"),
    "dbt_project/dbt_project.yml": ("a", "b"),
    "dbt_project/seeds/countries.csv": ("a", "b"),
    "ingestion/contracts/sales/lines.yaml": (contract("string"), contract("number")),
    # a mapping: what it changes, the staging model generated from it shows
    "ingestion/contracts/sales/lines.sales_lines.yaml": (None, {"source": "sales.lines"}),
    "superset/assets/charts/x/a.yaml": ("a", "b"),
    "superset/assets/dashboards/one_page.yaml": ("a", "b"),
    "superset/security.yaml": ({"dashboards": {"one": ["A", "B"]}}, {"dashboards": {"one": ["A"]}}),
    "README.md": ("a", "b"),
    "superset/bootstrap.py": ("a", "b"),
}


def test_meaning_of_changed_files():
    assert read_changes([change(path, *versions) for path, versions in FILES.items()]) == Changed(
        nodes={
            "mart_a": set(),
            "fct": set(),  # what its SQL changes is found by compiling it
            "f": {"x"},
            "countries": {"*"},
            "sales.lines": {"sales"},
        },
        is_project=True,
        metrics={("mart_a", "total")},
        charts={"a"},
        dashboards={"one_page"},
        slugs={"one"},
        roles={"B"},
    )


@pytest.mark.parametrize("path", FILES)
def test_what_models_are_compiled_from(path):
    found = read_changes([change(path, *FILES[path])])
    assert found.is_project == path.startswith("dbt_project/")
