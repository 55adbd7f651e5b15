"""Writes dbt's description of what the loader leaves in the warehouse, from the contracts."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

from ingestion.contract import Column, Contract
from ingestion.ddl import RAW_KEYS
from ingestion.ops_tables import OPS_TABLES, OpsColumn, OpsTable
from tradewind.settings import ROOT

SOURCES_FILE = ROOT / "dbt_project" / "models" / "staging" / "_sources.yml"

_HEAD = "# Generated from the contracts by `python -m ingestion sources`; edit those, not this file.\n"


class _Indented(yaml.SafeDumper):
    """Indents lists below their key, as the other files of the dbt project do."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)


def render_sources(contracts: Iterable[Contract]) -> str:
    """The text of `_sources.yml`: one dbt source a domain, and `ops`."""
    sources = [
        _domain(domain, list(members))
        for domain, members in groupby(contracts, key=lambda contract: contract.domain)
    ]
    sources.append(
        {
            "name": "ops",
            "schema": "ops",
            "description": "What the loader did: ledger, quarantine and the scopes that count.",
            "tables": [_ops_table(table) for table in OPS_TABLES],
        }
    )
    document = {"version": 2, "sources": sources}
    return _HEAD + yaml.dump(document, Dumper=_Indented, sort_keys=False, width=100, allow_unicode=True)


def write_sources(contracts: Iterable[Contract], path: Path = SOURCES_FILE) -> bool:
    """Bring `path` up to date; returns whether it changed."""
    text = render_sources(contracts)
    if is_current(text, path):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True


def is_current(text: str, path: Path = SOURCES_FILE) -> bool:
    """Whether `path` already holds `text`."""
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _domain(domain: str, contracts: list[Contract]) -> dict[str, Any]:
    return {
        "name": domain,
        "schema": "staging",
        "description": f"Raw tables of {domain}: typed and checked rows of files, append-only.",
        "tables": [_raw_table(contract) for contract in contracts],
    }


def _raw_table(contract: Contract) -> dict[str, Any]:
    limit = {"count": contract.freshness.count, "period": contract.freshness.period}
    return {
        "name": contract.table,
        "identifier": contract.raw_table,
        "description": contract.description,
        "config": {
            "freshness": {"warn_after": limit},
            "loaded_at_query": (
                "select max(finished_at) from ops.loads"
                f" where source = '{contract.source}' and state = 'loaded'"
            ),
            "meta": {
                "contract": contract.source,
                "contract_version": contract.version,
                "relation": str(contract.relation),
            },
        },
        "columns": [
            *map(_ops_column, RAW_KEYS),
            *map(_column, contract.columns),
        ],
    }


def _column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "description": column.description,
        "data_type": column.sql_type,
        "config": {"meta": {"header": column.header, "classification": column.classification}},
        "data_tests": ["not_null"],
    }


def _ops_table(table: OpsTable) -> dict[str, Any]:
    return {
        "name": table.name,
        "description": table.description,
        "columns": [_ops_column(column) for column in table.columns],
    }


def _ops_column(column: OpsColumn) -> dict[str, Any]:
    return {"name": column.name, "description": column.description, "data_type": column.sql_type}
