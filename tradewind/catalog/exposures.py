"""Writes models/exposures.yml: which marts each dashboard shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tradewind.catalog.yaml_text import dump
from tradewind.dashboards.shorthand import names_in, uuid_for
from tradewind.dashboards.tree import ASSETS, files

_HEAD = "# Generated from superset/assets by `make sync`; change a dashboard, not this file.\n"

# Superset's address depends on the installation.
_URL = "{{{{ env_var('SUPERSET_URL', 'http://127.0.0.1:8088') }}}}/superset/dashboard/{slug}/"


def render_exposures(assets: Path = ASSETS) -> str:
    """The YAML, with one exposure per dashboard."""
    charts = {path.stem: data["dataset"] for path, data in files(assets / "charts")}
    tables = {data["uuid"]: data["table_name"] for _, data in files(assets / "datasets")}
    found = [_exposure(each, charts, tables) for _, each in files(assets / "dashboards")]
    found.sort(key=lambda each: each["name"])
    return _HEAD + dump({"version": 2, "exposures": found})


def _exposure(dashboard: dict[str, Any], charts: dict[str, str], tables: dict[str, str]) -> dict[str, Any]:
    if "layout" in dashboard:
        datasets = {charts[name] for name in names_in(dashboard["layout"]) if name in charts}
        datasets |= {each["dataset"] for each in dashboard.get("filters", []) if "dataset" in each}
    else:
        datasets = set(_raw_datasets(dashboard, charts, tables))
    return {
        "name": dashboard["slug"].replace("-", "_"),
        "label": dashboard["dashboard_title"],
        "type": "dashboard",
        "maturity": "high" if dashboard.get("certified_by") else "medium",
        "url": _URL.format(slug=dashboard["slug"]),
        "description": " ".join((dashboard.get("description") or "").split()),
        "owner": {"name": dashboard.get("certified_by") or "Data team"},
        "config": {"meta": {"slug": dashboard["slug"]}},
        "depends_on": [f"ref('{name.rpartition('.')[2]}')" for name in sorted(datasets)],
    }


def _raw_datasets(dashboard: dict[str, Any], charts: dict[str, str], tables: dict[str, str]) -> Iterator[str]:
    """Datasets of a dashboard that is stored as Superset exports it, with everything named by UUID."""
    by_uuid = {uuid_for("charts", name): dataset for name, dataset in charts.items()}
    for node in dashboard["position"].values():
        chart = node.get("meta", {}).get("uuid") if isinstance(node, dict) else None
        if chart in by_uuid:
            yield by_uuid[chart]
    for each in dashboard.get("metadata", {}).get("native_filter_configuration", []):
        yield from (tables[t["datasetUuid"]] for t in each["targets"] if t.get("datasetUuid") in tables)
