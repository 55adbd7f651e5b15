"""What is known of the lines of files that facts hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from psycopg import sql

from tradewind.settings import Settings


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of a line that a figure is made of: columns of the raw table, by their names there.

    `formula` computes the figure from them in SQL, in the type of the fact; None where more than these cells
    decides, and `why` says what.
    """

    columns: tuple[str, ...] = ()
    formula: str | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """A fact's lines with the dimensions and measures of the marts that add them up.

    Attributes:
        fact: the table, as `core.fct_sales`.
        query: gives the SELECT of all lines, which has `source`, `load_id`, `file_line`, `day`, `currency`
            (null where lines have none), `rate` (to the reporting currency), the dimensions and the measures,
            and `of_line_…` for each figure as the line has it.
        dimensions: columns that marts may be filtered by.
        measures: name of the figure that each measure is made of, None for one that only counts the line.
        cells: gives the cells of a source's lines that a figure is made of.
        money: figures that are amounts in the line's currency.
    """

    fact: str
    query: Callable[[Settings], sql.Composable]
    dimensions: frozenset[str]
    measures: Mapping[str, str | None]
    cells: Callable[[str, str], Cells]
    money: frozenset[str] = frozenset()
