"""The row-by-row way into the raw table: every cell is checked here, whatever the file looks like.

A faster way for clean files belongs beside it, with the same results.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

import psycopg
from psycopg import sql

from ingestion.checks import RowCheck, RowFaults
from ingestion.contract import Contract
from ingestion.ddl import RAW_KEYS
from ingestion.ledger import Counts, Reject, write_rejects
from ingestion.matching import Match
from ingestion.readers.table import Row

#: Rows between two looks at the quarantine; bounds what is kept in memory of a file of broken rows.
_BATCH = 50_000

_KEPT_OF_HELD = 1000


@dataclass
class Copying:
    """Brings a table's sound rows into the raw table and its broken ones into the quarantine."""

    connection: psycopg.Connection
    load_id: int
    match: Match
    #: The first rejected rows: what the quarantine keeps of a file that is held after all.
    kept: list[Reject] = field(default_factory=list)
    _read: int = 0
    _rejected: int = 0
    _restated: set[tuple[str, str]] = field(default_factory=set)

    def run(self) -> None:
        rows = self.match.table.rows()
        check = RowCheck(self.match.contract, self.match.order)
        while batch := self._copy_batch(rows, check):
            self._read += batch

    def _copy_batch(self, rows: Iterator[Row], check: RowCheck) -> int:
        contract = self.match.contract
        scope_column = contract.position(contract.relation.column)
        date_column = contract.position(contract.relation.month_of)
        rejects: list[Reject] = []
        read = 0
        with self.connection.cursor() as cursor, cursor.copy(_copy_statement(contract)) as copy:
            for row in islice(rows, _BATCH):
                read += 1
                try:
                    values = check.values(row)
                except RowFaults as error:
                    rejects.append(Reject(row, error.faults))
                    continue
                copy.write_row((self.load_id, row.line, *values))
                self._restated.add((values[scope_column], values[date_column]))
        write_rejects(self.connection, self.load_id, rejects)
        self._rejected += len(rejects)
        self.kept += rejects[: _KEPT_OF_HELD - len(self.kept)]
        return read

    def counts(self) -> Counts:
        days = [date.fromisoformat(day) for _, day in self._restated]
        return Counts(self._read, self._rejected, min(days, default=None), max(days, default=None))

    def scopes(self) -> set[str]:
        """The scopes that hold loaded rows, as Canada|2014-01: a scope without any is not emptied."""
        return {f"{value}|{day[:7]}" for value, day in self._restated}


def _copy_statement(contract: Contract) -> sql.Composed:
    columns = [column.name for column in (*RAW_KEYS, *contract.columns)]
    return sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier("staging", contract.raw_table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
