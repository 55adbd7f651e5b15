"""The account of the rows of a table: how many were read, refused and loaded, by scope and day."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from heapq import nlargest, nsmallest
from itertools import chain

import psycopg

from ingestion.contract.model import DATES, Column, Contract, Period, Restate
from ingestion.findings.remarks import Remark, RemarkKind, counted
from ingestion.ledger.scopes import ScopeText
from ingestion.ledger.write import Counts, HeldScope, Reject, write_rejects
from ingestion.matching.match import Match
from ingestion.readers.text.csv_text import LONGEST_RECORD_LINES
from ingestion.rows.checks import FaultGroup
from ingestion.rows.notice_log import NoticeLog
from ingestion.rows.total_rows import first_text
from ingestion.tabular.cells import shown
from ingestion.tabular.table import Row

_KEPT_OF_HELD = 1000

#: How many rejected rows at the end of a file are examined for signs that it is cut off.
_KEPT_OF_END = 2 * LONGEST_RECORD_LINES

#: After every row.
_NO_TOTAL = (1 << 62, "")

#: Scope and day of a row; the counts by group give the scopes and days in the ledger.
Group = tuple[str | None, ...]


class Account:
    """What was read from a table: the rows that are in the raw table, and those in the quarantine.

    Attributes:
        kept: the first rejected rows, which the quarantine keeps if the file is held after all.
        last: the last rejected rows that were read one by one, the very last first.
        passed_over: lines that are not rows, by what they are.
        group_of: returns the group of a row, from its values as the raw table takes them.
        last_header: the header of the last column in a line.
        notices: what a person should know about the cells that were read row by row.
        remarks: what a person should know about the rows that were taken.
        faults: rejected rows by their first fault.
    """

    def __init__(self, connection: psycopg.Connection, load_id: int, match: Match) -> None:
        self.match = match
        self.kept: list[Reject] = []
        self.last: list[Reject] = []
        self.passed_over: Counter[str] = Counter()
        self.last_header = next(
            (
                column.header
                for column, place in zip(match.contract.columns, match.order, strict=True)
                if place == match.width - 1
            ),
            None,
        )
        contract = match.contract
        self.notices = NoticeLog(contract.columns)
        self.remarks: list[Remark] = []
        self.faults: Counter[FaultGroup] = Counter()
        self._connection = connection
        self._load_id = load_id
        self._scope_text = ScopeText.of(contract)
        parts = self._scope_text.parts
        # Dates are cut to days, so that the days in each scope are known.
        scope_places = [(contract.position(part.column), 10 if part.by else None) for part in parts]
        self._scope_day = next(
            (i for i, part in enumerate(parts) if part.by in (Period.MONTH, Period.YEAR)), None
        )
        dated = business_date(contract)
        self.group_of = _grouping(scope_places, contract.position(dated.name) if dated else None)
        self._first_total = _NO_TOTAL
        self._read = 0
        self._rejected = 0
        self._seen: Counter[Group] = Counter()
        self._groups: Counter[tuple[str, ...]] = Counter()
        self._days: list[date] = []

    def load(self, groups: Sequence[Group]) -> None:
        """Account for rows that were copied into the raw table one by one, by their groups."""
        self._read += len(groups)
        self._seen.update(groups)

    def refuse(self, rejects: Sequence[Reject]) -> None:
        """Account for rows that were read one by one and refused, and put them into the quarantine."""
        self._read += len(rejects)
        self._reject(rejects)
        self.last = nlargest(_KEPT_OF_END, chain(self.last, rejects), key=lambda reject: reject.row.line)

    def pass_over(self, total: Row) -> None:
        """Account for a row that repeats sums, and is not loaded."""
        self.passed_over["totals"] += 1
        self._first_total = min(self._first_total, (total.line, first_text(total)))

    def totals_remark(self) -> Remark | None:
        """How many totals were passed over, and the first of them."""
        count, (line, text) = self.passed_over["totals"], self._first_total
        if not count:
            return None
        verbs = "repeats sums and was" if count == 1 else "repeat sums and were"
        said = f"{counted(count)} {verbs} not loaded; the first is {shown(text)} in line {line}"
        return Remark(RemarkKind.TOTALS, said)

    def add(self, scope: Iterable[str | date], rows: int, first: date | None, last: date | None) -> None:
        """Account for rows that reach the raw table in bulk; `scope` has the values of its columns."""
        self._read += rows
        self._groups[tuple(map(str, scope))] += rows
        self._days += [day for day in (first, last) if day]

    def withdraw(self, rejects: list[Reject], first: date | None, last: date | None) -> None:
        """Account for rows removed from the raw table; `first` and `last` are the days of the others."""
        self._days, self._seen = [day for day in (first, last) if day], Counter()
        self._reject(rejects)

    def counts(self) -> Counts:
        days = self._days + [date.fromisoformat(day[:10]) for *_, day in self._seen if day]
        return Counts(self._read, self._rejected, min(days, default=None), max(days, default=None))

    def scopes(self) -> dict[str, HeldScope]:
        """What was loaded of each scope, as Canada|2014-01: a scope without any rows is not emptied."""
        if not isinstance(self.match.contract.relation, Restate):
            return {}
        rows: Counter[str] = Counter()
        days: defaultdict[str, set[date]] = defaultdict(set)
        groups = chain(self._groups.items(), ((parts, count) for (*parts, _), count in self._seen.items()))
        for parts, count in groups:
            scope = self._scope_text.text(parts)
            rows[scope] += count
            if self._scope_day is not None:
                days[scope].add(date.fromisoformat(parts[self._scope_day][:10]))
        return {scope: HeldScope(count, frozenset(days[scope])) for scope, count in rows.items()}

    def _reject(self, rejects: Sequence[Reject]) -> None:
        write_rejects(self._connection, self._load_id, rejects)
        self._rejected += len(rejects)
        for _, faults in rejects:
            self.faults[faults[0].group] += 1
        # In a large file, rows that break a rule on values come after the malformed ones.
        self.kept = nsmallest(_KEPT_OF_HELD, chain(self.kept, rejects), key=lambda reject: reject.row.line)


def _grouping(
    scope_places: Sequence[tuple[int, int | None]], date_place: int | None
) -> Callable[[Sequence[str | None]], Group]:
    def group_of(values: Sequence[str | None]) -> Group:
        day = values[date_place] if date_place is not None else None
        return (*[values[place][:letters] for place, letters in scope_places], day and day[:10])

    return group_of


def business_date(contract: Contract) -> Column | None:
    """The column whose first and last day the ledger keeps: the first date."""
    return next((column for column in contract.columns if column.type in DATES), None)
