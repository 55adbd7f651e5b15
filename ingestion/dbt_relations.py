"""Writes the macro from which dbt's models learn how the files of a source relate to each other."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ingestion.contract import Contract
from ingestion.dbt_sources import relation_of
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
"""


def render_relations(contracts: Iterable[Contract]) -> str:
    """The text of the macros `relations`, of all sources, and `relation_of`, of one, as dictionaries."""
    lines = [
        f"        {json.dumps(contract.source)}: {json.dumps(relation_of(contract.relation))},"
        for contract in contracts
    ]
    return _TEMPLATE.format(lines="\n".join(lines))
