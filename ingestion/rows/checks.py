"""Checks rows against a contract, and converts them to what the raw table takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from functools import lru_cache
from typing import NamedTuple

from ingestion.contract.model import Column, Contract, DatePart, DateRepeat, Limit, Sum
from ingestion.findings.reasons import FaultKind, Reason, Refused
from ingestion.rows.notice_log import NoticeLog
from ingestion.rows.notices import Notify
from ingestion.rows.parsers import parser_for
from ingestion.tabular.cells import Cell, Parser, shown
from ingestion.tabular.table import Row

#: Adds and subtracts without rounding, however many places a column has.
_EXACT = Context(prec=200)
_add, _subtract = _EXACT.add, _EXACT.subtract

#: Distinct cells remembered per column. Names, prices and dates repeat, and a lookup is cheaper than parsing.
_REMEMBERED = 4096

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

_PART_OF_DATE: dict[DatePart, Callable[[date], str]] = {
    DatePart.MONTH: lambda day: str(day.month),
    DatePart.MONTH_NAME: lambda day: _MONTHS[day.month - 1],
    DatePart.YEAR: lambda day: str(day.year),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason to refuse a row; `column` is the header, None for the row as a whole.

    `against` are the headers of the columns that this one, or the row, does not fit.
    """

    column: str | None
    value: str | None
    reason: Reason
    against: tuple[str, ...] = ()

    @property
    def group(self) -> FaultGroup:
        """What it shares with the same fault of other rows."""
        return FaultGroup(self.reason.kind, self.column, self.against)


class FaultGroup(NamedTuple):
    """What faults have in common that differ only in their values."""

    kind: FaultKind
    column: str | None
    against: tuple[str, ...]


