"""Finds rows whose figures are sums of the rows above them, and how their names tell them from others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from ingestion.contract.model import NUMBERS, Column, ColumnType, Total, TotalPlace
from ingestion.rows.total_rows import first_text, total_row
from ingestion.tabular.cells import Cell
from ingestion.tabular.characters import normal_text
from ingestion.tabular.table import Row

#: Rows that are searched for sums, which costs as much as all other guesses together.
_MOST_ROWS = 20_000
#: Places where a sum may begin that are remembered: one after each earlier sum.
_MOST_STARTS = 40
_FEWEST_ADDENDS = 2
_WORD = re.compile(
    r"(?<!\w)(?:(?:grand|sub)?[ -]?totals?|totales|gesamtsumme|zwischensumme|summe|gesamtergebnis|ergebnis"
    r"|gesamt|insgesamt|sums?|somme|sous-total|soma|suma|total general|total geral"
    r"|total g\u00e9n\u00e9ral)(?!\w)",
    re.IGNORECASE,
)
#: What SAP writes before sums, one for each level.
_ASTERISKS = re.compile(r"\*+")
_SIGNS = re.compile(r"\W+")


class SumRow(NamedTuple):
    """A row that repeats sums; `text` is its first text, which may be empty."""

    row: Row
    text: str


class SumGuess:
    """What was seen of a table with these columns, row by row.

    `found` are the rows whose figures are sums.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self.found: list[SumRow] = []
        self._places = [i for i, each in enumerate(columns) if each.type in NUMBERS]
        self._is_exact = [columns[i].type is not ColumnType.NUMERIC for i in self._places]
        #: Columns without figures that are filled in all addends.
        self._always = self._others = [i for i, each in enumerate(columns) if each.type not in NUMBERS]
        self._texts: list[tuple[Row, bool]] = []
        self._sums = [Decimal(0)] * len(self._places)
        #: Sums of all addends above each place where a sum may begin, with their number.
        self._starts = [(0, tuple(self._sums))]
        self._addends = self._rows = 0

    def see(self, row: Row, values: Sequence[str | None]) -> None:
        """Learn from the next row; `values` are its cells as the contract reads them."""
        self._rows += 1
        if not self._places or self._rows > _MOST_ROWS:
            return
        figures = [None if values[i] is None else Decimal(values[i]) for i in self._places]
        text = first_text(row)
        is_sum = self._is_sum(figures, row.cells, values) or self._is_sum_of_list(text, values)
        if is_sum:
            self.found.append(SumRow(Row(row.line, (text,)), text))
            self._starts = [*self._starts[-_MOST_STARTS:], (self._addends, tuple(self._sums))]
        else:
            self._addends += 1
            self._always = [i for i in self._always if values[i] is not None]
            self._sums = [each + (figure or 0) for each, figure in zip(self._sums, figures, strict=True)]
        if text:
            self._texts.append((Row(row.line, (text,)), is_sum))

    def totals(self) -> tuple[Total, ...]:
        """The totals that match the sums which are called so, and no other row."""
        called_so = (each.text for each in self.found if _is_called_so(each.text))
        wanted = dict.fromkeys(_total(text) for text in called_so)
        return tuple(each for each in wanted if self._tells(each))

    def _tells(self, total: Total) -> bool:
        is_total = total_row([total])
        return all(is_sum for row, is_sum in self._texts if is_total(row))

    def _is_sum(
        self, figures: Sequence[Decimal | None], cells: Sequence[Cell], values: Sequence[str | None]
    ) -> bool:
        is_nameless = cells[0] in ("", None) and all(values[i] is None for i in self._others)
        is_likely = is_nameless or any(
            _is_called_so(normal_text(cell).strip()) for cell in cells if isinstance(cell, str)
        )
        return any(
            self._matches(figures, sums, is_likely)
            for count, sums in self._starts
            if self._addends - count >= _FEWEST_ADDENDS
        )

    def _is_sum_of_list(self, text: str, values: Sequence[str | None]) -> bool:
        """Whether asterisks stand where all rows above name something; such a sum may be of more rows."""
        is_addend = self._addends < _FEWEST_ADDENDS or all(values[i] is not None for i in self._always)
        return _ASTERISKS.fullmatch(text) is not None and not is_addend

    def _matches(self, figures: Sequence[Decimal | None], start: Sequence[Decimal], is_likely: bool) -> bool:
        """Whether figures are what was added up since a start: one if that is likely, else all of several."""
        same = [
            figure == now - then
            for figure, now, then in zip(figures, self._sums, start, strict=True)
            if figure
        ]
        return any(same) if is_likely else len(same) > 1 and all(same) and not all(self._is_exact)


def _is_called_so(text: str) -> bool:
    return _ASTERISKS.fullmatch(text) is not None or _WORD.search(text) is not None


def _total(text: str) -> Total:
    """The total that a row with this text is one of: `North Total` ends with what others end with too."""
    if (word := _WORD.search(text)) is None:
        return Total(text)
    before, behind = _SIGNS.sub("", text[: word.start()]), _SIGNS.sub("", text[word.end() :])
    if before and not behind:
        return Total(word[0].strip(), TotalPlace.ENDS)
    if behind and not before:
        return Total(word[0].strip(), TotalPlace.BEGINS)
    return Total(text)
