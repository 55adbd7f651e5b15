"""Writes models/exposures.yml: which marts every dashboard shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tradewind.catalog.yaml_text import dump
from tradewind.settings import ROOT

ASSETS = ROOT / "superset" / "assets"

_HEAD = (
    "# Generated from superset/assets by `python -m tradewind.catalog`; change a dashboard, not this file.\n"
)

# Where Superset is depends on the installation.
_URL = "{{{{ env_var('SUPERSET_URL', 'http://127.0.0.1:8088') }}}}/superset/dashboard/{slug}/"


def render_exposures(assets: Path = ASSETS) -> str:
    """The YAML of one exposure a dashboard."""
    datasets = {data["uuid"]: data["table_name"] for data in _read(assets / "datasets")}
    charts = {data["uuid"]: datasets.get(data["dataset_uuid"]) for data in _read(assets / "charts")}
    found = [_exposure(each, charts, datasets) for each in _read(assets / "dashboards")]
    found.sort(key=lambda each: each["name"])
    return _HEAD + dump({"version": 2, "exposures": found})


def _exposure(
    dashboard: dict[str, Any], charts: dict[str, str | None], datasets: dict[str, str]
) -> dict[str, Any]:
    marts = {charts.get(uuid) or datasets.get(uuid) for uuid in _named(dashboard)} - {None}
    return {
        "name": dashboard["slug"].replace("-", "_"),
        "label": dashboard["dashboard_title"],
        "type": "dashboard",
        "maturity": "high" if dashboard.get("certified_by") else "medium",
        "url": _URL.format(slug=dashboard["slug"]),
        "description": " ".join((dashboard.get("description") or "").split()),
        "owner": {"name": dashboard.get("certified_by") or "Data team"},
        "depends_on": [f"ref('{mart}')" for mart in sorted(marts)],
    }


def _named(data: Any) -> Iterator[str]:
    """Every text in a dashboard: among them the ids of its charts, and of the datasets of its filters."""
    if isinstance(data, dict):
        for value in data.values():
            yield from _named(value)
    elif isinstance(data, list):
        for value in data:
            yield from _named(value)
    elif isinstance(data, str):
        yield data


def _read(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.rglob("*.yaml")):
        yield yaml.safe_load(path.read_text(encoding="utf-8"))
