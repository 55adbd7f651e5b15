"""Gathers what parsers notice in the cells of a table, and reports it once per column and kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ingestion.contract.model import Column
from ingestion.findings.remarks import Remark, RemarkKind
from ingestion.rows.notices import Notice, Notify
from ingestion.tabular.cells import Cell, shown

#: How many different cells of one kind are counted; where there are more, the remark says so.
_MOST = 1_000

_DATE_CELLS = (Notice.DATE_CELL, Notice.OPEN_DATE_CELL)
_SURE_TEXTS = (Notice.DAY_FIRST, Notice.MONTH_FIRST)
_OPEN_TEXTS = (Notice.OPEN_ORDER, Notice.GUESSED_ORDER)
_COUNTED = (Notice.SHORTENED, Notice.INEXACT, Notice.GUESSED_ORDER)
_ORDERS = ((Notice.DAY_FIRST, "day"), (Notice.MONTH_FIRST, "month"))


@dataclass(slots=True)
class _Sight:
    """The first cell of a kind in a column, and all different ones."""

    cell: Cell
    line: int
    cells: set[Cell] = field(default_factory=set)

    @property
    def place(self) -> str:
        return f"{shown(self.cell)} in line {self.line}"

    @property
    def counted(self) -> str:
        count = f"{len(self.cells):,}{' or more' if len(self.cells) >= _MOST else ''}"
        return f"{count} different value{'' if count == '1' else 's'}, the first {self.place}"


class NoticeLog:
    """What was noticed in the cells of one table with these columns.

    The notices of a parser are `fresh` until their row is known.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._found: dict[tuple[int, Notice], _Sight] = {}
        self.fresh: list[tuple[int, Notice, Cell]] = []

    def notify(self, place: int) -> Notify:
        """What the parser of the column at `place` calls with each notice."""
        return lambda notice, cell: self.fresh.append((place, notice, cell))

    def settle(self, line: int) -> None:
        """Assign the fresh notices to this line."""
        for place, notice, cell in self.fresh:
            sight = self._found.get((place, notice))
            if sight is None:
                sight = self._found[place, notice] = _Sight(cell, line)
            if notice in _COUNTED and len(sight.cells) < _MOST:
                sight.cells.add(cell)
        self.fresh.clear()

    def remarks(self) -> Iterator[Remark]:
        """What a person should know, in the order of the columns; complete once all rows have been read."""
        for column, sights in self._by_column():
            for kind, text in _remarks(sights):
                yield Remark(kind, f"column {shown(column.header)}: {text}")

    def swapped_dates(self) -> str | None:
        """Why day and month are likely to be swapped in dates, None where they are not.

        A spreadsheet that expects the other order turns what it can into dates, with day and month swapped,
        and leaves the rest as text: the days of all its dates are then at most 12, those of its texts above.
        """
        for column, sights in self._by_column():
            texts = [sights[each] for each in _SURE_TEXTS if each in sights]
            is_mixed = Notice.OPEN_DATE_CELL in sights and texts
            if is_mixed and sights.keys().isdisjoint((Notice.DATE_CELL, *_OPEN_TEXTS)):
                return (
                    f"column {shown(column.header)} holds dates, none of them after the 12th of a month (the"
                    f" first {sights[Notice.OPEN_DATE_CELL].place}), and texts, all of them after it"
                    f" ({texts[0].place}): a spreadsheet that expects days and months in the other order has"
                    " swapped them in the dates; ask for the file as it was before it was opened there"
                )
        return None

    def mixed_formats(self) -> str | None:
        """Why the figures of the file are in several number formats, None where they are in one."""
        for (place, notice), sight in self._found.items():
            if notice is Notice.OTHER_FORMAT:
                return (
                    f"column {shown(self._columns[place].header)}: {sight.place} is written in another number"
                    " format of the contract than the figures above it; a figure that fits both may mean"
                    " either: deliver a file that is written in one format"
                )
        return None

    def _by_column(self) -> Iterator[tuple[Column, dict[Notice, _Sight]]]:
        for place, column in enumerate(self._columns):
            yield column, {notice: sight for (at, notice), sight in self._found.items() if at == place}


def _remarks(sights: dict[Notice, _Sight]) -> Iterator[tuple[RemarkKind, str]]:
    if sight := sights.get(Notice.SHORTENED):
        yield (
            RemarkKind.SHORTENED_NUMBERS,
            f"a spreadsheet has shortened long numbers, whose last digits are lost ({sight.counted})."
            " Different ones may look the same: ask for the file with all digits",
        )
    if sight := sights.get(Notice.INEXACT):
        yield (
            RemarkKind.INEXACT_NUMBERS,
            f"long numbers are stored as numbers, not as text, and may have lost their last digits"
            f" ({sight.counted}): ask for them as text",
        )
    if sight := sights.get(Notice.REWRITTEN):
        yield (
            RemarkKind.REWRITTEN,
            "invisible characters, unusual spaces or decomposed letters were normalized"
            f" (the first: {sight.place}); asWritten in the contract keeps them",
        )
    if sight := sights.get(Notice.FORMULA_TEXT):
        yield (
            RemarkKind.FORMULA_TEXTS,
            f'values are written as formulas, ="…", and were taken as the text in them (the first'
            f" {sight.place})",
        )
    if sight := sights.get(Notice.INSTANT):
        yield (
            RemarkKind.TIME_ZONE,
            "timestamps have a time zone, and the contract names none to convert them to"
            f" (the first {sight.place}). Days are those in the zone of the file, times are in UTC: write"
            " timeZone into the contract",
        )
    yield from _order_remark(sights)
    texts = [
        sight for notice, sight in sights.items() if notice in (*_SURE_TEXTS, *_OPEN_TEXTS, Notice.CLEAR_DATE)
    ]
    cells = [sights[each] for each in _DATE_CELLS if each in sights]
    if texts and cells:
        yield (
            RemarkKind.MIXED_DATES,
            f"some dates are dates ({_first(cells).place}), others texts ({_first(texts).place}): check that"
            " no program has swapped day and month in some of them",
        )


def _order_remark(sights: dict[Notice, _Sight]) -> Iterator[tuple[RemarkKind, str]]:
    guessed = sights.get(Notice.GUESSED_ORDER)
    sure = [f"{sights[each].place} must have the {order} first" for each, order in _ORDERS if each in sights]
    if not guessed and len(sure) < len(_ORDERS):
        return
    parts = [" and ".join(sure)] if sure else []
    if guessed:
        parts.append(f"dates that may be either are read by the contract's first format ({guessed.counted})")
    yield (
        RemarkKind.DATE_ORDER,
        f"the contract allows both orders of day and month, {'; '.join(parts)}: ask for one order",
    )


def _first(sights: Sequence[_Sight]) -> _Sight:
    return min(sights, key=lambda sight: sight.line)
