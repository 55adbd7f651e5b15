"""dbt's sources follow the contracts."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import yaml

from ingestion.contract.files import read_contracts
from ingestion.contract.model import Append, Contract, Period, Relation, Restate, ScopePart, Upsert
from ingestion.describe.dbt_relations import render_relations
from ingestion.describe.dbt_sources import render_sources
from ingestion.ledger.tables import OPS_TABLES


def raw_table(contract: Contract) -> Any:
    return yaml.safe_load(render_sources([contract]))["sources"][0]["tables"][0]


def test_what_dbt_is_given(sales: Contract) -> None:
    raw, ops = yaml.safe_load(render_sources([sales]))["sources"]
    (table,) = raw["tables"]
    assert (raw["name"], raw["schema"]) == ("sales", "staging")
    assert (table["name"], table["identifier"]) == ("transactions", "raw_sales_transactions")
    assert table["config"]["freshness"] == {"warn_after": {"count": 35, "period": "day"}}
    assert table["config"]["meta"]["contract_version"] == sales.version
    assert [column["name"] for column in table["columns"]] == [
        "_load_id",
        "_line",
        *(column.name for column in sales.columns),
    ]
    assert {column["name"]: column["data_type"] for column in table["columns"]}["profit"] == "numeric(18,4)"
    assert all(column["description"] for column in table["columns"])
    assert (ops["name"], [each["name"] for each in ops["tables"]]) == (
        "ops",
        [each.name for each in OPS_TABLES],
    )
    (quarantine,) = (each for each in ops["tables"] if each["name"] == "rejected_rows")
    told = {
        each["name"]: each["config"]["meta"]["classification"]
        for each in quarantine["columns"]
        if "config" in each
    }
    assert told == {"value": "personal", "reasons": "personal", "raw": "personal", "reason": "internal"}


@pytest.mark.parametrize(
    ("relation", "told"),
    [
        (Append(), {"kind": "append"}),
        (Upsert(("country", "year")), {"kind": "upsert", "key": ["country", "year"]}),
        (Upsert(("year",), "sale_date"), {"kind": "upsert", "key": ["year"], "latest": "sale_date"}),
        (Restate(()), {"kind": "restate", "scope": []}),
        (
            Restate((ScopePart("country"), ScopePart("sale_date", Period.MONTH)), 0.5),
            {
                "kind": "restate",
                "scope": [{"column": "country"}, {"column": "sale_date", "by": "month"}],
                "max_shrink": 0.5,
            },
        ),
    ],
)
def test_how_files_relate(sales: Contract, relation: Relation, told: Any) -> None:
    assert raw_table(replace(sales, relation=relation))["config"]["meta"]["relation"] == told


def test_a_closed_source_has_no_freshness(sales: Contract) -> None:
    assert raw_table(replace(sales, freshness=None))["config"].keys() == {"meta"}


def test_maximum_age_of_a_load_is_included_if_a_contract_has_one() -> None:
    """A page on freshness uses it."""
    contracts = read_contracts()
    named = [each for each in contracts if each.freshness]
    assert 0 < len(named) < len(contracts)
    macro = render_relations(contracts).partition("macro freshness_limits()")[2]
    for each in contracts:
        limit = each.freshness and {"count": each.freshness.count, "period": each.freshness.period}
        assert (f"{json.dumps(each.source)}: {json.dumps(limit)}," in macro) == bool(limit)
