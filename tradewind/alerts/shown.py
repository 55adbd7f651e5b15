"""What dashboards show now, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

import psycopg

_ARE_THERE = """
select to_regclass('ops.publications') is not null and to_regclass('marts.mart_data_status') is not null
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """When the marts were published last, and until which day they have figures, in all and by source.

    `published_at` is None before the first publication; a day is None where it is not known.
    """

    published_at: datetime | None
    until: date | None
    days: Mapping[str, date | None]

    @property
    def sentence(self) -> str:
        """`Dashboards show figures until 31 October 2026, published on 28 Nov 2026 09:55 UTC.`"""
        if self.published_at is None:
            return "Dashboards show nothing yet."
        until = f" figures until {in_words(self.until)}," if self.until else " figures"
        return f"Dashboards show{until} published on {moment(self.published_at)}."

    def day_of(self, source: str) -> str:
        """The last day of a source's figures, in words."""
        day = self.days.get(source)
        return in_words(day) if day else "a day that is not known"


def what_is_shown(connection: psycopg.Connection) -> Shown:
    """Read it as the role `transformer`, which owns the marts."""
    if not connection.execute(_ARE_THERE).fetchone()[0]:
        return Shown(None, None, {})
    published = connection.execute("select max(published_at) from ops.publications").fetchone()[0]
    days = connection.execute("select source, data_as_of from marts.mart_data_status").fetchall()
    # of figures alone: exchange rates go on
    until = "select max(data_as_of) from marts.mart_data_status where is_reconciled is not null"
    return Shown(published, connection.execute(until).fetchone()[0], dict(days))


def in_words(day: date) -> str:
    """`31 October 2026`."""
    return f"{day.day} {day:%B %Y}"


def moment(at: datetime) -> str:
    """`28 Nov 2026 09:55 UTC`."""
    return f"{at.astimezone(UTC):%d %b %Y %H:%M} UTC"
