"""Asks the ledger how far the published marts are behind the loads."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from tradewind.settings import Settings, text

_PROGRESS = """
select
    coalesce(max(load_id), 0),
    count(*)
from ops.loads
"""


@dataclass(frozen=True)
class Progress:
    """Where the warehouse stands.

    Attributes:
        newest_load: newest load in the ledger, held or loaded; 0 where there is none.
        published_load: newest load that the published marts know of; None where nothing was ever published.
        files: files that the ledger knows, held ones included.
    """

    newest_load: int
    published_load: int | None
    files: int

    @property
    def is_behind(self) -> bool:
        """Whether a build has something to publish."""
        return self.published_load is None or self.published_load < self.newest_load


def progress(settings: Settings) -> Progress:
    """Read the ledger as the role `transformer`."""
    with psycopg.connect(text(settings.role_url("transformer"))) as connection:
        newest, files = connection.execute(_PROGRESS).fetchone()
        published = None
        if connection.execute("select to_regclass('ops.publications')").fetchone()[0]:
            published = connection.execute("select max(last_load_id) from ops.publications").fetchone()[0]
        return Progress(newest, published, files)
