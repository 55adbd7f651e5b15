"""Tells Superset that the marts have changed."""

from __future__ import annotations

import logging

import psycopg
from psycopg.errors import InsufficientPrivilege, UndefinedTable

from tradewind.settings import Settings, text
from tradewind.warehouse.publications import note_known_to_charts, unknown_to_charts

#: A dataset's change time is part of every cache key of its charts: one update turns them all over.
TURN_OVER = """
update tables set changed_on = now() at time zone 'utc' where schema = 'marts'
"""

log = logging.getLogger(__name__)


def turn_over_caches(settings: Settings) -> int:
    """Make every chart read the marts again at its next request; returns the number of datasets.

    Records in the warehouse that charts know of the publications so far. If Superset is not set up, or its
    database does not exist, returns 0 and records nothing; see `repeat_turn_over`.
    """
    known = unknown_to_charts(settings)
    turned = _turn_over(settings)
    if turned:
        note_known_to_charts(settings, known)
    return turned


def repeat_turn_over(settings: Settings) -> int:
    """Turn caches over where nobody did so after a publication, whatever ended it; returns the datasets."""
    return turn_over_caches(settings) if unknown_to_charts(settings) else 0


def _turn_over(settings: Settings) -> int:
    # through a role that may change this one column and nothing else
    url = settings.embedded_url("freshness", settings.get("SUPERSET_FRESHNESS_PASSWORD"), "superset")
    try:
        with psycopg.connect(text(url), connect_timeout=5) as connection:
            return connection.execute(TURN_OVER).rowcount
    except (psycopg.OperationalError, InsufficientPrivilege, UndefinedTable) as error:
        log.info("no dashboards to turn over: %s", error)
        return 0
