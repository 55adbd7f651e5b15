"""What parsers notice in cells that they accept, and that a person should know."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto

from ingestion.tabular.cells import Cell


class Notice(Enum):
    """What was noticed in a cell."""

    #: A text such as 1.23457E+11: a spreadsheet has shortened a long number.
    SHORTENED = auto()
    #: A number with more digits than a double holds, as the value of a text.
    INEXACT = auto()
    #: Invisible characters, unusual spaces, or decomposed letters.
    REWRITTEN = auto()
    #: A figure that is refused, but is valid in another number format that the contract allows.
    OTHER_FORMAT = auto()
    #: ="00123", as programs write codes for spreadsheets.
    FORMULA_TEXT = auto()
    #: A moment with a zone, where the contract names none to keep it in.
    INSTANT = auto()
    #: A typed date, and one whose day and month could be swapped.
    DATE_CELL = auto()
    OPEN_DATE_CELL = auto()
    #: A text of figures whose day can be no month, with the day first or the month; one whose day could be a
    #: month; such a one that the contract's formats read in both ways; and a date in any other form.
    DAY_FIRST = auto()
    MONTH_FIRST = auto()
    OPEN_ORDER = auto()
    GUESSED_ORDER = auto()
    CLEAR_DATE = auto()


#: Called with each notice and its cell; a cell that repeats soon may not be reported again.
Notify = Callable[[Notice, Cell], None]


def ignore(notice: Notice, cell: Cell) -> None:
    """For callers that do not need notices."""
