"""Learns what the columns of one table hold; all of them write their figures and days in one way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingestion.contract.model import NUMBERS, ColumnType, NumberFormat
from ingestion.explore.guess.columns import ColumnGuess, TypeGuess
from ingestion.explore.guess.dates import DAY_FIRST, MONTH_FIRST
from ingestion.explore.guess.numbers import DECIMALS, joined
from ingestion.tabular.cells import Cell


@dataclass(frozen=True, slots=True)
class TableTypes:
    """The types of a table's columns, in its order.

    `is_decimal_open` says that the data do not tell whether a sign stands before decimals or between groups.
    `empty_words` stand for empty cells among numbers and dates, and in no column of texts.
    """

    types: tuple[TypeGuess, ...]
    number_format: NumberFormat
    is_decimal_open: bool
    empty_words: tuple[str, ...]


class TableGuess:
    """What was seen of a table with these headers."""

    def __init__(self, headers: Sequence[str]) -> None:
        self.rows = 0
        self.columns = [ColumnGuess(header) for header in headers]

    def see(self, cells: Sequence[Cell]) -> None:
        """Learn from the next row, which has as many cells as there are columns."""
        self.rows += 1
        for column, cell in zip(self.columns, cells, strict=True):
            column.see(cell)

    def types(self) -> TableTypes:
        """What fits all that was seen."""
        numbers = {decimal: self._numbers(decimal) for decimal in DECIMALS}
        decimal = max(DECIMALS, key=lambda each: len(numbers[each]))
        point, comma = numbers.values()
        is_open = len(point) == len(comma) and any(
            column.figures[decimal].has_signs for column in numbers[decimal]
        )
        types = [column.type(decimal, self._order(decimal)) for column in self.columns]
        empty_words = self._empty_words(types)
        formats = [
            column.figures[decimal].format
            for column, kind in zip(self.columns, types, strict=True)
            if kind.type in NUMBERS
        ]
        return TableTypes(tuple(types), joined(formats, decimal), is_open, empty_words)

    def _numbers(self, decimal: str) -> list[ColumnGuess]:
        return [column for column in self.columns if column.type(decimal).type in NUMBERS]

    def _order(self, decimal: str) -> str:
        """Whether days come before months where a column leaves it open: as in the other columns."""
        moments = (column.type(decimal).moment for column in self.columns)
        decided = {moment.order for moment in moments if moment}
        return MONTH_FIRST if MONTH_FIRST in decided and DAY_FIRST not in decided else DAY_FIRST

    def _empty_words(self, types: list[TypeGuess]) -> tuple[str, ...]:
        """The words that stand for empty cells; columns that need one which texts hold become texts too."""
        while True:
            are_text = [kind.type is ColumnType.TEXT for kind in types]
            pairs = list(zip(self.columns, are_text, strict=True))
            in_texts = {word for column, is_text in pairs if is_text for word in column.words}
            needed = {word for column, is_text in pairs if not is_text for word in column.words}
            if not in_texts & needed:
                return tuple(sorted(needed))
            for i, (column, is_text) in enumerate(pairs):
                if not is_text and in_texts & column.words.keys():
                    types[i] = TypeGuess(ColumnType.TEXT)
