"""A domain whose tables have the same names as another's: the figures of both are reconciled."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import yaml

from ingestion.contract.files import read_contracts
from ingestion.describe.dbt_relations import render_relations
from ingestion.describe.dbt_sources import render_sources
from ingestion.loading.load import load
from tests.conftest import Warehouse
from tests.integration.dbt.sample_sales.project_copy import ProjectCopy
from tradewind.catalog.reconciled import render_reconciled
from tradewind.settings import ROOT

FREE = "contract={'enforced': false}"


#: What each mart takes from a dimension: only names, or a figure.
NAMED = {
    "orders": ("named.segment", "dim_segment"),
    "transactions": ("named.manufacturing_price", "dim_product"),
}


def contract(table: str, relation: dict) -> str:
    """A contract of the domain `superstore`, in which a row has an id, a region, a month and an amount."""
    kinds = {"id": "text", "region": "text", "day": "date", "amount": "numeric(18,2)"}
    logical = {"text": "string", "date": "date", "numeric(18,2)": "number"}
    columns = [
        {
            "name": name,
            "businessName": f"{table} {name}",
            "description": f"The {name}.",
            "logicalType": logical[kind],
            "physicalType": kind,
            "required": True,
            "classification": "public",
        }
        | ({"logicalTypeOptions": {"format": "yyyy-MM-dd"}} if kind == "date" else {})
        for name, kind in kinds.items()
    ]
    return yaml.safe_dump(
        {
            "apiVersion": "v3.1.0",
            "kind": "DataContract",
            "id": f"superstore.{table}",
            "name": f"Superstore {table}",
            "version": "1.0.0",
            "status": "active",
            "domain": "superstore",
            "schema": [
                {
                    "name": table,
                    "logicalType": "object",
                    "physicalType": "table",
                    "description": "One row each.",
                    "customProperties": [
                        {"property": "relation", "value": relation},
                        {"property": "maxRejectedShare", "value": 0},
                    ],
                    "properties": columns,
                }
            ],
        },
        sort_keys=False,
    )


def figures(table: str) -> str:
    """The YAML of a fact, with the figures of its source."""
    reconciled = {
        "source": f"superstore.{table}",
        "count": "rows",
        "totals": ["amount"],
        "monthly_mart": f"mart_superstore_{table}",
    }
    fact = {"name": f"fct_superstore_{table}", "config": {"meta": {"reconciled": reconciled}}}
    return yaml.safe_dump({"models": [fact]})


def test_two_domains_have_tables_with_the_same_name(
    warehouse: Warehouse,
    dbt_state: Path,
    take: Callable[[Path], int],
    ask: Callable,
    sample_file: Path,
    tmp_path: Path,
):
    contracts = tmp_path / "contracts" / "superstore"
    contracts.mkdir(parents=True)
    relations = {
        "orders": {"kind": "upsert", "key": ["id"]},
        "transactions": {
            "kind": "restate",
            "scope": [{"column": "region"}, {"column": "day", "by": "month"}],
        },
    }
    for table, relation in relations.items():
        (contracts / f"{table}.yaml").write_text(contract(table, relation))
    own = read_contracts(contracts.parent)
    everything = (*read_contracts(ROOT / "ingestion" / "contracts"), *own)
    project = ProjectCopy(warehouse, tmp_path, dbt_state)
    project.write("models/staging/_sources.yml", render_sources(everything))
    project.write("macros/relation_of.sql", render_relations(everything))
    for table in relations:
        project.write(f"models/core/fct_superstore_{table}.yml", figures(table))
    project.write("macros/reconciled_sources.sql", render_reconciled(project.folder / "models"))
    how = {
        "orders": (
            "slices(by='id text', rows_of='superstore.orders')",
            "slices(by='id text', follows={'stg_superstore__orders': 'slice'})",
            "is_touched('id')",
        ),
        "transactions": (
            "",
            "slices(by='batch_id bigint', batches_of='superstore.transactions')",
            "is_touched('batch_id', load='load_id')",
        ),
    }
    for table, (staged, fact, touched) in how.items():
        batch = ", batch_id" if table == "transactions" else ""
        config = f"{{{{ config(**{staged}) }}}}" if staged else ""
        project.write(
            f"models/staging/superstore/stg_superstore__{table}.sql",
            f"{config} with loaded as ( {{{{ current_rows('superstore', '{table}') }}}} )"
            f" select id, region, day, amount{batch}, _load_id as load_id from loaded",
        )
        project.write(
            f"models/core/fct_superstore_{table}.sql",
            f"{{{{ config({FREE}, **{fact}) }}}}"
            f" select * from {{{{ ref('stg_superstore__{table}') }}}} where {{{{ {touched} }}}}",
        )
        taken, dimension = NAMED[table]
        project.write(
            f"models/marts/mart_superstore_{table}.sql",
            f"{{{{ config({FREE}) }}}} select sales.region, count(*) as rows, sum(sales.amount) as amount,"
            f" max({taken}) as taken from {{{{ ref('fct_superstore_{table}') }}}} as sales"
            f" left join {{{{ ref('{dimension}') }}}} as named on sales.region = named.{dimension[4:]}_key"
            " group by sales.region",
        )
    # one page shows only the new domain
    exposures = yaml.safe_load((project.folder / "models" / "exposures.yml").read_text())
    (page,) = (each for each in exposures["exposures"] if each["name"] == "sales_trends")
    page["depends_on"] = [f"ref('mart_superstore_{table}')" for table in relations]
    project.write("models/exposures.yml", yaml.safe_dump(exposures))
    for table in relations:
        header = ",".join(f"{table} {name}" for name in ("id", "region", "day", "amount"))
        path = tmp_path / f"{table}.csv"
        path.write_text(f"{header}\na,West,2010-01-05,10.50\nb,East,2010-01-06,2.25\n")
        (result,) = load([path], url=warehouse.url("loader"), contracts=everything, landing=tmp_path)
        assert result.is_fine, result.message

    models = [f"{kind}_superstore_{table}" for kind in ("fct", "mart") for table in relations]
    staging = ["stg_ops__loads", "stg_ops__loads+1,config.materialized:view", "stg_superstore__orders"]
    kpis = ["kpi_totals_by_batch", "kpi_totals_by_source", "kpi_reconciliation"]
    status = ["mart_data_status", "mart_dashboard_status"]
    project.run("run", "--select", *staging, *models, *kpis, *status)

    found = ask(
        "select source, kpi, raw_total, staging_total, fact_total, mart_total, is_reconciled"
        " from ops.kpi_reconciliation where source in ('superstore.orders', 'superstore.transactions',"
        " 'sales.transactions') and kpi in ('amount', 'rows', 'sales_lines') order by 1, 2",
        role="transformer",
    )
    two, amount, many = Decimal(2), Decimal("12.75"), Decimal(300)
    assert found == [
        ("sales.transactions", "sales_lines", many, many, many, many, True),
        ("superstore.orders", "amount", amount, amount, amount, amount, True),
        ("superstore.orders", "rows", two, two, two, two, True),
        ("superstore.transactions", "amount", amount, amount, amount, amount, True),
        ("superstore.transactions", "rows", two, two, two, two, True),
    ]

    # the page's status follows lineage: from the dimension of segments it takes only names
    def said(dashboard: str) -> list[tuple]:
        return ask(
            "select source, marts, rows_loaded, is_sample, is_reconciled"
            f" from marts_next.mart_dashboard_status where dashboard = '{dashboard}' order by 1",
            role="transformer",
        )

    by_price = "mart_superstore_transactions"
    assert said("sales-trends") == [
        ("sales.transactions", by_price, 300, False, True),
        ("superstore.orders", "mart_superstore_orders", 2, False, True),
        ("superstore.transactions", by_price, 2, False, True),
    ]
    assert [row[0] for row in said("executive-overview")] == ["sales.transactions"]
    # without any file it says so, instead of being blank
    assert {row[2:] for row in said("e-commerce-summary")} == {(0, None, None)}
