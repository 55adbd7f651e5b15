"""Writes docs/metrics.md: what each mart and health view contains, and what its metrics mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tradewind.catalog.markdown import code, table
from tradewind.lineage.manifest import Manifest, Node

_HEAD = """\
# Marts and metrics

What every mart holds and what its metrics mean; after them the views `ops.health_*` of loads and builds.
Generated from the models' YAML in `dbt_project/models/marts` and `health` by `make sync`;
edit that, not this page.
"""

_DIRECTIONS = {"up": "more", "down": "less", "none": "neither"}


def render_metrics(manifest: Manifest) -> str:
    """The page as Markdown: one section per mart; metrics that marts share are described once."""
    said: dict[str, str] = {}
    parts = [_HEAD]
    for mart in [*manifest.models("marts"), *manifest.models("health")]:
        parts += _section(mart, said)
    return "\n".join(parts)


def metrics(mart: Node) -> list[dict[str, Any]]:
    """The metrics defined with a mart."""
    return (mart.meta.get("superset") or {}).get("metrics") or []


def _section(mart: Node, said: dict[str, str]) -> Iterator[str]:
    yield f"## {mart.name}\n"
    yield f"{mart.about}\n"
    if mart.grain:
        yield f"Grain: {mart.grain}.\n"
    rows = ((code(c.name), c.data_type, c.description) for c in mart.columns.values())
    yield table(("Column", "Type", "Description"), rows) + "\n"
    found = metrics(mart)
    if not found:
        return
    if str(found) in said:
        yield f"Metrics: those of [{said[str(found)]}](#{said[str(found)]}).\n"
        return
    said[str(found)] = mart.name
    head = ("Metric", "Name", "Expression", "Unit", "Format", "Owner", "Better", "Description")
    yield table(head, map(_metric, found)) + "\n"


def _metric(metric: dict[str, Any]) -> tuple[str, ...]:
    currency = (metric.get("currency") or {}).get("symbol", "")
    return (
        metric.get("verbose_name", ""),
        code(metric["name"]),
        code(" ".join(metric["expression"].split())),
        metric.get("unit", ""),
        " ".join(filter(None, [code(metric.get("d3format", "")), currency])),
        metric.get("owner", ""),
        _DIRECTIONS.get(str(metric.get("good_direction", "")), ""),
        " ".join(metric.get("description", "").split()),
    )
