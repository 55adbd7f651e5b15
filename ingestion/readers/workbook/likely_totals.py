"""Finds rows of a sheet that look like totals, such as those that Excel's Subtotal inserts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingestion.findings.remarks import Remark, RemarkKind
from ingestion.tabular.cells import shown
from ingestion.tabular.table import Row

_TOTAL = re.compile(
    r"\b(?:(?:sub)?totals?|(?:gesamt|zwischen)?summe|gesamt(?:ergebnis)?|(?:teil)?ergebnis|somme|suma|soma)\b",
    re.IGNORECASE,
)
_MOST_NAMED = 3


class LikelyTotals:
    """Looks for rows with figures whose only text mentions a total."""

    def __init__(self) -> None:
        self._count = 0
        self._named: list[str] = []

    def see(self, row: Row) -> None:
        """Look at the next row; its line is its number in the sheet."""
        text = row.cells[0] or next((cell for cell in row.cells if cell != ""), "")
        if type(text) is not str or not _TOTAL.search(text):
            return
        others = [cell for cell in row.cells if cell != "" and cell is not text]
        if others and all(type(cell) is float for cell in others):
            self._count += 1
            if len(self._named) < _MOST_NAMED:
                self._named.append(f"{shown(text)} in row {row.line}")

    def remarks(self, sheet: str) -> Iterator[Remark]:
        """What was found, as one remark, or no remark."""
        if not self._count:
            return
        more = self._count - len(self._named)
        named = ", ".join(self._named) + (f" and {more:,} more" if more else "")
        text = (
            f"sheet {shown(sheet)}: {self._count:,} rows look like sums ({named}) and count like all others;"
            " if they are, name them in the contract's totals, and replay"
        )
        yield Remark(RemarkKind.LIKELY_TOTALS, text)
