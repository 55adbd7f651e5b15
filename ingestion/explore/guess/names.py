"""Headers as words, and names that SQL takes without quotes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container


def word_set(text: str) -> frozenset[str]:
    """The words of a list that is written as one text."""
    return frozenset(text.split())


#: Words of numbers, codes and places in a list; the first are SAP's.
ID_WORDS = word_set(
    "vbeln posnr matnr kunnr ebeln ebelp id ids key code nr no num number nummer numero codigo cod sku uuid"
    " guid hash ref reference ident identifier seq sequence sequential item line position pos"
)
_PERIODS = word_set("year month week day jahr monat woche tag ano mes semana dia annee mois jour")

#: Room below Postgres' 63 characters for a number that tells equal names apart.
LONGEST_NAME = 48

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[a-z0-9]+")
_SPELLED = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "Ø": "O", "Ł": "L"})

#: What Postgres or DuckDB would not take for a column: reserved words and system columns.
RESERVED = word_set(
    """
    all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate
    collation column concurrently constraint create cross current_catalog current_date current_role
    current_schema current_time current_timestamp current_user default deferrable desc describe distinct do
    else end except false fetch for foreign freeze from full grant group having ilike in initially inner
    intersect into is isnull join lambda lateral leading left like limit localtime localtimestamp natural not
    notnull null offset on only or order outer overlaps pivot pivot_longer pivot_wider placing primary qualify
    references returning right select session_user show similar some summarize symmetric system_user table
    tablesample then to trailing true union unique unpivot user using variadic verbose when where window with
    cmax cmin ctid oid tableoid xmax xmin
    """
)


def words(text: str) -> list[str]:
    """The words of a header in lower-case ASCII, split at spaces, signs and changes of case."""
    decomposed = unicodedata.normalize("NFKD", _CAMEL.sub(" ", text).translate(_SPELLED))
    return _WORD.findall(decomposed.encode("ascii", "ignore").decode().lower())


def is_id(header: str) -> bool:
    """Whether the header names something that tells rows apart."""
    named = words(header)
    return not ID_WORDS.isdisjoint(named) and _PERIODS.isdisjoint(named)


def identifier(text: str, otherwise: str, taken: Container[str] = (), longest: int = LONGEST_NAME) -> str:
    """A name of lower-case letters, digits and underscores, neither a reserved word nor in `taken`.

    `otherwise` is the name where the text has neither letters nor digits.
    """
    name = "_".join(words(text))[:longest].strip("_") or otherwise
    if name in RESERVED or not name[0].isalpha():
        name = f"c_{name}"
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found
