"""Reads the ledger and the quarantine for people and for scripts."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import dict_row

_STATUS = """
    select load_id, source, file_name, state, is_sample, rows_read, rows_loaded, rows_rejected,
        data_from, data_to, finished_at, message
    from ops.loads
    order by load_id
"""

_REJECTED = """
    select load_id, file_name, line, column_name, value, reason, reasons
    from ops.rejected_rows
    inner join ops.loads using (load_id)
    where load_id = %(load_id)s or (%(load_id)s::bigint is null and state <> 'resolved')
    order by load_id, line
"""


def status(connection: psycopg.Connection) -> list[dict[str, Any]]:
    """Every entry of the ledger, oldest first."""
    return _fetch(connection, _STATUS)


def rejected(connection: psycopg.Connection, load_id: int | None = None) -> list[dict[str, Any]]:
    """The refused rows of one load, or of all loads whose content was not loaded later."""
    return _fetch(connection, _REJECTED, {"load_id": load_id})


def _fetch(connection: psycopg.Connection, query: str, arguments: dict[str, Any] | None = None) -> list:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, arguments).fetchall()
