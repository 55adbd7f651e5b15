"""Learns what one column holds, value by value and in bounded memory."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from ingestion.contract.model import ColumnType
from ingestion.explore.guess.dates import DAY_FIRST, MomentGuess, MomentType
from ingestion.explore.guess.names import is_id, word_set, words
from ingestion.explore.guess.numbers import DECIMALS, FigureGuess, FigureType
from ingestion.explore.guess.persons import PersonGuess, is_code
from ingestion.tabular.cells import Cell
from ingestion.tabular.characters import visible

#: Words that stand for an empty cell where all other cells are numbers or dates.
_EMPTY_WORDS = frozenset(
    {"NULL", "null", "NaN", "nan", "NA", "N/A", "n/a", "#N/A", "NaT", "<NA>", "\\N", "(null)"}
)
#: Distinct values remembered: those that repeat say nothing new.
_REMEMBERED = 4_096
#: Distinct values up to which a column of texts may be a list of choices.
MOST_CHOICES = 30
_MOST_EXAMPLES = 3

_LEADING_ZERO = re.compile(r"0[0-9]+")
_DIGITS = re.compile(r"[0-9]+")
#: A long number as a spreadsheet shows and saves it, with six digits left.
_SHORTENED = re.compile(r"[0-9](?:[.,][0-9]{1,5})?E\+[0-9]{2}")
_DAY = re.compile(r"[0-9]{1,2}([./-])[0-9]{1,2}\1(?:[0-9]{2}|[0-9]{4})(?:\D.*)?")
_PAIRS = tuple(map(frozenset, (("true", "false"), ("yes", "no"), ("y", "n"), ("t", "f"))))
_LONGEST_FLAG = 5
_MONEY = word_set(
    "price amount cost costs cogs sales revenue profit discount discounts tax fee freight preis betrag umsatz"
    " kosten rabatt preco custo desconto prix montant cout remise precio importe coste descuento"
)
#: What is counted or numbered, though the name speaks of money too: sales order number, tax code.
_NO_MONEY = word_set(
    "id ids key no nr num number code qty quantity count units year month line rank position days items"
    " nummer anzahl menge stueck stuck zeile quantidade numero cantidad quantite nombre territory rep center"
)
_DATE_WORDS = word_set("date day dt datum tag data dia jour fecha on at")


@dataclass(frozen=True, slots=True)
class TypeGuess:
    """A type with what belongs to it: `figure` of numbers, `moment` of dates."""

    type: ColumnType
    figure: FigureType | None = None
    moment: MomentType | None = None

    def __str__(self) -> str:
        if self.figure and self.type is ColumnType.NUMERIC:
            return f"numeric({self.figure.precision},{self.figure.scale})"
        return f"{self.type} {' or '.join(self.moment.formats)}" if self.moment else self.type.value


_TEXT = TypeGuess(ColumnType.TEXT)


@dataclass
class ColumnGuess:
    """What was seen of the column that is called `header` in files.

    `filled` and `empty` count cells; `words` counts filled cells that may stand for empty ones.
    `choices` are the distinct texts, None where there are many; `longest` is the length of the longest text.
    `shortened` is the first number that a spreadsheet has cut to its first digits.
    """

    header: str
    filled: int = 0
    empty: int = 0
    longest: int = 0
    shortened: str | None = None
    words: Counter[str] = field(default_factory=Counter)
    choices: set[str] | None = field(default_factory=set)
    examples: list[str] = field(default_factory=list)
    figures: dict[str, FigureGuess] = field(
        default_factory=lambda: {each: FigureGuess(each) for each in DECIMALS}
    )
    persons: PersonGuess = field(default_factory=PersonGuess)
    _moments: MomentGuess = field(default_factory=MomentGuess)
    _seen: set[tuple[type, Cell]] = field(default_factory=set)
    _lengths: set[int] = field(default_factory=set)
    _flags: set[str] | None = field(default_factory=set)
    _has_leading_zeros: bool = False
    _are_digits: bool = True
    _are_days: bool = True

    def see(self, cell: Cell) -> None:
        """Learn from the next cell."""
        if isinstance(cell, str):
            cell = visible(cell).strip()
        if cell is None or cell == "":
            self.empty += 1
            return
        self.filled += 1
        key = (type(cell), cell)
        if isinstance(cell, str) and cell in _EMPTY_WORDS:
            self.words[cell] += 1
            self._see_choice(cell)
        elif key not in self._seen:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            self._seen.add(key)
            self._learn(cell)

    def type(self, decimal: str, order: str = DAY_FIRST) -> TypeGuess:
        """The type, if `decimal` stands before decimals; `order` decides between day and month if it must."""
        if not self._seen or self._has_leading_zeros or is_code(self.header):
            return _TEXT
        if self.shortened and is_id(self.header):
            return _TEXT
        if self._is_flag():
            return TypeGuess(ColumnType.BOOLEAN)
        sounds_like_date = not _DATE_WORDS.isdisjoint(words(self.header))
        if moment := self._moments.type(order, sounds_like_date=sounds_like_date):
            return TypeGuess(moment.type, moment=moment)
        figure = self.figures[decimal].type(is_money=_is_money(self.header))
        # A number whose last digits are lost is not a whole number.
        if figure and not (self.shortened and figure.type is not ColumnType.NUMERIC):
            return TypeGuess(figure.type, figure=figure)
        return _TEXT

    @property
    def are_days(self) -> bool:
        """Whether all values look like days in figures, whether or not one format fits them."""
        return bool(self._seen) and self._are_days

    def code_length(self) -> int:
        """Digits of a code that has leading zeros and is always as long; 0 for others."""
        is_code = self._has_leading_zeros and self._are_digits and len(self._lengths) == 1
        return min(self._lengths) if is_code else 0

    def _learn(self, cell: Cell) -> None:
        """Learn from a cell that says something new."""
        for figure in self.figures.values():
            figure.see(cell)
        self._moments.see(cell)
        text = str(cell)
        self.persons.see(text)
        if isinstance(cell, str):
            self._has_leading_zeros = self._has_leading_zeros or bool(_LEADING_ZERO.fullmatch(text))
            if not self.shortened and _SHORTENED.fullmatch(text):
                self.shortened = text
        self._are_days = self._are_days and bool(_DAY.fullmatch(text))
        self._are_digits = self._are_digits and bool(_DIGITS.fullmatch(text))
        if len(self._lengths) <= 1:
            self._lengths.add(len(text))
        self._see_flag(text)
        self._see_choice(text)

    def _see_flag(self, text: str) -> None:
        if self._flags is not None:
            self._flags.add(text.casefold())
            if len(text) > _LONGEST_FLAG or len(self._flags) > 2:
                self._flags = None

    def _see_choice(self, text: str) -> None:
        self.longest = max(self.longest, len(text))
        if len(self.examples) < _MOST_EXAMPLES and text not in self.examples:
            self.examples.append(text)
        if self.choices is not None:
            self.choices.add(text)
            if len(self.choices) > MOST_CHOICES:
                self.choices = None

    def _is_flag(self) -> bool:
        """Whether the values are one pair of words; a lone word must be true or false itself."""
        return self._flags in _PAIRS or self._flags in ({"true"}, {"false"})


def _is_money(header: str) -> bool:
    named = words(header)
    return not _MONEY.isdisjoint(named) and _NO_MONEY.isdisjoint(named)