class RowFaults(Exception):
    """A row breaks its contract; `faults` has at least one entry, in the contract's order of columns."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults[0].reason.text)
        self.faults = tuple(faults)


class RowCheck:
    """Checks the rows of one table, whose cell `order[i]` holds the contract's column `i`.

    A place of None stands for an optional column that the table does not have: its values are null. `notices`
    collects what a person should know about the cells that were taken.
    """

    def __init__(
        self, contract: Contract, order: Sequence[int | None], notices: NoticeLog | None = None
    ) -> None:
        self._columns = contract.columns
        self.notices = notices or NoticeLog(contract.columns)
        self._plan = [
            (place, _remembering(column, contract, self.notices.notify(i)))
            for i, (place, column) in enumerate(zip(order, contract.columns, strict=True))
            if place is not None
        ]
        self._present = [i for i, place in enumerate(order) if place is not None]
        self._absent = [i for i, place in enumerate(order) if place is None]
        self._repeats = [
            _Repeat(contract, column, column.repeats) for column in contract.columns if column.repeats
        ]
        self._dated = sorted({place for each in self._repeats for place in each.places})
        self._contradicts = lru_cache(_REMEMBERED)(self._find_contradiction)
        self._figures = [
            *(_Sum(contract, each) for each in contract.sums),
            *(_Limit(contract, each) for each in contract.limits),
        ]

    def values(self, row: Row) -> list[str | None]:
        """The row's values as text that Postgres reads, None for null, in the contract's order.

        Raises:
            RowFaults: the row breaks the contract.
        """
        if row.fault:
            raise RowFaults([Fault(None, None, row.fault)])
        cells = row.cells
        try:
            values = [parse(cells[place]) for place, parse in self._plan]
        except Refused:
            raise RowFaults(self._all_faults(cells)) from None
        finally:
            if self.notices.fresh:
                self.notices.settle(row.line)
        for i in self._absent:
            values.insert(i, None)
        if self._contradicts(*[values[place] for place in self._dated]):
            raise RowFaults(self._all_faults(cells))
        for each in self._figures:
            if each.is_off(values):
                raise RowFaults(self._all_faults(cells))
        return values

    def _find_contradiction(self, *dated: str | None) -> bool:
        values = dict(zip(self._dated, dated, strict=True))
        return any(repeat.is_off(values) for repeat in self._repeats)

    def _all_faults(self, cells: Sequence[Cell]) -> list[Fault]:
        """Every fault of a row that has any; those between columns only where all their cells are sound."""
        values: dict[int, str | None] = dict.fromkeys(self._absent)
        faults: list[tuple[int, Fault]] = []
        for i, (place, parse) in zip(self._present, self._plan, strict=True):
            try:
                values[i] = parse(cells[place])
            except Refused as error:
                faults.append((i, Fault(self._columns[i].header, _text(cells[place]), error.reason)))
        for each in (*self._repeats, *self._figures):
            if values.keys() >= each.places and each.is_off(values):
                faults.append((each.place, each.fault(values)))
        return [fault for _, fault in sorted(faults, key=lambda found: found[0])]


def _remembering(column: Column, contract: Contract, notify: Notify) -> Parser:
    parser = parser_for(column, contract.number_format, contract.empty_words, contract.time_zone, notify)
    # typed: 1 and 1.0 and True are equal keys, but not equal cells.
    return lru_cache(_REMEMBERED, typed=True)(parser)


#: Values by the places of their columns.
_Values = Sequence[str | None] | Mapping[int, str | None]


class _Repeat:
    """One column that repeats a part of a date column; where either is null there is nothing to compare."""

    def __init__(self, contract: Contract, column: Column, repeats: DateRepeat) -> None:
        self.header = column.header
        self.place = contract.position(column.name)
        self._date_place = contract.position(repeats.date)
        self._date_header = contract.columns[self._date_place].header
        self.places = {self.place, self._date_place}
        self._part = _PART_OF_DATE[repeats.part]

    def is_off(self, values: _Values) -> bool:
        value, day = values[self.place], values[self._date_place]
        return value is not None and day is not None and value != self._part(_day(day))

    def fault(self, values: _Values) -> Fault:
        value = values[self.place]
        reason = FaultKind.CONTRADICTS_DATE.reason(
            column=self.header.lower(), value=shown(value), day=_day(values[self._date_place])
        )
        return Fault(self.header, value, reason, (self._date_header,))


class _Figures:
    """A rule between columns of numbers; a row in which one of them is null satisfies it."""

    def __init__(self, contract: Contract, names: Sequence[str]) -> None:
        self.place, *_ = places = [contract.position(name) for name in names]
        self.places = set(places)
        self._headers = [column.header for column in contract.columns]
        self._nullable = [place for place in places if not contract.columns[place].required]

    def _holds_null(self, values: _Values) -> bool:
        return any(values[place] is None for place in self._nullable)

    def _spoken(self, place: int, values: _Values) -> str:
        return f"{self._headers[place].lower()} {values[place]}"

    def _fault(self, values: _Values, reason: Reason, against: Sequence[int]) -> Fault:
        headers = tuple(self._headers[place] for place in against)
        return Fault(self._headers[self.place], values[self.place], reason, headers)


class _Sum(_Figures):
    """One column that is the sum of others."""

    def __init__(self, contract: Contract, rule: Sum) -> None:
        super().__init__(contract, (rule.total, *rule.plus, *rule.minus))
        self._plus = [contract.position(name) for name in rule.plus]
        self._minus = [contract.position(name) for name in rule.minus]
        self._low, self._high = -rule.tolerance, rule.tolerance

    def is_off(self, values: _Values) -> bool:
        if self._nullable and self._holds_null(values):
            return False
        rest = Decimal(values[self.place])
        for place in self._plus:
            rest = _subtract(rest, Decimal(values[place]))
        for place in self._minus:
            rest = _add(rest, Decimal(values[place]))
        return not self._low <= rest <= self._high

    def fault(self, values: _Values) -> Fault:
        plus = " plus ".join(self._spoken(place, values) for place in self._plus)
        terms = [plus, *(self._spoken(place, values) for place in self._minus)]
        reason = FaultKind.NOT_THE_SUM.reason(
            total=self._spoken(self.place, values), terms=" less ".join(terms)
        )
        return self._fault(values, reason, [*self._plus, *self._minus])


class _Limit(_Figures):
    """One column that is at most another."""

    def __init__(self, contract: Contract, rule: Limit) -> None:
        super().__init__(contract, (rule.column, rule.limit))
        self._limit = contract.position(rule.limit)

    def is_off(self, values: _Values) -> bool:
        if self._nullable and self._holds_null(values):
            return False
        return Decimal(values[self.place]) > Decimal(values[self._limit])

    def fault(self, values: _Values) -> Fault:
        reason = FaultKind.ABOVE_ITS_LIMIT.reason(
            figure=self._spoken(self.place, values), limit=self._spoken(self._limit, values)
        )
        return self._fault(values, reason, [self._limit])


def _day(value: str) -> date:
    """The day of a date or timestamp, as text from a parser."""
    return date.fromisoformat(value[:10])


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell)
