"""Tells rows that repeat sums from rows that count."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ingestion.contract.model import Total, TotalPlace
from ingestion.tabular.characters import normal_text
from ingestion.tabular.table import Row

#: What may part the cells of a row that could not be taken apart.
_DELIMITERS = re.compile(r"[,;\t|]")


def first_text(row: Row) -> str:
    """The row's first cell that holds a text, trimmed and in its normal form; empty where none does."""
    cells = row.cells or _DELIMITERS.split((row.raw or b"").decode(errors="replace"))
    found = next((cell for cell in cells if isinstance(cell, str) and cell.strip()), "")
    return normal_text(found).strip().strip('"').strip()


def total_row(totals: Iterable[Total]) -> Callable[[Row], bool] | None:
    """Whether a row is one of these totals; None where there are no totals."""
    if not (patterns := [_pattern(each) for each in totals]):
        return None
    is_total = re.compile("|".join(patterns), re.IGNORECASE).search
    return lambda row: is_total(first_text(row)) is not None


def is_word(total: Total) -> bool:
    """Whether its text is more than signs, so that signs around it do not count."""
    return re.search(r"\w", total.text) is not None


def _pattern(total: Total) -> str:
    text = re.escape(normal_text(total.text).strip())
    around, behind, before = (r"\W*", r"(?!\w)", r"(?<!\w)") if is_word(total) else ("", "", "")
    return {
        TotalPlace.WHOLE: rf"^{around}{text}{around}$",
        TotalPlace.BEGINS: rf"^{around}{text}{behind}",
        TotalPlace.ENDS: rf"{before}{text}{around}$",
    }[total.place]
