"""How well the name of a source's column fits a canonical column."""

from __future__ import annotations

import re
from functools import cache

from ingestion.explore.guess.names import word_set, words
from tradewind.mapping.canonical import CanonicalColumn
from tradewind.mapping.expressions import Kind

#: From here on a name alone says what a column is.
TELLING = 0.75
#: Below this a name says nothing.
LEAST = 0.4

#: Words that say little beside others: an `amount` is one of many things.
_VAGUE = word_set("amount code cost date day id item key line name no number position price total value")

#: Words that make another figure of one: a margin of profit, a price of a tax, a total of an order.
_OTHER_FIGURES = word_set(
    "amount average avg basket budget brutto cent cents compare cost discount due fee forecast gross incl"
    " including income inkl invoice margin max min month net order paid percent price profit rank rate rating"
    " ratio refund refunded share shipping target tax ttc unit vat weight year"
)

_PERCENT = re.compile(r"%")
_PERCENTS = word_set("pct percent percentage prozent pourcent porcentaje percentual")
_AMOUNTS = word_set("amount amt betrag montant importe monto valor value")
_MARGINS = word_set("margin marge margen margem")


def fit(column: CanonicalColumn, header: str, table: str = "") -> float:
    """From 0 to 1: how well a header fits, alone or behind the name of its table (`name` of `products`)."""
    alone = _words(header)
    if not table:
        return _fit(column, alone)
    behind = (*words(_singular(table)), *alone)
    return max(_fit(column, alone), 0.95 * _fit(column, behind, least=len(behind) - len(alone) + 1))


def says_percent(header: str) -> bool:
    """Whether a header names a percentage."""
    return "percent" in _words(header)


def says_amount(header: str) -> bool:
    """Whether a header names an amount."""
    return not _AMOUNTS.isdisjoint(_words(header))


def says_margin(header: str) -> bool:
    """Whether a header names a margin, which some write as an amount and others as a percentage."""
    return not _MARGINS.isdisjoint(_words(header))


def says_unit(header: str) -> bool:
    """Whether a header names a figure per unit."""
    return not {"unit", "per", "unitaire", "unitario", "standard"}.isdisjoint(_words(header))


@cache
def _words(header: str) -> tuple[str, ...]:
    """The words of a header, with one word for per cent."""
    spoken = words(_PERCENT.sub(" percent ", header))
    return tuple("percent" if word in _PERCENTS else word for word in spoken)


@cache
def _fit(column: CanonicalColumn, header: tuple[str, ...], least: int = 1) -> float:
    """The same of a header's words, of which a name must reach the one at the place `least`, from 1."""
    best = 0.0
    for place, name in enumerate(_names(column)):
        if name == header or (least == 1 and "".join(name) == "".join(header)):
            return 1 - 0.2 * place / len(column.names)
        extra = len(header) - len(name)
        if column.kind is Kind.NUMBER and not _OTHER_FIGURES.isdisjoint(set(header) - set(name)):
            continue
        if extra > 0 and _end(name, header) >= least:
            is_vague = _VAGUE.issuperset(name)
            best = max(best, (0.45 if is_vague else 0.7) - 0.1 * (extra - 1))
    return best


@cache
def _names(column: CanonicalColumn) -> tuple[tuple[str, ...], ...]:
    return (_words(column.name), *map(_words, column.names))


def _end(name: tuple[str, ...], header: tuple[str, ...]) -> int:
    """Where in a header a name ends, in words; 0 where it is not in it."""
    places = range(len(header) - len(name), -1, -1)
    return next((i + len(name) for i in places if header[i : i + len(name)] == name), 0)


def _singular(table: str) -> str:
    if table.endswith("ies"):
        return f"{table[:-3]}y"
    return table.removesuffix("s")
