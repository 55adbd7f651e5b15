"""Checks rows against a contract and gives them as the raw table takes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from functools import lru_cache

from ingestion.contract import Column, Contract, DatePart, DateRepeat, Sum
from ingestion.readers.table import Row
from ingestion.values import Cell, parser_for, shown

#: Adds and subtracts without rounding, however many places a column has.
_EXACT = Context(prec=200)
_add, _subtract = _EXACT.add, _EXACT.subtract

#: Distinct cells remembered a column. Names, prices and dates repeat; looking one up is cheaper than parsing.
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
    """One reason to refuse a row; `column` is the header, None for the row as a whole."""

    column: str | None
    value: str | None
    reason: str


class RowFaults(Exception):
    """A row breaks its contract; `faults` has at least one entry, in the contract's order of columns."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults[0].reason)
        self.faults = tuple(faults)


class RowCheck:
    """Checks the rows of one table, whose cell `order[i]` holds the contract's column `i`."""

    def __init__(self, contract: Contract, order: Sequence[int]) -> None:
        parsers = [parser_for(column, contract.number_format) for column in contract.columns]
        # typed: 1 and 1.0 and True are equal keys, but not equal cells.
        remembering = [lru_cache(_REMEMBERED, typed=True)(parser) for parser in parsers]
        self._columns = contract.columns
        self._plan = list(zip(order, remembering, strict=True))
        self._repeats = [
            _Repeat(contract, column, column.repeats) for column in contract.columns if column.repeats
        ]
        self._dated = sorted({place for each in self._repeats for place in each.places})
        self._contradicts = lru_cache(_REMEMBERED)(self._find_contradiction)
        self._sums = [_Sum(contract, each) for each in contract.sums]

    def values(self, row: Row) -> list[str]:
        """The row's values as text that Postgres reads, in the contract's order.

        Raises:
            RowFaults: the row breaks the contract.
        """
        if row.fault:
            raise RowFaults([Fault(None, None, row.fault)])
        cells = row.cells
        try:
            values = [parse(cells[place]) for place, parse in self._plan]
        except ValueError:
            raise RowFaults(self._all_faults(cells)) from None
        if self._contradicts(*[values[place] for place in self._dated]):
            raise RowFaults(self._all_faults(cells))
        for each in self._sums:
            if each.is_off(values):
                raise RowFaults(self._all_faults(cells))
        return values

    def _find_contradiction(self, *dated: str) -> bool:
        values = dict(zip(self._dated, dated, strict=True))
        return any(repeat.fault(values) for repeat in self._repeats)

    def _all_faults(self, cells: Sequence[Cell]) -> list[Fault]:
        """Every fault of a row that has one; those between columns only where all their cells are sound."""
        values: dict[int, str] = {}
        faults: list[tuple[int, Fault]] = []
        for i, (place, parse) in enumerate(self._plan):
            try:
                values[i] = parse(cells[place])
            except ValueError as error:
                faults.append((i, Fault(self._columns[i].header, _text(cells[place]), str(error))))
        for each in (*self._repeats, *self._sums):
            if values.keys() >= each.places and (fault := each.fault(values)):
                faults.append((each.place, fault))
        return [fault for _, fault in sorted(faults, key=lambda found: found[0])]


class _Repeat:
    """One column that repeats a part of a date column."""

    def __init__(self, contract: Contract, column: Column, repeats: DateRepeat) -> None:
        self.header = column.header
        self.place = contract.position(column.name)
        self._date_place = contract.position(repeats.date)
        self.places = {self.place, self._date_place}
        self._part = _PART_OF_DATE[repeats.part]

    def fault(self, values: Mapping[int, str]) -> Fault | None:
        day = date.fromisoformat(values[self._date_place])
        value = values[self.place]
        if value == self._part(day):
            return None
        reason = (
            f"{self.header.lower()} {shown(value)} contradicts the date {day:%d %B %Y}: "
            "is one of them wrong, or are day and month swapped?"
        )
        return Fault(self.header, value, reason)


class _Sum:
    """One column that is the sum of others."""

    def __init__(self, contract: Contract, rule: Sum) -> None:
        self.place = contract.position(rule.total)
        self._plus = [contract.position(name) for name in rule.plus]
        self._minus = [contract.position(name) for name in rule.minus]
        self.places = {self.place, *self._plus, *self._minus}
        self._headers = [column.header for column in contract.columns]
        self._low, self._high = -rule.tolerance, rule.tolerance

    def is_off(self, values: Sequence[str] | Mapping[int, str]) -> bool:
        rest = Decimal(values[self.place])
        for place in self._plus:
            rest = _subtract(rest, Decimal(values[place]))
        for place in self._minus:
            rest = _add(rest, Decimal(values[place]))
        return not self._low <= rest <= self._high

    def fault(self, values: Mapping[int, str]) -> Fault | None:
        if not self.is_off(values):
            return None
        plus = " plus ".join(self._spoken(place, values) for place in self._plus)
        terms = [plus, *(self._spoken(place, values) for place in self._minus)]
        reason = f"{self._spoken(self.place, values)} is not {' less '.join(terms)}"
        return Fault(self._headers[self.place], values[self.place], reason)

    def _spoken(self, place: int, values: Mapping[int, str]) -> str:
        return f"{self._headers[place].lower()} {values[place]}"


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell)
