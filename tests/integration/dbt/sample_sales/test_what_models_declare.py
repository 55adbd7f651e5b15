"""A model notices every change in what it reads, or the project is refused before anything is built."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from ingestion.sample import write_sample_files
from tests.integration.dbt.sample_sales.project_copy import ProjectCopy

#: A view of a source's rows.
VIEW_OF_SALES = """\
{{ config(meta={'batches_of': 'sales.transactions'}) }}
with transactions as ( {{ current_rows('sales', 'transactions') }} )

select
    transactions.batch_id,
    transactions._load_id as load_id,
    transactions.product,
    transactions.profit
from transactions
"""

FREE = "contract={'enforced': false}"

#: Joins a second source to the sales, such as products with their costs.
JOINED = """
        join {{ ref('stg_view_of_targets') }} as targets
            on transactions.country = targets.country and transactions.segment = targets.segment
"""


def view_of(table: str, joined: str = "") -> str:
    """A view of all rows of a table of `sales`, which declares that table alone."""
    return (
        f"{{{{ config(materialized='view', meta={{'batches_of': 'sales.{table}'}}) }}}}"
        f" with {table} as ( {{{{ current_rows('sales', '{table}') }}}} )"
        f" select {table}.* from {table} {joined}"
    )


@pytest.fixture
def project(warehouse, dbt_state, tmp_path) -> ProjectCopy:
    return ProjectCopy(warehouse, tmp_path, dbt_state)


def test_reads_whose_changes_would_go_unnoticed_are_refused_all_at_once(project):
    joined = "left join {{ ref('stg_view_of_targets') }} as targets using (country)"
    views = {"targets": view_of("targets"), "inventory": view_of("inventory")}
    views["engagement"] = view_of("engagement", joined)
    for table, view in views.items():
        project.write(f"models/staging/sales/stg_view_of_{table}.sql", view)
    project.write(
        "macros/costs.sql", "{% macro costs() %}select * from {{ source('olist', 'sellers') }}{% endmacro %}"
    )
    project.write(
        "models/core/costs_between.sql",
        f"{{{{ config(materialized='ephemeral', {FREE}) }}}} {{{{ costs() }}}}",
    )
    project.write(
        "models/core/matview.sql",
        f"{{{{ config(materialized='materialized_view', {FREE}) }}}} select 1 as id",
    )
    project.write("models/staging/sales/stg_view_of_sales.sql", VIEW_OF_SALES)
    models = {
        "whole_by_macro": "whole()|select * from {{ ref('costs_between') }}",
        "ledger_itself": "whole()|select * from {{ source('ops', 'loads') }}",
        "ledger_only": "whole()|select * from {{ ref('stg_ops__loads') }}",
        "by_health": "whole()|select * from {{ ref('health_loads') }}",
        "by_matview": "whole()|select * from {{ ref('matview') }}",
        "by_hand": "whole()|select * from staging.raw_olist_sellers",
        "typo": "slices(by='batch_id bigint', batches_of='sales.transaction')"
        "|select * from {{ ref('stg_view_of_sales') }}",
        "by_key": "slices(by='load_id bigint', batches_of='sales.targets')"
        "|select * from {{ ref('stg_view_of_targets') }}",
        "without_key": "slices(by='batch_id bigint', rows_of='sales.engagement', rebuilt_by='sales.targets')"
        "|select * from {{ ref('stg_view_of_engagement') }}",
        "by_joined_view": "slices(by='batch_id bigint', batches_of='sales.engagement')"
        "|select * from {{ ref('stg_view_of_engagement') }}",
        "two_joined": "slices(by='batch_id bigint', batches_of=['sales.transactions', 'sales.inventory'])"
        "|select batch_id from {{ ref('stg_view_of_sales') }}"
        " join {{ ref('stg_view_of_inventory') }} using (product)",
        "two_stacked": "slices(by='batch_id bigint', batches_of=['sales.transactions', 'sales.inventory'])"
        "|select batch_id from {{ ref('stg_view_of_sales') }}"
        " union all select batch_id from {{ ref('stg_view_of_inventory') }}",
        "follows_nobody": "slices(by='sale_date date', follows={'fct_sale': 'slice'})"
        "|select * from {{ ref('fct_sales') }}",
    }
    for name, text in models.items():
        config, sql = text.split("|")
        project.write(f"models/core/{name}.sql", f"{{{{ config({FREE}, **{config}) }}}} {sql}")

    outcome = project.dbt("parse")

    assert outcome.returncode == 1
    said = outcome.stdout
    for fault in [
        "stg_view_of_engagement (models/staging/sales/stg_view_of_engagement.sql) reads the source"
        " sales.targets without declaring it (stg_view_of_engagement -> stg_view_of_targets ->"
        " sales.targets): add 'sales.targets' to `batches_of` in its config(meta=...)",
        "by_joined_view (models/core/by_joined_view.sql) reads the source sales.targets without declaring it"
        " (by_joined_view -> stg_view_of_engagement -> stg_view_of_targets -> sales.targets): add"
        " 'sales.targets' to `rebuilt_by` of its slices(...)",
        "whole_by_macro (models/core/whole_by_macro.sql) reads the source olist.sellers without declaring it"
        " (whole_by_macro -> costs_between -> olist.sellers): add 'olist.sellers' to `batches_of` of its"
        " whole(...)",
        "ledger_itself (models/core/ledger_itself.sql) reads the source ops.loads",
        "ledger_only (models/core/ledger_only.sql) reads the ledger (ledger_only -> stg_ops__loads)",
        "by_health (models/core/by_health.sql) reads the source ops.loads without declaring it (by_health ->"
        " health_loads -> ops.loads)",
        "by_matview (models/core/by_matview.sql) reads the materialized_view matview",
        "by_hand (models/core/by_hand.sql) names the table staging.raw_olist_sellers by hand",
        "typo (models/core/typo.sql) reads the source sales.transactions without declaring it",
        "typo (models/core/typo.sql) declares 'sales.transaction', which is not a source",
        "by_key (models/core/by_key.sql) names 'sales.targets' in `batches_of`",
        "without_key (models/core/without_key.sql) names 'sales.engagement' in `rows_of`",
        "two_joined (models/core/two_joined.sql) reads sales.transactions and sales.inventory in"
        " `batches_of`, but two_joined joins them",
        "follows_nobody (models/core/follows_nobody.sql) follows 'fct_sale', which is not a model",
    ]:
        assert fault in said, (fault, said)
    assert "two_stacked (" not in said and "stg_view_of_targets (" not in said
    assert "on-run-start" in project.dbt("build", "--select", "dim_date").stdout


def sample(folder: Path, seed: int) -> dict[str, Path]:
    folder.mkdir()
    write_sample_files(folder, rows=80, seed=seed)
    return {path.name.split("_until_")[0].removesuffix(".csv"): path for path in folder.iterdir()}


def doubled(path: Path, folder: Path) -> Path:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    (column,) = (name for name in rows[0] if "target" in name.lower() and "month" not in name.lower())
    folder.mkdir()
    with (folder / path.name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows([row | {column: str(2 * int(float(row[column])))} for row in rows])
    return folder / path.name


def test_changes_are_followed_through_views(project, take: Callable, ask: Callable, tmp_path: Path):
    """A joined source, an ephemeral model and a view in between, a seed: each without a full refresh."""
    project.write("models/staging/sales/stg_view_of_targets.sql", view_of("targets"))
    project.write(
        "models/staging/sales/stg_joined.sql",
        VIEW_OF_SALES.replace(
            "'batches_of': 'sales.transactions'", "'batches_of': ['sales.transactions', 'sales.targets']"
        )
        .replace("    transactions.profit\nfrom transactions", "    targets.sales_target\nfrom transactions")
        .rstrip()
        + JOINED,
    )
    models = {
        "by_view": "slices(by='batch_id bigint', batches_of='sales.transactions', rebuilt_by='sales.targets')"
        "|select batch_id, sales_target as figure from {{ ref('stg_joined') }}"
        " where {{ is_touched('batch_id', load='load_id') }}",
        "by_ephemeral": "whole()|select sales_target as figure from {{ ref('between') }}"
        " where {{ has_changed() }}",
        "by_table_behind_view": "whole()|select sales_target as figure from {{ ref('view_between') }}"
        " where {{ has_changed() }}",
        "by_seed": "whole()|select length(region) as figure from {{ ref('countries') }}"
        " where {{ has_changed() }}",
    }
    project.write(
        "models/core/between.sql",
        f"{{{{ config(materialized='ephemeral', {FREE}) }}}} select * from {{{{ ref('fct_sales_target') }}}}",
    )
    project.write(
        "models/core/view_between.sql",
        f"{{{{ config(materialized='view', {FREE}) }}}} select * from {{{{ ref('fct_sales_target') }}}}",
    )
    for name, model in models.items():
        config, sql = model.split("|")
        project.write(f"models/core/{name}.sql", f"{{{{ config({FREE}, **{config}) }}}} {sql}")
    ledger = ["stg_ops__loads", "stg_ops__loads+1,config.materialized:view"]
    targets = ["stg_view_of_targets", "stg_sales_targets__targets", "int_targets", "fct_sales_target"]
    chosen = ["--select", *ledger, *targets, "stg_joined", "view_between", *models]

    def figures() -> dict[str, object]:
        return {
            name: ask(f"select sum(figure) from core.{name}", role="transformer")[0][0] for name in models
        }

    files = sample(tmp_path / "first", seed=3)
    take(files["targets"])
    project.run("run", *chosen)
    before = figures()
    assert all(before.values())

    take(doubled(files["targets"], tmp_path / "doubled"))
    countries = (project.folder / "seeds" / "countries.csv").read_text()
    project.write("seeds/countries.csv", countries.replace("Europe", "Old Europe"))
    project.run("seed")
    project.run("run", *chosen)
    after = figures()
    assert after.pop("by_seed") > before.pop("by_seed")
    assert after == {name: 2 * figure for name, figure in before.items()}
