"""Writes the macros from which dbt's models learn a source's name and how its files relate to each other."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ingestion.contract.model import Contract, Freshness, Restate
from ingestion.describe.dbt_sources import relation_of
from ingestion.ledger.scopes import ScopeText
from tradewind.settings import ROOT

RELATIONS_FILE = ROOT / "dbt_project" / "macros" / "relation_of.sql"

_TEMPLATE = """\
{{#- Generated from the contracts by `python -m ingestion sources`; edit those, not this file. -#}}
{{#- How the files of a source relate to each other; a macro, as unit tests see no sources. -#}}
{{% macro relations() -%}}
    {{%- do return({{
{lines}
    }}) -%}}
{{%- endmacro %}}

{{% macro relation_of(source_name) -%}}
    {{%- do return(relations()[source_name]) -%}}
{{%- endmacro %}}

{{#- Names of the sources for people. -#}}
{{% macro source_titles() -%}}
    {{%- do return({{
{titles}
    }}) -%}}
{{%- endmacro %}}

{{#- How old the last load of a source may be; sources that no new files are expected of are not named. -#}}
{{% macro freshness_limits() -%}}
    {{%- do return({{
{limits}
    }}) -%}}
{{%- endmacro %}}
"""


def render_relations(contracts: Iterable[Contract]) -> str:
    """The text of the macros `relations`, `relation_of`, `source_titles` and `freshness_limits`."""
    contracts = list(contracts)
    lines = [
        f"        {json.dumps(contract.source)}: {json.dumps(relation_for_macros(contract))},"
        for contract in contracts
    ]
    titles = [
        f"        {json.dumps(contract.source)}: {json.dumps(contract.title or contract.source)},"
        for contract in contracts
    ]
    limits = [
        f"        {json.dumps(contract.source)}: {json.dumps(_limit(contract.freshness))},"
        for contract in contracts
        if contract.freshness
    ]
    return _TEMPLATE.format(lines="\n".join(lines), titles="\n".join(titles), limits="\n".join(limits))


def relation_for_macros(contract: Contract) -> dict[str, Any]:
    """How the files of a source relate to each other; a scope is the SQL of its text, to be formatted."""
    relation = relation_of(contract.relation)
    if isinstance(contract.relation, Restate):
        relation["scope"] = ScopeText.of(contract).sql()
    return relation


def _limit(freshness: Freshness) -> dict[str, Any]:
    return {"count": freshness.count, "period": freshness.period}
