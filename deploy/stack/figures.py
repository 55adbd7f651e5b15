"""Whether dashboards show the warehouse's own figures: a chart is read through Superset, and compared.

That the programs answer says little: a chart may fail because a certificate or a password is missing, or show
the figures of another database.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg
import yaml

from ingestion.database.connection import connect_as
from tradewind.dashboards import queries, security, web
from tradewind.dashboards.tree import ASSETS, files
from tradewind.settings import Settings

#: The user who takes the pictures for the report by e-mail, and sees what an executive sees.
USER = "reports"

#: Seconds until the second comparison, since a publication may have come between reading chart and mart.
PAUSE = 2


@dataclass(frozen=True)
class Card:
    """A card that shows one metric over all rows of a mart."""

    dashboard: str
    title: str
    mart: str
    expression: str


def faults(settings: Settings) -> list[str]:
    """What is wrong, as a sentence that says what to do; empty if the chart shows what the mart holds."""
    try:
        card = first_card()
    except LookupError as error:
        return [f"no figure can be compared: {error}"]
    for pause in (PAUSE, 0):
        try:
            kept = _kept(settings, card)
            if kept is None:
                return []  # nothing is published yet
            shown = _shown(settings, card)
        except psycopg.Error as error:
            return [f"the figures of {card.mart} cannot be read as reporter: {str(error).strip()}"]
        except (web.LoginError, LookupError, OSError) as error:
            return [f"the card {card.title!r} cannot be checked: {error}"]
        if _is_same(shown, kept):
            return []
        time.sleep(pause)
    return [
        f"the card {card.title!r} shows {shown}, but {card.mart} holds {kept}: Superset reads another "
        "database, or other rows; run make dashboards, and see make logs PROGRAM=superset"
    ]


def first_card() -> Card:
    """The first card that shows a sum over a whole mart, on the page that Superset opens first.

    Raises:
        LookupError: if there is none.
    """
    slug = next(iter(security.read().shown))
    for _, chart in files(ASSETS / "charts" / slug.replace("-", "_")):
        params = chart["params"]
        is_whole = params.get("aggregation") == "raw" or chart["viz_type"] == "big_number_total"
        is_card = chart["viz_type"].startswith("big_number") and not params.get("adhoc_filters")
        if is_card and is_whole:
            dataset = yaml.safe_load((ASSETS / f"datasets/warehouse/{chart['dataset']}.yaml").read_text())
            metrics = {metric["metric_name"]: metric["expression"] for metric in dataset["metrics"]}
            mart, expression = f"{dataset['schema']}.{dataset['table_name']}", metrics[params["metric"]]
            if "/" not in expression:  # a ratio may be right even over the wrong rows
                return Card(slug, chart["slice_name"], mart, expression)
    raise LookupError(f"no card of {slug} shows a sum over all rows")


def _kept(settings: Settings, card: Card) -> Decimal | None:
    """What the mart holds; None if it is empty, or does not exist yet."""
    try:
        with connect_as(settings, "reporter") as connection:
            # both come from this repository
            return connection.execute(f"select {card.expression} from {card.mart}").fetchone()[0]
    except psycopg.errors.UndefinedTable:
        return None


def _shown(settings: Settings, card: Card) -> Any:
    """What Superset answers to the card's own query, bypassing its cache."""
    base = f"http://127.0.0.1:{settings.superset_port}"
    session = web.Session(base, USER, settings.get("SUPERSET_REPORTS_PASSWORD"))
    dashboard = _result(session.get(f"/api/v1/dashboard/{card.dashboard}"))["id"]
    charts = _result(session.get(f"/api/v1/dashboard/{card.dashboard}/charts"))
    found = [chart["form_data"] for chart in charts if chart["slice_name"] == card.title]
    if not found:
        raise LookupError(f"{card.dashboard} has no such card: run make dashboards")
    dataset = int(found[0]["datasource"].partition("__")[0])
    path, body = queries.requests(found[0], found[0]["slice_id"], dashboard, dataset)
    (row,) = _result(session.post(path, {**body, "force": True}))[-1]["data"]
    (value,) = row.values()
    return value


def _result(answer: web.Answer) -> Any:
    if answer.status != 200 or answer.json is None:
        raise LookupError(f"Superset answers {answer}")
    return answer.json["result"]


def _is_same(shown: Any, kept: Decimal) -> bool:
    """Equal, except for what JSON numbers cannot represent."""
    if shown is None or isinstance(shown, str):
        return False
    return abs(Decimal(str(shown)) - Decimal(kept)) <= abs(Decimal(kept)) / 10**9
