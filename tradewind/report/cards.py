"""The cards of a dashboard: which metric of which mart each shows, and how."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tradewind.dashboards.shorthand import names_in
from tradewind.dashboards.tree import ASSETS, files


class UnknownDashboard(LookupError):
    """There is no such dashboard, or it has no cards; the message names those that there are."""


@dataclass(frozen=True, slots=True)
class Card:
    """A figure as a dashboard names and formats it."""

    title: str
    mart: str
    metric: str
    d3format: str | None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard's title and its cards, in reading order."""

    slug: str
    title: str
    cards: tuple[Card, ...]


def read_dashboard(slug: str, assets: Path = ASSETS) -> Dashboard:
    """The dashboard of this slug.

    A card that is narrowed by a filter of its own is left out: its figure is not the metric's.

    Raises:
        UnknownDashboard: as the class says.
    """
    pages = {data["slug"]: data for _, data in files(assets / "dashboards")}
    if slug not in pages:
        raise UnknownDashboard(f"there is no dashboard {slug}; there are {', '.join(sorted(pages))}")
    charts = {path.stem: data for path, data in files(assets / "charts")}
    names = dict.fromkeys(names_in(pages[slug]["layout"]))
    cards = tuple(_card(charts[name]) for name in names if name in charts and _is_card(charts[name]))
    if not cards:
        raise UnknownDashboard(f"dashboard {slug} has no cards")
    return Dashboard(slug, pages[slug]["dashboard_title"], cards)


def _is_card(chart: dict[str, Any]) -> bool:
    return chart["viz_type"].startswith("big_number") and not chart["params"].get("adhoc_filters")


def _card(chart: dict[str, Any]) -> Card:
    params = chart["params"]
    return Card(chart["slice_name"], chart["dataset"], params["metric"], params.get("y_axis_format"))
