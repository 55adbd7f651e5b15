"""Tells Superset that the marts have changed."""

from __future__ import annotations

import psycopg

from tradewind.settings import Settings, text

#: A dataset's change time is part of every cache key of its charts, so that one update turns them all over.
TURN_OVER = """
update tables set changed_on = now() at time zone 'utc' where schema = 'marts'
"""


def turn_over_caches(settings: Settings) -> int:
    """Make every chart read the marts anew at its next request; returns the number of datasets.

    Works through a role that may change this one column and nothing else.
    """
    url = settings.embedded_url("freshness", settings.get("SUPERSET_FRESHNESS_PASSWORD"), "superset")
    with psycopg.connect(text(url)) as connection:
        return connection.execute(TURN_OVER).rowcount
