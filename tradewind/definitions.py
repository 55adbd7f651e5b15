"""Marts and their metrics as dbt's YAML defines them, which is the only place where they are defined."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tradewind.settings import ROOT

MODELS = ROOT / "dbt_project" / "models" / "marts"

# libyaml's loader if the wheel includes it: several times as fast
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
    d3format: str | None = None
    currency: str | None = None

    def unit_where(self, reporting: str) -> str:
        """The unit where this is the code of the reporting currency, for which definitions write USD.

        Empty for a ratio, and where there is none.
        """
        return {"USD": reporting, "ratio": "", None: ""}.get(self.unit, self.unit or "")

    def is_called(self, name: str) -> bool:
        """Whether a person may mean this metric: by name or label, as `total_sales` or `sales`."""
        return _plain(name) in (_plain(self.name), _plain(self.label))


@dataclass(frozen=True, slots=True)
class Mart:
    """A mart as its YAML describes it; `day` is the column of its business dates, if it has one.

    `area` is the folder of that YAML: `sales`, `ecommerce`, empty for what belongs to neither. `columns` are
    the names of its columns.
    """

    name: str
    description: str
    day: str | None
    metrics: dict[str, Metric]
    area: str = ""
    columns: tuple[str, ...] = ()


def read_marts(folder: Path = MODELS) -> dict[str, Mart]:
    """Every mart by name, as defined now: an edited metric takes effect at once, without a build."""
    found = {}
    for path in sorted(folder.rglob("*.yml")):
        area = "" if path.parent == folder else path.parent.name
        document = yaml.load(path.read_text("utf-8"), _LOADER) or {}
        found |= {model["name"]: _mart(model, area) for model in document.get("models", [])}
    return found


def _mart(model: dict[str, Any], area: str) -> Mart:
    meta = model.get("config", {}).get("meta", {}).get("superset", {})
    metrics = {item["name"]: _metric(item) for item in meta.get("metrics", [])}
    columns = tuple(column["name"] for column in model.get("columns", ()))
    day = meta.get("main_dttm_col")
    return Mart(model["name"], _one_line(model.get("description")), day, metrics, area, columns)


def _metric(item: dict[str, Any]) -> Metric:
    return Metric(
        name=item["name"],
        expression=_one_line(item["expression"]),
        label=item.get("verbose_name", item["name"]),
        description=_one_line(item.get("description")),
        unit=item.get("unit"),
        owner=item.get("owner"),
        good_direction=item.get("good_direction"),
        d3format=item.get("d3format"),
        currency=item.get("currency", {}).get("symbol"),
    )


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").replace("-", " ").split()).casefold()


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())
