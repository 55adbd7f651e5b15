"""Time zones by their names in the IANA's list."""

from __future__ import annotations

import difflib
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

#: How alike a word and a name must be to be taken for it, from 0 to 1.
_LIKENESS = 0.7
#: A word of at most this many letters must be a name, letter by letter.
_SHORT = 4


def time_zone(name: Any) -> str:
    """The name, if it is that of a time zone.

    Raises:
        ValueError: it is not; the text names the zone that it looks like.
    """
    try:
        return ZoneInfo(name).key
    except (TypeError, ValueError, OSError, ZoneInfoNotFoundError):
        raise ValueError(_unknown(name)) from None


def place_zone(name: Any) -> str:
    """The name, if it is that of a place or UTC, which every engine reads alike.

    Postgres takes abbreviations such as CET for an offset without summer time.

    Raises:
        ValueError: it is not; the text names the zone that it looks like.
    """
    if not isinstance(name, str) or not ("/" in name or name == "UTC") or name not in available_timezones():
        raise ValueError(_unknown(name))
    return name


def _unknown(name: Any) -> str:
    key = _key(str(name))
    # an abbreviation looks like many a city
    likeness = _LIKENESS if len(key) > _SHORT else 1
    near = difflib.get_close_matches(key, _by_word(), n=1, cutoff=likeness)
    guess = f"; did you mean '{_by_word()[near[0]]}'?" if near else ""
    return f"{name!r} is not the name of a time zone, as Europe/Berlin or UTC{guess}"


@cache
def _by_word() -> dict[str, str]:
    """Names by what people write for them: the whole, or its city alone."""
    zones = sorted(each for each in available_timezones() if "/" in each and not each.startswith("Etc/"))
    cities = {_key(each.rpartition("/")[2]): each for each in reversed(zones)}
    return cities | {_key(each): each for each in zones}


def _key(name: str) -> str:
    return name.strip().casefold().replace(" ", "_")
