"""What dbt's YAML says of the marts and their metrics: the one place where either is defined."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tradewind.settings import ROOT

MODELS = ROOT / "dbt_project" / "models" / "marts"

# libyaml's loader where the wheel has it: several times as fast
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure that is computed from a mart's additive columns; `expression` is SQL."""

    name: str
    expression: str
    label: str
    description: str
    unit: str | None
    owner: str | None
    good_direction: str | None


@dataclass(frozen=True, slots=True)
class Mart:
    """A mart as its YAML describes it; `day` is the column of its business dates, where it has one."""

    name: str
    description: str
    day: str | None
    metrics: dict[str, Metric]


def read_marts(folder: Path = MODELS) -> dict[str, Mart]:
    """Every mart by name, as defined now: an edited metric counts at once, without a build."""
    documents = (yaml.load(path.read_text("utf-8"), _LOADER) or {} for path in sorted(folder.rglob("*.yml")))
    found = (_mart(model) for document in documents for model in document.get("models", []))
    return {mart.name: mart for mart in found}


def _mart(model: dict[str, Any]) -> Mart:
    told = model.get("config", {}).get("meta", {}).get("superset", {})
    metrics = {item["name"]: _metric(item) for item in told.get("metrics", [])}
    return Mart(model["name"], _one_line(model.get("description")), told.get("main_dttm_col"), metrics)


def _metric(item: dict[str, Any]) -> Metric:
    return Metric(
        name=item["name"],
        expression=_one_line(item["expression"]),
        label=item.get("verbose_name", item["name"]),
        description=_one_line(item.get("description")),
        unit=item.get("unit"),
        owner=item.get("owner"),
        good_direction=item.get("good_direction"),
    )


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())
