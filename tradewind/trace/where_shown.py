"""Which charts show a metric, and on which dashboards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from tradewind.dashboards.tree import ASSETS

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def charts_of(mart: str, metric: str) -> list[str]:
    """Charts that show the metric of the mart, as `Sales trends: Growth of sales`, in the order of names."""
    dashboards = [
        (document["dashboard_title"], set(_texts(document.get("layout"))))
        for path in sorted((ASSETS / "dashboards").glob("*.yaml"))
        if (document := _read(path.read_text("utf-8")))
    ]
    return sorted(
        f"{title}: {chart['slice_name']}"
        for path in (ASSETS / "charts").rglob("*.yaml")
        if (chart := _read(path.read_text("utf-8")))
        and chart.get("dataset") == mart
        and metric in _texts(chart.get("params"))
        for title, names in dashboards
        if path.stem in names
    )


def _read(text: str) -> dict[str, Any]:
    return yaml.load(text, _LOADER) or {}


def _texts(value: Any) -> Iterator[str]:
    """Every text in a document, keys too."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from (str(key), *_texts(each))
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value
