"""Which charts show a metric, and on which dashboards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tradewind.dashboards.tree import ASSETS, files


def charts_of(mart: str, metric: str) -> list[str]:
    """Charts that show the metric of the mart, as `Sales trends: Growth of sales`, in the order of names."""
    dashboards = [
        (document["dashboard_title"], set(_texts(document.get("layout"))))
        for _, document in files(ASSETS / "dashboards")
        if document
    ]
    return sorted(
        f"{title}: {chart['slice_name']}"
        for path, chart in files(ASSETS / "charts")
        if chart and chart.get("dataset") == mart and metric in _texts(chart.get("params"))
        for title, names in dashboards
        if path.stem in names
    )


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
