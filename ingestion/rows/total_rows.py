"""Tells rows that repeat sums from the rows that they sum up."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ingestion.contract.model import Total, TotalPlace
from ingestion.tabular.characters import normal_text
from ingestion.tabular.table import Row

#: What may separate the cells of a row that could not be split.
_DELIMITERS = re.compile(r"[,;\t|]")


def first_text(row: Row) -> str:
    """The first text in the row, trimmed and in its normal form; empty where there is none."""
    cells = row.cells or _DELIMITERS.split((row.raw or b"").decode(errors="replace"))
    found = next((cell for cell in cells if isinstance(cell, str) and cell.strip()), "")
    return normal_text(found).strip().strip('"').strip()


def total_row(totals: Iterable[Total]) -> Callable[[Row], bool] | None:
    """The function that says whether a row is one of these totals; None where there are no totals."""
    if not (patterns := [_pattern(each) for each in totals]):
        return None
    is_total = re.compile("|".join(patterns), re.IGNORECASE).search
    return lambda row: is_total(first_text(row)) is not None


def is_word(total: Total) -> bool:
    """Whether the text has letters or digits, so that signs around it do not count."""
    return re.search(r"\w", total.text) is not None


def _pattern(total: Total) -> str:
    text = re.escape(normal_text(total.text).strip())
    around, behind, before = (r"\W*", r"(?!\w)", r"(?<!\w)") if is_word(total) else ("", "", "")
    return {
        TotalPlace.WHOLE: rf"^{around}{text}{around}$",
        TotalPlace.BEGINS: rf"^{around}{text}{behind}",
        TotalPlace.ENDS: rf"{before}{text}{around}$",
    }[total.place]
