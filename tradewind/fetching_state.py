"""Whether files come from `LANDING_URL`, as the process that fetches them has noted."""

from __future__ import annotations

from datetime import timedelta

from ingestion.database.connection import connect_as
from ingestion.fetching.place import Place
from tradewind.alerts.shown import moment
from tradewind.settings import SettingError, Settings

#: A process that fetches notes it every ten seconds; a server may be silent for some minutes.
_LONGEST_SILENCE = timedelta(minutes=15)

_LOOK = """
select problem, failing_since, clock_timestamp() - looked_at > %s
from ops.landing_looks
where address = %s
"""


def unfetched(settings: Settings) -> str | None:
    """What keeps files from coming; None where all is well, or where files are dropped into a folder.

    Raises:
        psycopg.Error: the warehouse cannot be asked.
    """
    try:
        place = Place.read(settings)
    except SettingError as error:
        return str(error)
    if place is None:
        return None
    with connect_as(settings, "transformer") as connection:
        if not connection.execute("select to_regclass('ops.landing_looks')").fetchone()[0]:
            return _not_checked(place, "yet")
        found = connection.execute(_LOOK, [_LONGEST_SILENCE, place.address]).fetchone()
    if found is None:
        return _not_checked(place, "yet")
    problem, since, is_silent = found
    if problem:
        return f"{problem} (since {moment(since)})"
    return _not_checked(place, "for 15 minutes") if is_silent else None


def _not_checked(place: Place, when: str) -> str:
    return f"the fetcher has not checked {place.address} {when}"
