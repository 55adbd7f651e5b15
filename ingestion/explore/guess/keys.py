"""Finds the columns that tell a table's rows apart: one column, or a pair."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from ingestion.contract.model import DATES, Column, ColumnType
from ingestion.explore.guess.names import ID_WORDS, is_id, word_set, words

#: A table with fewer rows says nothing about its key.
FEWEST_ROWS = 3
#: Rows from which values that all differ hardly do so by chance.
ENOUGH_ROWS = 1_000
#: Columns of which pairs are tried; each pair remembers all rows.
_MOST_IN_PAIRS = 6

#: Numbers of a document's lines, which begin again in the next document.
_LINES = word_set(
    "ebelp buzei line lines lineno linenumber position pos posnr seq sequence sequential zeile linha linea"
    " ligne posicao posicion itemno"
)
#: Numbers of a file's rows, which begin again in the next file.
_ROWS = word_set("row rowid rownum rowno lfd index unnamed record")
#: Numbers of documents, which may have several lines.
_DOCUMENTS = word_set(
    "vbeln ebeln belnr order invoice ticket receipt basket transaction booking document salesordernumber"
    " bestellung auftrag rechnung beleg belegnummer pedido fatura nota commande facture factura sale sales"
    " delivery"
)
#: What lines of documents have, and documents do not.
_GOODS = word_set(
    "product item sku stockcode stock article artikel material produkt produit produto producto quantity qty"
    " menge quantidade cantidad quantite units description"
)
_TELL_APART = (ColumnType.TEXT, ColumnType.INTEGER, ColumnType.BIGINT)
_WHOLE = (ColumnType.INTEGER, ColumnType.BIGINT)

Key = tuple[int, ...]


class Candidate(NamedTuple):
    """Places of columns that may be a key; `is_named` where their names say so, whatever the rows say.

    `may_repeat` where only chance keeps it from repeating: an order may have two lines of one product.
    """

    places: Key
    is_named: bool
    may_repeat: bool = False


class KeyGuess(NamedTuple):
    """A key of all rows that were seen.

    It is certain where many rows differ, or where the names of its columns say so. It is by chance where
    few rows were seen and the names say nothing, and however many were seen if it `may_repeat`.
    """

    places: Key
    is_named: bool
    rows: int
    may_repeat: bool = False

    @property
    def is_guess(self) -> bool:
        """Whether too few rows were seen to be certain."""
        return self.rows < ENOUGH_ROWS

    @property
    def is_by_chance(self) -> bool:
        return (self.is_guess or self.may_repeat) and not self.is_named


def candidates(columns: Sequence[Column], unfit: Iterable[int] = ()) -> list[Candidate]:
    """What may be a key, the likeliest first; columns at the places `unfit` are left out.

    A document's number goes with the number of its lines where there is one. A number of rows is a key of
    one file alone. Where no column holds a figure or a date, the table is a list, and its first column names
    what is listed.
    """
    left_out = set(unfit)
    names = [frozenset(words(column.header)) for column in columns]
    usable = [
        i
        for i, column in enumerate(columns)
        if column.required and i not in left_out and column.type in (*_TELL_APART, *DATES)
    ]
    lines = [i for i in usable if _is_line(names[i], columns[i])]
    rows = [i for i in usable if _is_row_number(names[i], columns[i]) and i not in lines]
    ids = [i for i in usable if is_id(columns[i].header) and i not in lines + rows and _tells(columns[i])]
    documents = [i for i in usable if _is_document(names[i]) and i not in lines + rows and _tells(columns[i])]
    has_goods = any(not _GOODS.isdisjoint(name) for i, name in enumerate(names) if i not in documents)
    numbers = lines or rows
    found = [Candidate((i, line), True) for i in documents or ids[:1] for line in numbers]
    found += _singles(columns, ids, documents, has_lines=bool(lines), has_goods=has_goods)
    is_list = not any(each.type in (ColumnType.NUMERIC, *DATES) for each in columns)
    if 0 in usable and 0 not in ids + lines + rows and _tells(columns[0]):
        found.append(Candidate((0,), is_list and columns[0].type not in _WHOLE))
    # lines of sales: nothing but the number of a line tells two of them apart for sure
    are_lines = has_goods and (bool(documents) or any(column.type in DATES for column in columns))
    pairs = _pairs(columns, [i for i in usable if i not in rows])
    found += (Candidate(pair, False, are_lines) for pair in pairs)
    first: dict[Key, Candidate] = {}
    for each in found:
        first.setdefault(each.places, each)
    return list(first.values())


def find_key(rows: Iterable[Sequence[str | None]], tried: Sequence[Candidate]) -> KeyGuess | None:
    """The likeliest candidate whose values differ in all rows; None where there is none.

    All rows are read, even when no candidate is left: the caller counts them on the way.
    Hashes are kept, not values: two values in a billion billion may be taken for the same.
    """
    seen: dict[Candidate, set[int]] = {each: set() for each in tried}
    count = 0
    for count, values in enumerate(rows, 1):  # noqa: B007
        for each in list(seen):
            mark = hash(tuple(values[i] for i in each.places))
            if mark in seen[each]:
                del seen[each]
            else:
                seen[each].add(mark)
    if count < FEWEST_ROWS:
        return None
    named = (each for each in seen if each.is_named)
    best = next(named, None) or next(iter(seen), None)
    return best and KeyGuess(best.places, best.is_named, count, best.may_repeat)


def _singles(
    columns: Sequence[Column],
    ids: Sequence[int],
    documents: Sequence[int],
    *,
    has_lines: bool,
    has_goods: bool,
) -> Iterator[Candidate]:
    for i in sorted(ids, key=lambda i: (i in documents, i != 0)):
        if i in documents:
            if not has_lines:
                yield Candidate((i,), i == 0 and not has_goods, has_goods)
        else:
            yield Candidate((i,), i == 0 or words(columns[i].header) == ["id"])


def _pairs(columns: Sequence[Column], usable: Sequence[int]) -> list[Key]:
    """Two ids, or an id with a date or a text, the likeliest first."""
    ranked = sorted(usable, key=lambda i: not is_id(columns[i].header))[:_MOST_IN_PAIRS]
    pairs = [pair for pair in combinations(ranked, 2) if is_id(columns[pair[0]].header)]
    return sorted(pairs, key=lambda pair: not is_id(columns[pair[1]].header))


def _tells(column: Column) -> bool:
    return column.type in _TELL_APART


def _is_line(named: frozenset[str], column: Column) -> bool:
    """Whether it numbers the lines of documents: also as `order_item_id`."""
    if column.type not in _WHOLE:
        # With zeros before them, as 000010.
        return column.zero_pad > 0 and not _LINES.isdisjoint(named)
    is_item = "item" in named and not _DOCUMENTS.isdisjoint(named)
    return (is_item or not _LINES.isdisjoint(named)) and "product" not in named


def _is_row_number(named: frozenset[str], column: Column) -> bool:
    return column.type in _WHOLE and (not named or not _ROWS.isdisjoint(named) or named <= {"nr", "no"})


def _is_document(named: frozenset[str]) -> bool:
    return not _DOCUMENTS.isdisjoint(named) and (not ID_WORDS.isdisjoint(named) or len(named) == 1)
