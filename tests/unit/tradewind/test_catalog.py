"""Privacy and pages of a small project."""

import os
from pathlib import Path

import pytest
import yaml

from tradewind.catalog.erd import render_erd
from tradewind.catalog.exposures import render_exposures
from tradewind.catalog.metrics_page import render_metrics
from tradewind.catalog.privacy import INTERNAL, PERSONAL, PSEUDONYM, UNKNOWN, Privacy, examine
from tradewind.catalog.privacy_page import render_privacy
from tradewind.dashboards.shorthand import uuid_for
from tradewind.lineage.manifest import CatalogError, Check, Column, Manifest, Node, read


def node(name: str, columns: dict[str, dict], sql: str = "", reads: str = "", **rest) -> Node:
    """A node; without SQL, a source."""
    layer = {"fct": "core", "dim": "core", "mart": "marts"}.get(name.partition("_")[0], "staging")
    found = {key: Column(key, f"About {key}.", "text", meta) for key, meta in columns.items()}
    return Node(
        id=name,
        kind="model" if sql else "source",
        name=name,
        layer=layer if sql else "source",
        folders=(layer,),
        relation=f"s.{name}",
        description=rest.pop("description", ""),
        columns=found,
        meta=rest,
        inputs=tuple(reads.split()),
        sql=sql,
    )


PEOPLE = node(
    "people",
    {
        "id": {"classification": PSEUDONYM},
        "city": {"classification": INTERNAL},
        "words": {"classification": PERSONAL},
        "state": {"classification": "public"},
        "_load_id": {},
    },
)


def project(*nodes: Node, checks: list[Check] | None = None) -> Manifest:
    return Manifest("postgres", {each.id: each for each in nodes}, checks or [])


def mart(select: str, released: tuple[str, ...] = (), columns: str = "a") -> Privacy:
    described = {name: {"released": "a reason"} if name in released else {} for name in columns.split()}
    return examine(project(PEOPLE, node("mart_a", described, f"select {select}", "people")))


def breaches(privacy: Privacy) -> list[tuple[str, str]]:
    return [(each.column, each.classification) for each in privacy.breaches]


@pytest.mark.parametrize(
    ("select", "found"),
    [
        ("state as a from s.people", []),
        ("_load_id as a from s.people", []),
        ("count(distinct id) as a from s.people group by city", []),
        ("city = 'x' as a from s.people", []),
        ("words is not null as a from s.people", []),
        ("words like '%x%' as a from s.people", [("a", PERSONAL)]),
        ("max(words) as a from s.people", [("a", PERSONAL)]),
        ("md5(id) as a from s.people", [("a", PSEUDONYM)]),
        ("sum(length(city)) as a from s.people", [("a", INTERNAL)]),
        ("nobody_knows as a from s.people", [("a", INTERNAL), ("a", PERSONAL), ("a", PSEUDONYM)]),
        ("x.a from elsewhere.secrets as x", [("a", UNKNOWN)]),
    ],
)
def test_what_a_mart_may_hold(select, found):
    assert breaches(mart(select)) == found


def test_a_release_applies_to_pseudonyms_but_not_to_personal_data():
    privacy = mart("md5(id) as a, md5(words) as b from s.people", released=("a", "b"), columns="a b")
    assert breaches(privacy) == [("b", PERSONAL)]
    assert [each.column for each in privacy.releases] == ["a", "b"]


def test_a_release_in_core_applies_in_the_marts():
    core = node("dim_a", {"label": {"released": "a hash"}}, "select md5(id) as label from s.people", "people")
    manifest = project(PEOPLE, core, node("mart_a", {"a": {}}, "select label as a from s.dim_a", "dim_a"))
    assert breaches(examine(manifest)) == []


def test_core_may_carry_pseudonyms_and_says_so():
    manifest = project(PEOPLE, node("dim_a", {"key": {}}, "select md5(id) as key from s.people", "people"))
    privacy = examine(manifest)
    assert privacy.breaches == []
    assert [each.path for each in privacy.carried("core")] == [("dim_a.key", "people.id")]
    assert "| `dim_a.key` | pseudonym | `people.id` |" in render_privacy(manifest)


def test_a_model_that_reads_itself_is_followed_to_the_end():
    sql = "select city as x, state as y from s.people union all select y, x from s.fct_a"
    privacy = examine(project(PEOPLE, node("fct_a", {"x": {}, "y": {}}, sql, "people")))
    assert [(each.column, each.classification) for each in privacy.traces] == [
        ("x", INTERNAL),
        ("y", INTERNAL),
    ]


