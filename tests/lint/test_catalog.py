"""Descriptions, generated pages and privacy, from the manifest of the compiled project."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.conftest import Warehouse, skip
from tests.lint.dimensions import unsafe_uses
from tradewind.catalog.privacy import INTERNAL, PERSONAL, examine
from tradewind.extra_environments import CONVENTIONS, EnvironmentMissing, environment_python
from tradewind.lineage import manifest as manifests
from tradewind.lineage.manifest import Column, Manifest, Node
from tradewind.lineage.project import follow
from tradewind.settings import ROOT

PROJECT = ROOT / "dbt_project"

# A person's words and a city on their way into a mart, under other names.
LEAKS = {
    "staging/stg_leak__reviews.sql": "select * from {{ source('olist', 'order_reviews') }}",
    "core/fct_leak.sql": """
        {{ config(contract={'enforced': false}) }}
        with reviews as (select * from {{ ref('stg_leak__reviews') }}),
        numbered as (
            select reviews.*, row_number() over (partition by order_id order by review_id) as place
            from reviews
        )
        select order_id, review_comment_message as note, review_score from numbered where place = 1
    """,
    "marts/mart_leak.sql": """
        {{ config(contract={'enforced': false}) }}
        with notes as (select * from {{ ref('fct_leak') }}),
        customers as (select * from {{ source('olist', 'customers') }}),
        cells as (
            select
                coalesce(trim(notes.note), 'none') as headline,
                initcap(customers.customer_city) as town,
                initcap(customers.customer_city) as released_town,
                notes.note is not null as has_note,
                notes.order_id
            from notes cross join customers
        )
        select
            max(headline) as best,
            town,
            released_town,
            count(distinct order_id) as orders,
            sum(case when has_note then 1 else 0 end) as noted_orders
        from cells
        group by town, released_town
    """,
    "marts/mart_leak.yml": """
        version: 2
        models:
          - name: mart_leak
            columns:
              - {name: best, config: {meta: {released: of no avail}}}
              - {name: released_town, config: {meta: {released: a test}}}
    """,
}


def compiled(warehouse: Warehouse, state: Path, *options: str) -> Path:
    """The manifest that `dbt compile` writes."""
    outcome = subprocess.run(
        [sys.executable, "-m", "tradewind", "dbt", "compile", "--quiet", *options],
        cwd=ROOT,
        env={**warehouse.environment(), "TRADEWIND_STATE": str(state)},
        capture_output=True,
        text=True,
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return state / "dbt" / "manifest.json"


@pytest.fixture(scope="module")
def manifest_file(warehouse: Warehouse, tmp_path_factory) -> Path:
    return compiled(warehouse, tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="module")
def manifest(manifest_file: Path) -> Manifest:
    return manifests.read(manifest_file)


def test_everything_is_described(manifest: Manifest):
    columns = [(node, column) for node in manifest.nodes.values() for column in node.columns.values()]
    assert len(columns) > 100
    assert {node.kind for node, _ in columns} == {"model", "seed", "source"}
    assert [node.name for node in manifest.nodes.values() if not node.description.strip()] == []
    assert [f"{node.name}.{column.name}" for node, column in columns if not column.description] == []


def test_the_described_columns_are_the_real_ones(manifest: Manifest):
    """Models by their select, seeds by their file; columns of sources are generated from the contracts."""
    real = follow(manifest).columns
    nodes = [node for node in manifest.nodes.values() if node.kind != "source"]
    assert len(nodes) > 10
    differences = {
        node.name: sorted(set(real[node.id]) ^ set(node.columns))
        for node in nodes
        if set(real[node.id]) != set(node.columns)
    }
    assert differences == {}


def test_every_mart_says_its_grain(manifest: Manifest):
    marts = manifest.models("marts")
    assert marts
    assert [mart.name for mart in marts if not mart.grain] == []


def test_marts_take_from_dimensions_only_what_rebuilds_them(manifest: Manifest):
    assert unsafe_uses(manifest) == []


def test_a_mart_that_would_go_stale_with_its_dimension_is_found():
    """With a price that changes while the product stays, and with a name that a new member may have."""
    product = {"key": "product_key", "spread": ["product"]}
    columns = {name: Column(name, "", "text", {}) for name in ("product_key", "product", "price")}
    sold = "select sales.day, {} from core.fct_sales as sales left join core.dim_product as products on {}"
    by_key = "sales.product_key = products.product_key"

    def node(name: str, layer: str, meta: dict, sql: str = "") -> Node:
        return Node(name, "model", name, layer, (layer,), f"core.{name}", "", columns, meta, sql=sql)

    def mart(name: str, column: str, on: str = by_key, **follows: str) -> Node:
        return node(name, "marts", {"slices": {"by": "day", "follows": follows}}, sold.format(column, on))

    nodes = [
        node("dim_product", "core", product),
        mart("by_key", "products.product"),
        mart("by_name", "products.product", "sales.name = products.product"),
        mart("by_key_or_name", "products.product", f"{by_key} or sales.name = products.product"),
        mart("with_price", "products.price"),
        mart("says_so", "products.price", dim_product="slice"),
    ]
    found = unsafe_uses(Manifest("postgres", {each.id: each for each in nodes}))
    assert [fault.partition(":")[0] for fault in found] == [
        "by_key_or_name reads dim_product other than by its key",
        "by_name reads dim_product other than by its key",
        "with_price takes price from dim_product",
    ]


def test_the_project_keeps_to_conventions(manifest_file: Path, tmp_path: Path):
    """Those of `dbt_project/dbt-bouncer.yml`."""
    try:
        python = environment_python(CONVENTIONS)
    except EnvironmentMissing as error:
        skip(str(error))
    (tmp_path / "target").symlink_to(manifest_file.parent)
    rules = ["--config-file", str(PROJECT / "dbt-bouncer.yml")]
    outcome = subprocess.run(
        [python.parent / "dbt-bouncer", "run", "--show-all-failures", *rules],
        env={**os.environ, "DBT_PROJECT_DIR": str(tmp_path), "COLUMNS": "300"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert outcome.returncode == 0, outcome.stdout


def test_generated_pages_follow_the_models(manifest_file: Path):
    outcome = subprocess.run(
        [sys.executable, "-m", "tradewind.catalog", "--check", "--manifest", str(manifest_file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert outcome.returncode == 0, outcome.stderr


def test_personal_data_stops_before_core_and_pseudonyms_before_the_marts(manifest: Manifest):
    privacy = examine(manifest)
    assert privacy.walked > 100
    assert privacy.classified > 10
    assert privacy.walked >= sum(len(node.columns) for node in manifest.models())
    assert list(map(str, privacy.breaches)) == []


def test_a_leak_is_found(warehouse: Warehouse, manifest_file: Path, tmp_path: Path):
    """Through two layers, stars, expressions and renames; counts and tests for null stop it."""
    project = tmp_path / "project"
    shutil.copytree(PROJECT, project)
    for name, text in LEAKS.items():
        (project / "models" / name).write_text(dedent(text))
    # dbt parses only what is new
    (tmp_path / "dbt").mkdir()
    shutil.copy(manifest_file.parent / "partial_parse.msgpack", tmp_path / "dbt")
    privacy = examine(manifests.read(compiled(warehouse, tmp_path, "--project-dir", str(project))))
    found = {(each.model, each.column, each.classification, each.origin) for each in privacy.breaches}
    message = "olist.order_reviews.review_comment_message"
    assert found == {
        ("fct_leak", "note", PERSONAL, message),
        ("mart_leak", "best", PERSONAL, message),
        ("mart_leak", "town", INTERNAL, "olist.customers.customer_city"),
    }
    (best,) = (each for each in privacy.breaches if each.column == "best")
    assert best.path == ("mart_leak.best", "fct_leak.note", f"stg_leak__reviews.{message[20:]}", message)
    assert ("fct_leak", "order_id") in {(each.model, each.column) for each in privacy.carried("core")}
