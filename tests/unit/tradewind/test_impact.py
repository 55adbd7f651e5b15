"""Which columns a change of SQL affects, what changed files mean, and the path to charts and roles."""

import pytest
import yaml

from tradewind.impact.changed import Changed, read_changes
from tradewind.impact.columns import ALL, changed_columns, reached_columns
from tradewind.impact.git import Change
from tradewind.impact.graph import Model, impact
from tradewind.impact.report import counts, mermaid
from tradewind.superset_assets import dataset_uuid, uuid_for

OLD = """
{{ config(materialized='table') }}
with lines as (select day, country, sales, cogs, {{ key('segment') }} as segment_key from {{ ref('stg') }}),
totals as (select day, country, segment_key, sum(sales) as sales, sum(sales) - sum(cogs) as profit
           from lines group by day, country, segment_key)
select totals.day, totals.country, totals.sales, totals.profit, totals.profit / totals.sales as margin,
       totals.segment_key
from totals
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("totals.day,", "totals.day,  ", set()),
        ("totals.profit /", "totals.profit * 100 /", {"margin"}),
        ("sum(cogs) as", "sum(cogs) - 1 as", {"profit", "margin"}),
        ("country, sales, cogs", "country, 2 * sales as sales, cogs", {"sales", "profit", "margin"}),
        ("totals.sales, totals.profit,", "totals.profit,", {"sales"}),
        ("key('segment')", "key('product')", ALL),  # it is grouped by
        ("from lines group", "from lines where sales > 0 group", ALL),
        ("'table'", "'view'", ALL),
        ("from totals\n", "from totals\n{% if x %}\n", ALL),
        ("from totals\n", "from from\n", ALL),
    ],
)  # fmt: skip
def test_columns_that_a_change_affects(old, new, expected):
    assert old in OLD
    assert changed_columns(OLD, OLD.replace(old, new)) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select sales, day from a", {"sales"}),
        ("select upper(country) as country from a", set()),
        ("select * from a", {"sales"}),
        ("with b as (select sales as x, day from a) select x as y, day from b", {"y"}),
        ("select day from a where sales > 1", ALL),
        ("select day from a join b on a.sales = b.sales", ALL),
        ("select rank() over (order by sales) as place, day from a", {"place"}),
        ("select sales, day from a union all select cogs, day from b", {"sales"}),
        ("select cogs, day from a union all select sales, day from b", {"cogs"}),
        ("select {{ safe('sales') }} as x, day from a", {"x"}),
        ("select {{ measure }}, day from a", ALL),  # whatever it is
        ("select (", ALL),
    ],
)
def test_columns_that_a_touched_column_reaches(sql, expected):
    assert reached_columns(sql, {"sales"}) == expected
    assert reached_columns(sql, set()) == set()


MART = dataset_uuid("mart_a")
MODELS = [
    Model("s", "sales.lines", columns=frozenset({"sales", "cogs", "country"})),
    Model("m1", "stg", "select sales, cogs, country from lines", ("s",), frozenset({"macros/m.sql"})),
    Model(
        "m2",
        "mart_a",
        "select sum(sales) as sales, sum(cogs) as cogs, country from stg group by country",
        ("m1",),
        metrics={"total": "SUM(sales)", "cost": "SUM(cogs)"},
    ),
]
ASSETS = {
    "datasets/w/mart_a.yaml": {"uuid": MART, "schema": "marts", "table_name": "mart_a"},
    **{
        f"charts/x/{name}.yaml": {
            "uuid": uuid_for("charts", name),
            "slice_name": name.upper(),
            "dataset_uuid": MART,
            "params": params,
        }
        for name, params in {
            "a": {"metric": "total"},
            "b": {"metric": "cost", "groupby": ["country"]},
        }.items()
    },
    **{
        f"dashboards/{name}.yaml": {
            "slug": name,
            "dashboard_title": name.title(),
            "position": {"C": {"type": "CHART", "meta": {"uuid": uuid_for("charts", chart)}}},
            "metadata": {"native_filter_configuration": [{"targets": targets}]},
        }
        for name, chart, targets in (
            ("one", "a", [{}]),
            ("two", "b", [{"datasetUuid": MART, "column": {"name": "country"}}]),
        )
    },
}
SECURITY = {"dashboards": {"one": ["Executive"], "two": ["Analyst", "Executive"]}}


def touched(changed: Changed) -> set[str]:
    return {f"{kind} {name}" for kind, name in impact(changed, MODELS, ASSETS, SECURITY).touched}


def test_a_column_is_followed_to_the_roles_that_see_it():
    found = impact(Changed(nodes={"stg": {"sales"}}), MODELS, ASSETS, SECURITY)
    assert set(found.touched) == {
        ("model", "stg"),
        ("model", "mart_a"),
        ("metric", "mart_a.total"),
        ("chart", "a"),
        ("dashboard", "one"),
        ("role", "Executive"),
    }
    assert found.touched["model", "mart_a"] == "sales"
    assert found.changed == {("model", "stg")}
    assert counts(found) == "2 models, 1 metric, 1 chart, 1 dashboard, 1 role"
    drawn = mermaid(found)
    assert drawn.startswith("flowchart LR\n")
    assert drawn.count(" --> ") == 5
    assert '  n6(("role: Executive"))' in drawn


def test_a_column_that_is_grouped_by_touches_all():
    assert {"chart a", "chart b", "dashboard two", "role Analyst"} <= touched(
        Changed(nodes={"stg": {"country"}})
    )


def test_changed_descriptions_touch_only_the_model():
    assert touched(Changed(nodes={"stg": set()})) == {"model stg"}


def test_a_macro_touches_the_models_that_call_it():
    assert "chart b" in touched(Changed(macros={"macros/m.sql"}))
    assert touched(Changed(macros={"macros/other.sql"})) == set()


def test_a_metric_touches_its_charts():
    assert touched(Changed(metrics={("mart_a", "cost")})) == {
        "metric mart_a.cost",
        "chart b",
        "dashboard two",
        "role Analyst",
        "role Executive",
    }


def test_who_may_see_a_dashboard():
    assert touched(Changed(slugs={"one"}, roles={"Executive"})) == {"dashboard one", "role Executive"}


def test_without_roles_the_graph_ends_at_the_dashboards():
    found = impact(Changed(charts={"a", "gone"}), MODELS, ASSETS, {})
    assert set(found.touched) == {("chart", "a"), ("chart", "gone"), ("dashboard", "one")}
    assert found.touched["chart", "gone"] == "is gone"


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
    "dbt_project/models/core/fct_new.sql": (None, "select 1 as x"),
    "dbt_project/models/core/f.yml": (model("f", columns=[{"name": "x"}]), model("f", columns=[])),
    "dbt_project/macros/m.sql": ("a", "b"),
    "dbt_project/seeds/countries.csv": ("a", "b"),
    "ingestion/contracts/sales/lines.yaml": (contract("string"), contract("number")),
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
            "fct": {"x"},
            "fct_new": {"*"},
            "f": {"x"},
            "countries": {"*"},
            "sales.lines": {"sales"},
        },
        macros={"macros/m.sql"},
        metrics={("mart_a", "total")},
        charts={"a"},
        dashboards={"one_page"},
        slugs={"one"},
        roles={"B"},
    )