def test_a_model_without_its_sql_is_refused():
    model = node("fct_a", {}, "select 1 as x")
    with pytest.raises(CatalogError, match="fct_a is not compiled"):
        examine(project(Node(**{**vars(model), "sql": ""})))


def test_a_manifest_older_than_the_project_is_refused(tmp_path: Path):
    file = tmp_path / "manifest.json"
    file.write_text('{"metadata": {"adapter_type": "postgres"}, "nodes": {}, "sources": {}}')
    os.utime(file, (1000, 1000))
    assert read(file, changed_at=1000).nodes == {}
    with pytest.raises(CatalogError, match="older than the project"):
        read(file, changed_at=1000.5)


def test_metrics_shared_by_marts_are_written_once():
    metrics = [{"name": "n", "expression": "SUM(x)", "verbose_name": "N", "good_direction": "down"}]
    shared = {"superset": {"metrics": metrics}}
    about = "Things, by day. Grain: day x thing. A thing counts once."
    page = render_metrics(
        project(
            node("mart_a", {"x": {}}, "select 1 as x", description=about, **shared),
            node("mart_b", {"x": {}}, "select 1 as x", description="More. Grain - one row a day.", **shared),
        )
    )
    assert "Things, by day. A thing counts once.\n\nGrain: day x thing.\n" in page
    assert page.count("| N | `n` | `SUM(x)` |  |  |  | less |  |") == 1
    assert "Metrics: those of [mart_a](#mart_a)." in page
    assert "Grain: one row a day.\n" in page


def test_keys_and_relations_come_from_the_tests():
    def check(name: str, of: str, column: str = "", severity: str = "error", **arguments) -> Check:
        return Check(name, of, column, arguments, (of, "dim_a"), severity)

    page = render_erd(
        project(
            node("dim_a", {"key": {}}, "select 1 as key"),
            node("dim_alone", {"key": {}}, "select 1 as key"),
            node("fct_a", {"a": {}, "b": {}, "c": {}}, "select 1 as a"),
            checks=[
                check("unique", "dim_a", "key"),
                check("unique_grain", "fct_a", columns=["a", "b"]),
                check("never_null", "fct_a", columns=["a", "c"]),
                check("relationships", "fct_a", "a"),
                check("relationships", "fct_a", "b"),
                check("relationships", "fct_a", "c", "warn"),
            ],
        )
    )
    assert 'dim_a ||--o{ fct_a : "a"' in page
    assert 'dim_a |o--o{ fct_a : "b"' in page  # may be null
    assert 'dim_a |o--o{ fct_a : "c"' in page  # a missing one only causes a warning
    assert "text a PK, FK" in page
    assert "text c FK" in page
    assert "text key PK" in page
    assert "dim_alone {" in page


RAW = {
    "position": {
        "CHART-1": {"type": "CHART", "meta": {"uuid": uuid_for("charts", "a")}},
        "CHART-2": {"type": "CHART", "meta": {"uuid": "of a chart without a file"}},
    },
    "metadata": {
        "native_filter_configuration": [{"targets": [{}]}, {"targets": [{"datasetUuid": "the uuid of b"}]}]
    },
}
SHORT = {
    "texts": {"intro": "About sales."},
    "layout": [
        {"height": 20, "row": {"intro": 12}},
        {"tabs": {"First": [{"tabs": {"Second": [{"height": 20, "row": {"a": 12}}]}}]}},
    ],
    "filters": [{"name": "Period"}, {"name": "Country", "dataset": "mart_b", "column": "country"}],
}


@pytest.mark.parametrize("form", [SHORT, RAW], ids=["short form", "raw layout"])
def test_a_dashboard_depends_on_the_marts_of_its_charts_and_filters(tmp_path: Path, form: dict):
    for name, data in {
        "charts/one/a.yaml": {"dataset": "mart_a"},
        "charts/two/c.yaml": {"dataset": "mart_c"},
        "datasets/warehouse/mart_b.yaml": {"table_name": "mart_b", "uuid": "the uuid of b"},
        "dashboards/x.yaml": {"slug": "the-sales", "dashboard_title": "Sales", **form},
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(yaml.safe_dump(data))
    (exposure,) = yaml.safe_load(render_exposures(tmp_path))["exposures"]
    assert exposure["name"] == "the_sales"
    assert exposure["depends_on"] == ["ref('mart_a')", "ref('mart_b')"]
    assert exposure["url"].endswith("/superset/dashboard/the-sales/")
