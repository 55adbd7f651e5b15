"""The path from a change to the models, charts, dashboards and roles that it touches."""

import pytest

from tradewind.dashboards.shorthand import dataset_uuid, uuid_for
from tradewind.impact.changed import Changed
from tradewind.impact.graph import Impact, impact
from tradewind.impact.report import counts, mermaid
from tradewind.lineage.manifest import Column, Manifest, Node
from tradewind.lineage.project import follow

MART = dataset_uuid("mart_a")


def node(name: str, relation: str, columns: str, sql: str = "", reads: str = "", **meta: object) -> Node:
    """A node; without SQL, a source."""
    described = {each: Column(each, "", "text", {}) for each in columns.split()}
    kind = "model" if sql else "source"
    return Node(name, kind, name, kind, (), relation, "", described, meta, tuple(reads.split()), sql=sql)


def project(*nodes: Node) -> Manifest:
    return Manifest("postgres", {each.id: each for each in nodes})


METRICS = [{"name": "total", "expression": "SUM(sales)"}, {"name": "cost", "expression": "SUM(cogs)"}]
PROJECT = project(
    node("sales.lines", "staging.lines", "sales cogs country"),
    node("stg", "staging.stg", "", "select sales, cogs, country from staging.lines", "sales.lines"),
    node(
        "mart_a",
        "marts.mart_a",
        "",
        "select sum(sales) as sales, sum(cogs) as cogs, country from staging.stg group by country",
        "stg",
        superset={"metrics": METRICS},
    ),
)
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


def impact_of(changed: Changed, security: dict = SECURITY, of: Manifest = PROJECT) -> Impact:
    return impact(changed, of, follow(of), ASSETS, security)


def touched(changed: Changed) -> set[str]:
    return {f"{kind} {name}" for kind, name in impact_of(changed).touched}


def test_a_column_is_followed_to_the_roles_that_see_it():
    found = impact_of(Changed(nodes={"stg": {"sales"}}))
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


def test_a_grouping_column_touches_everything():
    assert {"chart a", "chart b", "dashboard two", "role Analyst"} <= touched(
        Changed(nodes={"stg": {"country"}})
    )


def test_changed_descriptions_touch_only_the_model():
    assert touched(Changed(nodes={"stg": set()})) == {"model stg"}


def test_a_deleted_model_touches_its_metrics_charts_and_filters():
    without = project(*[each for each in PROJECT.nodes.values() if each.name != "mart_a"])
    found = impact_of(Changed(nodes={"mart_a": {"*"}}), of=without)
    assert found.touched["model", "mart_a"] == "is gone"
    assert ("dashboard", "two") in found.touched


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
    found = impact_of(Changed(charts={"a", "gone"}), {})
    assert set(found.touched) == {("chart", "a"), ("chart", "gone"), ("dashboard", "one")}
    assert found.touched["chart", "gone"] == "is gone"


TABLES = (
    node("a", "s.a", "sales cogs day country"),
    node("b", "s.b", "sales cogs day measure"),
)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select sales, day from s.a", "sales"),
        ("select upper(country) as country from s.a", None),
        ("select * from s.a", "sales"),
        ("with b as (select sales as x, day from s.a) select x as y, day from b", "y"),
        ("select day from s.a where sales > 1", "all columns"),
        ("select a.day from s.a join s.b on a.sales = b.sales", "all columns"),
        ("select rank() over (order by sales) as place, day from s.a", "place"),
        ("select count(sales) as n, day from s.a group by day", "n"),
        ("select sales is null as is_absent, sales > 1 as is_much, day from s.a", "is_absent, is_much"),
        ("select distinct sales, day from s.a", "all columns"),
        ("select sales, day from s.a union all select cogs, day from s.b", "sales"),
        ("select sales, day from s.a union select cogs, day from s.b", "all columns"),
        ("select cogs, day from s.a union all select sales, day from s.b", None),
        ("select a.day, b.sales from s.a cross join s.b", None),  # a column with that name in another table
        ("select (select max(sales) from s.a) as most, day from s.b", "most"),
        ("select day from s.b where exists (select 1 from s.a where a.sales > b.sales)", "all columns"),
        ("select x.* from z.unknown as x", None),
        ("select (", "all columns"),
    ],
)
def test_columns_that_a_touched_column_reaches(sql, expected):
    of = project(*TABLES, node("m", "s.m", "", sql, "a b"))
    found = impact_of(Changed(nodes={"a": {"sales"}}), of=of)
    assert found.touched.get(("model", "m")) == expected
    assert set(impact_of(Changed(nodes={"a": set()}), of=of).touched) == {("model", "a")}


def test_if_rows_of_a_table_are_touched_so_is_everything_that_reads_it():
    counted = project(*TABLES, node("m", "s.m", "", "select count(*) as n from s.a", "a"))
    found = impact_of(Changed(nodes={"a": {"*"}}), of=counted)
    assert found.touched["model", "m"] == "all columns"
    assert found.causes(("model", "m")) == [("model", "a")]
