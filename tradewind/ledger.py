"""Asks the ledger how far the published marts are behind the loads."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from tradewind.settings import Settings, text

_IS_NEVER_PUBLISHED = "select to_regclass('ops.published_loads') is null"

# Not by the highest number: a load with a lower one may commit later.
_UNPUBLISHED = """
select count(*) from ops.loads
where not exists (select from ops.published_loads where published_loads.load_id = loads.load_id)
"""


@dataclass(frozen=True)
class Progress:
    """Where the warehouse stands.

    Attributes:
        is_empty: whether the ledger knows no file at all.
        is_behind: whether a build has something to publish: a load, held ones included, or the first marts.
    """

    is_empty: bool
    is_behind: bool


def progress(settings: Settings) -> Progress:
    """Read the ledger as the role `transformer`."""
    with psycopg.connect(text(settings.role_url("transformer"))) as connection:
        is_empty = connection.execute("select not exists (select from ops.loads)").fetchone()[0]
        if connection.execute(_IS_NEVER_PUBLISHED).fetchone()[0]:
            return Progress(is_empty, is_behind=True)
        return Progress(is_empty, is_behind=connection.execute(_UNPUBLISHED).fetchone()[0] > 0)
