"""dbt's sources follow the contracts."""

from __future__ import annotations

from pathlib import Path

import yaml

from ingestion.contract import Contract
from ingestion.contract_files import read_contracts
from ingestion.dbt_sources import is_current, render_sources, write_sources
from ingestion.ops_tables import OPS_TABLES


def test_the_file_in_the_project_is_up_to_date() -> None:
    assert is_current(render_sources(read_contracts()))


def test_written_once(tmp_path: Path, sales: Contract) -> None:
    path = tmp_path / "models" / "_sources.yml"
    assert write_sources([sales], path)
    assert not write_sources([sales], path)


def test_what_dbt_is_told(sales: Contract) -> None:
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
    assert all(column["data_tests"] == ["not_null"] for column in table["columns"][2:])
    assert (ops["name"], [each["name"] for each in ops["tables"]]) == (
        "ops",
        [each.name for each in OPS_TABLES],
    )
