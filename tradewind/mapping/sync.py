"""What the dbt project holds of the mappings: staging models, and a macro that names them."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from collections.abc import Mapping as MappingOf
from pathlib import Path

from ingestion.contract.files import CONTRACTS
from ingestion.contract.model import Contract
from ingestion.describe.files import settle
from tradewind.mapping.canonical import CanonicalModel
from tradewind.mapping.files import read_mappings
from tradewind.mapping.model import Mapping
from tradewind.mapping.properties import render_properties
from tradewind.mapping.staging import render
from tradewind.settings import ROOT, SettingError

PROJECT = ROOT / "dbt_project"

#: First words of a model that is made here; any other file is written by hand.
_MADE = "-- Generated from "

_MACRO = """\
{{#- Generated from the mappings beside the contracts by `make sync`; edit those, not this file. -#}}
{{#- Sources of {model}: their staging models, and the company of lines that name none. -#}}
{{% macro sources_of_{model}() -%}}
    {{%- do return({{
{lines}    }}) -%}}
{{%- endmacro %}}
"""


def sync(
    contracts: Sequence[Contract],
    folder: Path = CONTRACTS,
    project: Path = PROJECT,
    *,
    requested: Collection[str] = (),
    check: bool = False,
) -> list[Path]:
    """Bring what a dbt project holds of all mappings up to date, or only look; returns the files that change.

    That is a staging model per mapping, and a macro that names them all. Mappings that are `on_request` count
    only for the sources that are `requested`.

    A model that was made from a mapping which is gone is removed. One that a person has taken over, without
    the first line, stays as it is.

    Raises:
        PlacedFaults: a mapping is wrong.
        SettingError: a source is requested that has no mapping on request.
    """
    mappings, staging = _wanted(read_mappings(contracts, folder), requested), project / "models" / "staging"
    wanted = _models(mappings, folder, staging)
    own = {path for path in wanted if path.suffix == ".sql" and _is_own(path)}
    wanted = {path: text for path, text in wanted.items() if path.with_suffix(".sql") not in own}
    stale = [
        each
        for path in sorted(staging.rglob("stg_*__*.sql"))
        if path not in wanted and path not in own and is_made(path)
        for each in (path, path.with_suffix(".yml"))
        if each.exists()
    ]
    if not check:
        for path in stale:
            path.unlink()
    for model in CanonicalModel:
        sources = [mapping for mapping in mappings.values() if mapping.model is model]
        wanted[project / "macros" / f"sources_of_{model}.sql"] = _macro(model, sources)
    return stale + settle(wanted, check=check)


def _wanted(mappings: MappingOf[Path, Mapping], requested: Collection[str]) -> dict[Path, Mapping]:
    offered = {each.contract.source for each in mappings.values() if each.on_request}
    if unknown := sorted(set(requested) - offered):
        known = ", ".join(sorted(offered)) or "no source"
        raise SettingError(f"SALES_LINES_OF names {', '.join(unknown)}: it may name {known}")
    return {
        path: mapping
        for path, mapping in mappings.items()
        if not mapping.on_request or mapping.contract.source in requested
    }


def _macro(model: CanonicalModel, mappings: Sequence[Mapping]) -> str:
    """A macro that names the staging model of each source of `model`, in the order of the sources."""
    entries = {
        mapping.contract.source: {
            "staging": mapping.staging_model,
            "company": mapping.contract.domain.replace("_", " ").capitalize(),
        }
        for mapping in sorted(mappings, key=lambda each: each.contract.source)
    }
    lines = "".join(f"        {json.dumps(name)}: {json.dumps(entry)},\n" for name, entry in entries.items())
    return _MACRO.format(model=model, lines=lines)


def _models(mappings: MappingOf[Path, Mapping], folder: Path, staging: Path) -> dict[Path, str]:
    found: dict[Path, str] = {}
    for path, mapping in mappings.items():
        model = staging / mapping.contract.domain / f"{mapping.staging_model}.sql"
        place = f"ingestion/contracts/{path.relative_to(folder).as_posix()}"
        found[model] = render(mapping, place)
        found[model.with_suffix(".yml")] = render_properties(mapping, place)
    return found


def is_made(path: Path) -> bool:
    """Whether a staging model was generated from a mapping."""
    return path.read_text(encoding="utf-8").startswith(_MADE)


def _is_own(path: Path) -> bool:
    return path.exists() and not is_made(path)
