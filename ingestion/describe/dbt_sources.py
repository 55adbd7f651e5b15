"""Writes dbt's description of what the loader leaves in the warehouse, from the contracts."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

import yaml

from ingestion.contract.model import Append, Column, Contract, Relation, Restate, Upsert
from ingestion.database.schema import RAW_KEYS
from ingestion.ledger.tables import OPS_TABLES, OpsColumn, OpsTable
from tradewind.settings import ROOT

SOURCES_FILE = ROOT / "dbt_project" / "models" / "staging" / "_sources.yml"

_HEAD = "# Generated from the contracts by `python -m ingestion sources`; edit those, not this file.\n"


class _Indented(yaml.SafeDumper):
    """Indents lists below their key, as the other files of the dbt project do."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)


def render_sources(contracts: Iterable[Contract]) -> str:
    """The text of `_sources.yml`: one dbt source per domain, and `ops`."""
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


def _domain(domain: str, contracts: list[Contract]) -> dict[str, Any]:
    return {
        "name": domain,
        "schema": "staging",
        "description": f"Raw tables of {domain}: typed and checked rows of files, append-only.",
        "tables": [_raw_table(contract) for contract in contracts],
    }


def _raw_table(contract: Contract) -> dict[str, Any]:
    return {
        "name": contract.table,
        "identifier": contract.raw_table,
        "description": contract.description,
        "config": {
            **_freshness(contract),
            "meta": {
                "contract": contract.source,
                "contract_version": contract.version,
                "relation": relation_of(contract.relation),
            },
        },
        "columns": [
            *map(_ops_column, RAW_KEYS),
            *map(_column, contract.columns),
        ],
    }


def _freshness(contract: Contract) -> dict[str, Any]:
    if contract.freshness is None:
        return {}
    return {
        "freshness": {"warn_after": {"count": contract.freshness.count, "period": contract.freshness.period}},
        "loaded_at_query": (
            f"select max(finished_at) from ops.loads where source = '{contract.source}' and state = 'loaded'"
        ),
    }


def relation_of(relation: Relation) -> dict[str, Any]:
    """How files relate to each other, as macros read it; what is not set is left out."""
    match relation:
        case Upsert():
            found = {"key": list(relation.key), "latest": relation.latest}
        case Restate():
            parts = [{"column": part.column, "by": part.by and part.by.value} for part in relation.scope]
            found = {"scope": list(map(_present, parts)), "max_shrink": relation.max_shrink}
        case Append():
            found = {}
    return {"kind": relation.kind, **_present(found)}


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "description": column.description,
        "data_type": column.sql_type,
        "config": {"meta": {"header": column.header, "classification": column.classification}},
    }


def _ops_table(table: OpsTable) -> dict[str, Any]:
    return {
        "name": table.name,
        "description": table.description,
        "columns": [_ops_column(column) for column in table.columns],
    }


def _ops_column(column: OpsColumn) -> dict[str, Any]:
    described = {"name": column.name, "description": column.description, "data_type": column.sql_type}
    if column.classification:
        described["config"] = {"meta": {"classification": column.classification}}
    return described
