"""Reads the ledger and the quarantine, for people and for scripts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from ingestion.contract.model import Contract, Freshness
from ingestion.tabular.cells import shown

_STATUS = """
    select load_id, source, file_name, part, state, is_sample, rows_read, rows_loaded, rows_rejected,
        data_from, data_to, finished_at, hold_kind,
        coalesce('withdrawn by ' || withdrawn_by || ': ' || why, message) as message, remarks
    from ops.loads
    left join (select * from ops.withdrawals where undone_at is null) as withdrawals using (load_id)
    order by load_id
"""

_REJECTED = """
    select load_id, file_name, line, column_name, value, kind, reason, reasons
    from ops.rejected_rows
    inner join ops.loads using (load_id)
    where load_id = %(load_id)s or (%(load_id)s::bigint is null and state in ('loaded', 'held'))
    order by load_id, line
"""

# Rows from before kinds existed have none; they are grouped only if their sentences are the same.
_REASONS = """
    select load_id, file_name, column_name, kind, (array_agg(reason order by line))[1] as reason,
        count(*) as rows, min(line) as first_line,
        (array_agg(coalesce(value, left(encode(raw, 'escape'), 60)) order by line))[1] as example
    from ops.rejected_rows
    inner join ops.loads using (load_id)
    where load_id = %(load_id)s or (%(load_id)s::bigint is null and state in ('loaded', 'held'))
    group by load_id, file_name, column_name, coalesce(kind, reason), kind, reasons -> 0 -> 'against'
    order by load_id, rows desc, first_line
"""

# As dbt measures source freshness; a source that never had a file is not late.
_LATEST = """
    select source, now() - max(finished_at) as age
    from ops.loads
    where state = 'loaded'
    group by source
"""


@dataclass(frozen=True, slots=True)
class Late:
    """A source whose last load is older than its contract allows."""

    source: str
    age: Freshness
    allowed: Freshness


def status(connection: psycopg.Connection) -> list[dict[str, Any]]:
    """Every entry of the ledger, oldest first."""
    return _fetch(connection, _STATUS)


def rejected(connection: psycopg.Connection, load_id: int | None = None) -> list[dict[str, Any]]:
    """The refused rows of one load, or of all loads whose content was not read again later."""
    return _fetch(connection, _REJECTED, {"load_id": load_id})


def rejected_reasons(connection: psycopg.Connection, load_id: int | None = None) -> list[dict[str, Any]]:
    """The same by load, column and kind of reason: the number of rows, the first line and its value.

    `reason` is that of the first line, with "…" in place of the value.
    """
    records = _fetch(connection, _REASONS, {"load_id": load_id})
    return [each | {"reason": each["reason"].replace(shown(each["example"]), "…")} for each in records]


def late_sources(connection: psycopg.Connection, contracts: Iterable[Contract]) -> list[Late]:
    """Sources that `dbt source freshness` warns about, except those that never had a file."""
    ages = {row["source"]: row["age"] for row in _fetch(connection, _LATEST)}
    measured = [
        Late(each.source, each.freshness.reached(ages[each.source]), each.freshness)
        for each in contracts
        if each.freshness and each.source in ages
    ]
    return [each for each in measured if each.age.count >= each.allowed.count]


def real_sources(connection: psycopg.Connection) -> set[str]:
    """Sources that have more than sample files."""
    query = "select distinct source from ops.loads where state = 'loaded' and not is_sample"
    return {source for (source,) in connection.execute(query)}


def _fetch(connection: psycopg.Connection, query: str, arguments: dict[str, Any] | None = None) -> list:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, arguments).fetchall()
