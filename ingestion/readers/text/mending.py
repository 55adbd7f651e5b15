"""Mends rows that cannot be split by the rules, where only one reading of them fits the table.

For programs that write a file out again, and say which rows they mended. The loader refuses such rows: what a
person has to check first is not data yet.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, product
from typing import NamedTuple

from ingestion.readers.text.dialects import Dialect, kind_of
from ingestion.readers.text.records import BrokenRecord, record_reader

#: From this many rows on it is known what the cells of a column look like.
_KNOWN_FROM = 8
_LONGEST, _WIDEST = 20_000, 1_000
_MOST_SURPLUS = 3
_MOST_WAYS = 500
_OTHER_DELIMITERS = (",", ";", "\t", "|", " ")

#: The costs of a quote inside quotes that is not doubled, and of one in an unquoted cell; and the highest
#: cost of a plausible reading: one such quote in a row is a slip, several are another kind of damage.
_LONE_QUOTE, _DEAD_QUOTE, _MOST_COST = 1, 2, 2


#: The cost of a reading, and its cells.
_Reading = tuple[int, tuple[str, ...]]


class _Column(NamedTuple):
    """What the cells of a column look like: the `kind` that all filled ones share, `is_empty` if none is."""

    kind: str | None
    may_be_empty: bool
    is_empty: bool


class Mender:
    """Reads single lines again, guided by the sound rows of the table, each of `width` cells."""

    def __init__(self, dialect: Dialect, width: int, rows: Iterable[Sequence[str]]) -> None:
        self._dialect = dialect
        self._width = width
        #: The width of the last line that was too wide and not mended: more such rows are of another table.
        self._foreign = 0
        rows = [row for row in rows if len(row) == width]
        self._columns = (
            [_column(cells) for cells in zip(*rows, strict=True)] if len(rows) >= _KNOWN_FROM else []
        )

    def mend(self, line: str) -> list[str] | None:
        """The cells of a line, with its line end; None where no reading fits, or more than one does."""
        line = line.rstrip("\r\n")
        if len(line) > _LONGEST or not line:
            return None
        for readings in (self._surplus(line), self._other_delimiters(line), self._loose_quotes(line)):
            fitting = {tuple(cells) for cells in readings if self._fits(cells)}
            if fitting:
                return list(fitting.pop()) if len(fitting) == 1 else None
        cells = _strictly(line, self._dialect)
        if cells and len(cells) > self._width:
            self._foreign = len(cells)
        return None

    def mend_header(self, line: str) -> list[str] | None:
        """The column names in a line; None where it cannot be read as such."""
        line = line.rstrip("\r\n")
        for readings in (self._surplus(line), self._other_delimiters(line), self._loose_quotes(line)):
            names = {
                tuple(cells) for cells in readings if all(kind_of(cell) == "text" for cell in cells if cell)
            }
            if len(names) == 1:
                return list(names.pop())
        return None

    def _fits(self, cells: Sequence[str]) -> bool:
        """Whether the cells look like those of their columns; quotes around them do not count."""
        bare = [cell.strip(self._dialect.quote + " ") for cell in cells]
        return all(
            (column.may_be_empty if not cell else not column.is_empty)
            and (not cell or column.kind in (None, kind_of(cell)))
            for cell, column in zip(bare, self._columns, strict=False)
        )

    def _surplus(self, line: str) -> Iterator[list[str]]:
        """The line without some of its empty cells, where it has too many cells."""
        cells = _strictly(line, self._dialect)
        if not cells or not self._columns or len(cells) == self._foreign:
            return
        if not 0 < len(cells) - self._width <= _MOST_SURPLUS:
            return
        empty = [place for place, cell in enumerate(cells) if not cell.strip()]
        for count, left_out in enumerate(combinations(empty, len(cells) - self._width)):
            if count > _MOST_WAYS:
                return
            yield [cell for place, cell in enumerate(cells) if place not in left_out]

    def _other_delimiters(self, line: str) -> Iterator[list[str]]:
        """The line as if another character separated its cells."""
        if self._dialect.delimiter in line and _strictly(line, self._dialect) is None:
            return
        for delimiter in _OTHER_DELIMITERS:
            if delimiter != self._dialect.delimiter and self._columns:
                cells = _strictly(line, Dialect(delimiter, self._dialect.quote, self._dialect.escape))
                if cells and len(cells) == self._width:
                    yield cells

    def _loose_quotes(self, line: str) -> Iterator[list[str]]:
        """The likeliest readings of the line if some quotes are ordinary characters."""
        quote, delimiter, escape = self._dialect.quote, self._dialect.delimiter, self._dialect.escape
        if not quote or quote not in line or (escape and escape in line) or self._width > _WIDEST:
            return

        def cells_at(place: int) -> Iterator[tuple[int, str, int]]:
            """The possible readings of the cell that begins here: cost, text, and start of the next cell."""
            end = line.find(delimiter, place)
            end = len(line) if end < 0 else end
            bare = line[place:end]
            is_odd = apostrophes.sub("", bare).count(quote) % 2 == 1
            yield _DEAD_QUOTE * (is_odd or bare.startswith(quote)), bare, end + len(delimiter)
            if bare.startswith(quote):
                close = place
                while (close := line.find(quote, close + 1)) >= 0:
                    if close + 1 == len(line) or line.startswith(delimiter, close + 1):
                        text = line[place + 1 : close]
                        if delimiter + quote in text:
                            # The next cell begins there.
                            return
                        is_lone = quote in text.replace(2 * quote, "")
                        yield (
                            _LONE_QUOTE * is_lone,
                            text.replace(2 * quote, quote),
                            close + 1 + len(delimiter),
                        )

        # An apostrophe inside a word is not a quote.
        apostrophes = re.compile(r"(?<=\w)'(?=\w)" if quote == "'" else "(?!)")

        # The two cheapest readings up to each place, by their number of cells; a loop, as rows may be wide.
        found: dict[int, dict[int, set[_Reading]]] = {0: {0: {(0, ())}}}
        for place in iter(lambda: min(found), len(line) + 1):
            by_count = found.pop(place)
            for (cost, cell, after), (count, readings) in product(cells_at(place), by_count.items()):
                if count < self._width:
                    target = found.setdefault(min(after, len(line) + 1), {}).setdefault(count + 1, set())
                    target |= {(cost + least, (*cells, cell)) for least, cells in readings}
                    target -= set(sorted(target)[2:])
            found.setdefault(len(line) + 1, {})
        readings = sorted(found[len(line) + 1].get(self._width, ()))
        yield from (list(cells) for cost, cells in readings if cost == readings[0][0] <= _MOST_COST)


def _column(cells: Sequence[str]) -> _Column:
    kinds = Counter(kind_of(cell) for cell in cells if cell.strip())
    empty = len(cells) - kinds.total()
    kind = next(iter(kinds)) if len(kinds) == 1 else None
    return _Column(None if kind == "text" else kind, empty > 0, not kinds)


def _strictly(line: str, dialect: Dialect) -> list[str] | None:
    try:
        return record_reader(dialect.delimiter, dialect.quote, dialect.escape)(line, iter(()))
    except BrokenRecord:
        return None
