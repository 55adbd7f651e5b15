"""Which dashboards show the lines of a source, by what dbt says reads what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

#: Models through which figures do not pass: lists of members, and accounts of the warehouse itself.
_NO_FIGURES = ("dim_", "kpi_", "health_", "mart_data_status", "mart_dashboard_status")


def dashboards_of(manifest: Path, model: str) -> dict[str, str]:
    """Titles of the dashboards that show figures of a model, by their slugs; none where dbt has not run."""
    if not manifest.is_file():
        return {}
    project = json.loads(manifest.read_text(encoding="utf-8"))
    start = next((key for key in project["nodes"] if key.endswith(f".{model}")), None)
    reached = _reached(project["child_map"], start) if start else set()
    return {
        slug: exposure["label"]
        for key, exposure in sorted(project["exposures"].items())
        if (slug := exposure["config"]["meta"].get("slug")) and key in reached
    }


def _reached(children: Mapping[str, Any], start: str) -> set[str]:
    found, ahead = {start}, [start]
    while ahead:
        for child in children.get(ahead.pop(), ()):
            name = child.rpartition(".")[2]
            if child not in found and not name.startswith(_NO_FIGURES) and "_members" not in name:
                found.add(child)
                ahead.append(child)
    return found
