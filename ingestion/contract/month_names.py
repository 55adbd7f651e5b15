"""The names of months in English, German, French, Spanish and Portuguese."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from functools import cache

_NAMES = (
    ("january", "januar", "janner", "janvier", "enero", "janeiro"),
    ("february", "februar", "feber", "fevrier", "febrero", "fevereiro"),
    ("march", "marz", "maerz", "mrz", "mars", "marzo", "marco"),
    ("april", "avril", "abril"),
    ("may", "mai", "mayo", "maio"),
    ("june", "juni", "juin", "junio", "junho"),
    ("july", "juli", "juillet", "julio", "julho"),
    ("august", "aout", "agosto"),
    ("september", "septembre", "septiembre", "setiembre", "setembro"),
    ("october", "oktober", "octobre", "octubre", "outubro"),
    ("november", "novembre", "noviembre", "novembro"),
    ("december", "dezember", "decembre", "diciembre", "dezembro"),
)
_SHORTEST = 3


def month_of(name: str) -> int | None:
    """The month, from 1, that a name or its beginning (three letters or more) stands for; None for others.

    Neither case nor accents nor a dot at the end count. A beginning that several months share, such as `jui`,
    stands for none of them.
    """
    letters = unicodedata.normalize("NFD", name.removesuffix(".").casefold())
    return _beginnings().get("".join(each for each in letters if not unicodedata.combining(each)))


@cache
def _beginnings() -> dict[str, int]:
    months: defaultdict[str, set[int]] = defaultdict(set)
    for month, names in enumerate(_NAMES, 1):
        for name in names:
            for length in range(_SHORTEST, len(name) + 1):
                months[name[:length]].add(month)
    return {beginning: found.pop() for beginning, found in months.items() if len(found) == 1}
