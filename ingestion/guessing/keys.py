"""Finds the columns that tell a table's rows apart: one column, or a pair."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from ingestion.contract import Column, ColumnType
from ingestion.guessing.names import word_set, words

#: A table of fewer rows says nothing of its key.
FEWEST_ROWS = 3
#: Columns of which pairs are tried; each pair remembers all rows.
_MOST_IN_PAIRS = 6

_ID_WORDS = word_set(
    "id ids key code nr no num number nummer numero codigo cod sku uuid guid ref reference ident identifier"
    " seq sequence sequential item line position pos"
)
_PERIODS = word_set("year month week day jahr monat woche tag ano mes semana dia annee mois jour")
_TELL_APART = (ColumnType.TEXT, ColumnType.INTEGER, ColumnType.BIGINT)
_TELL_APART_IN_PAIRS = (*_TELL_APART, ColumnType.DATE, ColumnType.TIMESTAMP)

Key = tuple[int, ...]


def looks_like_id(column: Column) -> bool:
    """Whether the column's name is of what tells rows apart."""
    named = frozenset(words(column.header))
    return not _ID_WORDS.isdisjoint(named) and _PERIODS.isdisjoint(named)


def single_keys(columns: Sequence[Column]) -> list[Key]:
    """Places of columns that may be a key alone, the likeliest first: ids, and the first column."""
    found = [i for i, column in enumerate(columns) if column.required and column.type in _TELL_APART]
    likely = [i for i in found if i == 0 or looks_like_id(columns[i])]
    return [(i,) for i in sorted(likely, key=lambda i: not looks_like_id(columns[i]))]


def pair_keys(columns: Sequence[Column]) -> list[Key]:
    """Places of pairs that may be a key, the likeliest first: two ids, or an id with a date or a text."""
    found = [i for i, column in enumerate(columns) if column.required and column.type in _TELL_APART_IN_PAIRS]
    ranked = sorted(found, key=lambda i: not looks_like_id(columns[i]))[:_MOST_IN_PAIRS]
    pairs = [pair for pair in combinations(ranked, 2) if looks_like_id(columns[pair[0]])]
    return sorted(pairs, key=lambda pair: not looks_like_id(columns[pair[1]]))


def unique_key(rows: Iterable[Sequence[str | None]], candidates: Sequence[Key]) -> Key | None:
    """The first of the candidates whose values differ in all rows; None where there is none.

    All rows are gone through, even where none may be a key any more: who counts them can rely on it.
    Hashes are kept, not values: two values in a billion billion may be taken for the same.
    """
    seen: dict[Key, set[int]] = {key: set() for key in candidates}
    count = 0
    for count, values in enumerate(rows, 1):  # noqa: B007
        for key in list(seen):
            mark = hash(tuple(values[i] for i in key))
            if mark in seen[key]:
                del seen[key]
            else:
                seen[key].add(mark)
    return next(iter(seen), None) if count >= FEWEST_ROWS else None
