"""How well the name of a source's column fits a canonical column."""

from __future__ import annotations

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

#: Words that make another figure of one: a margin of profit, a price of a tax.
_OTHER_FIGURES = word_set(
    "amount average avg budget compare cost discount due fee forecast gross income margin max min"
    " month net paid pct percent percentage price profit rank rate rating ratio refund refunded share"
    " target tax vat weight year"
)


def fit(column: CanonicalColumn, header: str, table: str = "") -> float:
    """From 0 to 1: how well a header fits, alone or behind the name of its table (`name` of `products`)."""
    alone = tuple(words(header))
    if not table:
        return _fit(column, alone)
    behind = (*words(_singular(table)), *alone)
    return max(_fit(column, alone), 0.95 * _fit(column, behind, least=len(behind) - len(alone) + 1))


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
    return (tuple(words(column.name)), *(tuple(words(name)) for name in column.names))


def _end(name: tuple[str, ...], header: tuple[str, ...]) -> int:
    """Where in a header a name ends, in words; 0 where it is not in it."""
    places = range(len(header) - len(name), -1, -1)
    return next((i + len(name) for i in places if header[i : i + len(name)] == name), 0)


def _singular(table: str) -> str:
    if table.endswith("ies"):
        return f"{table[:-3]}y"
    return table.removesuffix("s")
