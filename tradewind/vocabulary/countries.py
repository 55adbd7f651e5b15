"""The countries of the world and what they are called, as rows of two seeds of dbt.

Codes, official names and the sub-regions of UN M49 are in `iso_3166.csv`. Names in other languages are
those of Unicode's CLDR, from Babel. Names in use that no standard lists are in `names.yaml`.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from babel import Locale, UnknownLocaleError
from babel.languages import get_official_languages

from tradewind.vocabulary.spelling import plain

_HERE = Path(__file__).parent

#: Languages in which the names of all countries are known, besides each country's own.
LANGUAGES = ("en", "de", "fr", "es", "pt", "it", "nl")

#: Continents of UN M49, as dashboards show them, by the last words of the sub-regions that they consist of.
_CONTINENTS = {
    "Caribbean": "North America",
    "Central America": "North America",
    "Northern America": "North America",
    "South America": "South America",
    "Australia and New Zealand": "Oceania",
    "Melanesia": "Oceania",
    "Micronesia": "Oceania",
    "Polynesia": "Oceania",
    "Antarctica": "Antarctica",
}

Row = dict[str, str]


def countries() -> list[Row]:
    """Rows of the seed `countries`: key, code, name shown, region, sub-region; by key."""
    return [
        {
            "country_key": row["country_key"],
            "country_code": row["country_code"],
            "country": _shown(row["country_key"]),
            "region": _CONTINENTS.get(row["sub_region"]) or row["sub_region"].split()[-1],
            "sub_region": row["sub_region"],
        }
        for row in _published()
    ]


def country_names() -> list[Row]:
    """Rows of the seed `country_names`: each name and code that means one country for certain, with its key.

    Of names that differ only in case, accents or punctuation there is one.

    Raises:
        ValueError: two countries share a name of a standard or of `names.yaml`: list it there as ambiguous.
    """
    ambiguous = {plain(name) for name in _in_use()["ambiguous"]}
    names: dict[str, Row] = {}
    for row in _published():
        for name in filter(plain, _standard_names(row)):
            known = names.setdefault(plain(name), {"name": name, "country_key": row["country_key"]})
            if known["country_key"] != row["country_key"] and plain(name) not in ambiguous:
                raise ValueError(f"{name} is {known['country_key']} and {row['country_key']}")
    translated: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in _published():
        for name in filter(plain, _translations(row["country_key"])):
            found = {"name": name, "country_key": row["country_key"]}
            translated[plain(name)].setdefault(row["country_key"], found)
    for spelling, found in translated.items():
        # what is one country in German and another in Italian is neither for certain
        if spelling not in names and len(found) == 1:
            names[spelling] = next(iter(found.values()))
    kept = (row for spelling, row in names.items() if spelling not in ambiguous)
    return sorted(kept, key=lambda row: (row["country_key"], row["name"]))


@cache
def _published() -> list[Row]:
    with (_HERE / "iso_3166.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def _in_use() -> dict[str, Any]:
    return yaml.safe_load((_HERE / "names.yaml").read_text(encoding="utf-8"))


def _shown(key: str) -> str:
    return _in_use()["shown"].get(key) or Locale("en").territories[key.upper()].replace(
        "\N{RIGHT SINGLE QUOTATION MARK}", "'"
    )


def _standard_names(row: Row) -> Iterator[str]:
    """Names and codes that are right whatever a translation says; the first one is the one shown."""
    key = row["country_key"]
    yield from _variants(_shown(key))
    if len(key) == 2:
        yield key.upper()
        yield row["country_code"]
        yield from _variants(Locale("en").territories[key.upper()])
    for name in (row["name"], row["official_name"], *_in_use()["synonyms"].get(key, [])):
        yield from _variants(name)


def _translations(key: str) -> Iterator[str]:
    for language in (*LANGUAGES, *get_official_languages(key.upper(), de_facto=True)):
        try:
            name = Locale.parse(language).territories.get(key.upper(), "")
        except UnknownLocaleError:
            continue
        yield from _variants(name)
        if language == "de":
            yield name.translate(_UMLAUTS)


# as German is written without them
_UMLAUTS = str.maketrans({"Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def _variants(name: str) -> Iterator[str]:
    """The name, and how else it is written: `and` for `&`, `Saint` for `St.` and the other way round."""
    yield name
    yield name.replace("&", "and")
    yield name.replace("St. ", "Saint ").replace("&", "and")
    yield name.replace("Saint ", "St. ")
