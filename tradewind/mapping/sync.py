"""The staging models that are made from the mappings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ingestion.contract.files import CONTRACTS
from ingestion.contract.model import Contract
from ingestion.describe.files import settle
from tradewind.mapping.files import read_mappings
from tradewind.mapping.staging import render, render_properties
from tradewind.settings import ROOT

STAGING = ROOT / "dbt_project" / "models" / "staging"

#: First words of a model that is made here; any other file is written by hand.
_MADE = "-- Generated from "


def sync(
    contracts: Sequence[Contract], folder: Path = CONTRACTS, staging: Path = STAGING, *, check: bool = False
) -> list[Path]:
    """Bring the staging models of all mappings up to date, or only look; returns the files that change.

    A model that was made from a mapping which is gone is removed. One that a person has taken over, without
    the first line, stays as it is.

    Raises:
        PlacedFaults: a mapping is wrong.
    """
    wanted = _texts(contracts, folder, staging)
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
    return stale + settle(wanted, check=check)


def _texts(contracts: Sequence[Contract], folder: Path, staging: Path) -> dict[Path, str]:
    found: dict[Path, str] = {}
    for path, mapping in read_mappings(contracts, folder).items():
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
