"""Asks the ledger how far the published marts are behind the loads."""

from __future__ import annotations

from dataclasses import dataclass

from ingestion.database.connection import connect_as
from tradewind.settings import Settings
from tradewind.warehouse.publications import IS_UNPUBLISHED, is_new

_UNPUBLISHED = f"select exists (select from ops.loads where {IS_UNPUBLISHED})"


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
    with connect_as(settings, "transformer") as connection:
        is_empty = connection.execute("select not exists (select from ops.loads)").fetchone()[0]
        if is_new(connection):
            return Progress(is_empty, is_behind=True)
        return Progress(is_empty, is_behind=connection.execute(_UNPUBLISHED).fetchone()[0])
