"""Loads rows into the raw table one by one."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice

import psycopg
from psycopg import sql

from ingestion.contract.model import Contract
from ingestion.database.schema import RAW_KEYS
from ingestion.ledger.write import Reject
from ingestion.loading.account import Account, Group
from ingestion.rows.checks import RowCheck, RowFaults
from ingestion.rows.total_rows import total_row
from ingestion.tabular.table import Row

#: Rows between two writes to the quarantine; limits the memory for a file of broken rows.
_BATCH = 50_000


class RowWriter:
    """Copies the sound rows of a table into the raw table, and its broken ones into the quarantine."""

    def __init__(self, connection: psycopg.Connection, load_id: int, account: Account) -> None:
        contract = account.match.contract
        self.account = account
        self._connection = connection
        self._load_id = load_id
        self._check = RowCheck(contract, account.match.order, account.notices)
        self._statement = _copy_statement(contract)
        self._is_total = total_row(contract.totals)

    def write(self, rows: Iterable[Row]) -> None:
        """Copy the sound ones of these rows, quarantine the others, and account for both."""
        rows = iter(rows)
        for first in rows:
            self._write_batch(chain([first], islice(rows, _BATCH - 1)))

    def _write_batch(self, rows: Iterable[Row]) -> None:
        account = self.account
        group_of = account.group_of
        groups: list[Group] = []
        rejects: list[Reject] = []
        with self._connection.cursor() as cursor, cursor.copy(self._statement) as copy:
            for row in rows:
                if self._is_total and self._is_total(row):
                    account.pass_over(row)
                    continue
                try:
                    values = self._check.values(row)
                except RowFaults as error:
                    rejects.append(Reject(row, error.faults))
                    continue
                copy.write_row((self._load_id, row.line, *values))
                groups.append(group_of(values))
        account.load(groups)
        account.refuse(rejects)


def _copy_statement(contract: Contract) -> sql.Composed:
    columns = [column.name for column in (*RAW_KEYS, *contract.columns)]
    return sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier("staging", contract.raw_table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
