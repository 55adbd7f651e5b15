"""Writes `macros/reconciled_sources.sql`: the headline figures of each source, which layers must agree on.

They are defined beside the facts, as `meta.reconciled` in the YAML of the models. dbt needs them while it
parses, since they decide what the models of totals (`kpi_…`) read, and a macro cannot see that YAML by then.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError, field_validator

from tradewind.dashboards.shapes import LOADER
from tradewind.lineage.manifest import CatalogError
from tradewind.settings import ROOT

MODELS = ROOT / "dbt_project" / "models"

_HEAD = """\
{#- Generated from `meta.reconciled` in the YAML of models by `make sync`; change that, not this file. -#}
{% macro reconciled_sources() -%}
    {%- do return({
"""
_FOOT = """\
    }) -%}
{%- endmacro %}
"""


class Reconciled(BaseModel, extra="forbid"):
    """What a model's YAML says under `meta.reconciled`: at a fact that one source feeds, else at staging.

    Attributes:
        source: as `olist.orders`; at a fact, its staging model is `stg_olist__orders`.
        count: name of the figure that counts the rows which count.
        totals: figure and the column that it adds up; a list where both have the same name.
        raw: at staging, the figures as SQL over `raw_rows`, where they are not columns of the raw table;
            empty for one that a raw row alone does not have: it is compared from staging on.
        fact: at staging, a fact of several sources; its rows, and the marts', name theirs in `source`.
        fact_columns: figures that such a fact holds in a column of another name.
        marts_add_up_sources: the marts do not say which source a figure is of: all of it is compared.
        left_out_of_marts: as `left_out`, for rows of such a fact that the marts leave out.
        monthly_mart: mart of months that holds the figures.
        daily_mart: mart of days that holds the figures.
        not_in_marts: figures that no mart holds.
        left_out: SQL condition for rows that later layers leave out by their rule: rows of the fact that
            the marts leave out, or, where `fact` is given, rows of staging that the fact leaves out. Their
            total is added to that of these layers. The fact is `fact`, other models are named in braces.
        dates_lie_ahead: as those of targets, which do not say how recent the data are.
    """

    source: str
    count: str
    totals: dict[str, str] = {}
    raw: dict[str, str] = {}
    fact: str = ""
    fact_columns: dict[str, str] = {}
    marts_add_up_sources: bool = False
    left_out_of_marts: str = ""
    monthly_mart: str = ""
    daily_mart: str = ""
    not_in_marts: list[str] = []
    left_out: str = ""
    dates_lie_ahead: bool = False

    @field_validator("totals", mode="before")
    @classmethod
    def _of_same_names(cls, value: Any) -> Any:
        return {name: name for name in value} if isinstance(value, list) else value


def reconciled_models(models: Path = MODELS) -> dict[str, Reconciled]:
    """What each model reconciles, by the model's name.

    Raises:
        CatalogError: an entry cannot be read, or two of them name the same source and the same shared fact.
    """
    found: dict[str, Reconciled] = {}
    for path in sorted(models.rglob("*.yml")):
        for name, entry in _entries(path):
            try:
                found[name] = Reconciled.model_validate(entry)
            except ValidationError as error:
                first = error.errors()[0]
                place = ".".join(map(str, ("reconciled", *first["loc"])))
                raise CatalogError(f"{path}: {name}: {place}: {first['msg']}") from None
            own = found[name]
            kinds = [each.fact for each in found.values() if each.source == own.source]
            # a mapping may make rows of another fact of what has figures of its own
            if kinds.count(own.fact) > 1:
                raise CatalogError(f"{path}: {name}: {own.source} is reconciled by another model, too")
    return found


def render_reconciled(models: Path = MODELS) -> str:
    """The text of the macro `reconciled_sources`, ordered by source.

    Raises:
        CatalogError: as `reconciled_models`.
    """
    found = sorted(reconciled_models(models).items(), key=lambda each: (each[1].source, each[1].fact))
    entries, seen = [], set()
    for name, reconciled in found:
        source = reconciled.source
        id_ = f"{source}.{name.rpartition('__')[2]}" if source in seen else source
        seen.add(source)
        entries.append(_entry(id_, name, reconciled))
    return _HEAD + "".join(entries) + _FOOT


def _entries(path: Path) -> Iterator[tuple[str, Any]]:
    data = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)
    for model in (data or {}).get("models") or []:
        meta = (model.get("config") or {}).get("meta") or {}
        if "reconciled" in meta:
            yield model["name"], meta["reconciled"]


def staging_of(source: str) -> str:
    """Name of a source's staging model."""
    return f"stg_{source.replace('.', '__')}"


def _is_staging(model: str) -> bool:
    return model.startswith("stg_")


def _entry(id_: str, model: str, reconciled: Reconciled) -> str:
    """An entry of the macro's dictionary; JSON without null is a literal of Jinja too.

    `id_` is the source, or where another model has its entry, the source and the canonical model.
    """
    staging, fact = (model, reconciled.fact) if _is_staging(model) else (staging_of(reconciled.source), model)
    layers = {layer: name for layer, name in (("staging", staging), ("fact", fact)) if name}
    marts = {"mart": reconciled.monthly_mart, "daily_mart": reconciled.daily_mart}
    values: dict[str, Any] = {
        "count": reconciled.count,
        "totals": reconciled.totals,
        "layers": layers,
        "marts": {layer: mart for layer, mart in marts.items() if mart},
        "not_in_marts": reconciled.not_in_marts,
    }
    if id_ != reconciled.source:
        values["source"] = reconciled.source
    if reconciled.left_out:
        values["left_out"] = " ".join(reconciled.left_out.split())
        values["reads"] = [
            staging if reconciled.fact else model,
            *dict.fromkeys(re.findall(r"{(\w+)}", reconciled.left_out)),
        ]
    if reconciled.fact:
        values |= {"raw": reconciled.raw, "is_shared": True}
    if reconciled.fact_columns:
        values["fact_columns"] = reconciled.fact_columns
    if reconciled.marts_add_up_sources:
        values["marts_add_up_sources"] = True
    if reconciled.left_out_of_marts:
        values["left_out_of_marts"] = " ".join(reconciled.left_out_of_marts.split())
        values["marts_read"] = list(dict.fromkeys(re.findall(r"{(\w+)}", reconciled.left_out_of_marts)))
    if reconciled.dates_lie_ahead:
        values["dates_lie_ahead"] = True
    lines = [f'            "{key}": {json.dumps(value)},' for key, value in values.items()]
    return "\n".join([f'        "{id_}": {{', *lines, "        },"]) + "\n"
