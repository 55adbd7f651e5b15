"""Writes the ledger, the quarantine and the scopes in `ops`, always in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from ingestion.contract.model import Contract
from ingestion.findings.reasons import HoldKind
from ingestion.findings.remarks import Remark
from ingestion.rows.checks import Fault
from ingestion.tabular.cells import printable
from ingestion.tabular.table import Row

_LONGEST_VALUE = 1000


#: The address that the file at a path was fetched from, or that an earlier load of it notes.
_CAME_FROM = (
    "coalesce((select address from ops.fetched_files where path = %s order by fetch_id desc limit 1),"
    " (select came_from from ops.loads where path = %s and came_from is not null limit 1))"
)


class Reject(NamedTuple):
    """A refused row and its faults, the first of which is shown."""

    row: Row
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the ledger records about a file; `sha256` and `size` (bytes) are None where it cannot be read.

    `name` is that of the file, with that of the member behind a slash for an archive; `part` is the sheet of
    a workbook that has several; `path` is where the file lies; `arrived_at` is None for a file that did not
    wait in the landing folder.
    """

    name: str
    is_sample: bool
    started_at: datetime
    path: str | None = None
    part: str = ""
    sha256: str | None = None
    size: int | None = None
    arrived_at: datetime | None = None

    @property
    def shown(self) -> str:
        """Name for people, with the sheet."""
        return f"{self.name} [{self.part}]" if self.part else self.name


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A person's decision to load a held file."""

    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Predecessor:
    """A load whose file is read again.

    `precedence` is its place among the others: its own if it `was_loaded`, else that of the other sheets of
    its workbook; None where it has none.
    """

    load_id: int
    precedence: str | None
    was_loaded: bool


class HeldScope(NamedTuple):
    """What a load holds of a scope; `days` are those of a month or year, none where it is neither."""

    rows: int
    days: frozenset[date]


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of a file, with the first and last business date among the loaded ones."""

    read: int = 0
    rejected: int = 0
    data_from: date | None = None
    data_to: date | None = None


def lock_source(connection: psycopg.Connection, source: str | None) -> None:
    """Make loads of one source wait for each other until commit.

    So their numbers are in the order of their commits, and of two loaders of one file the second sees
    what the first one did.
    """
    key = f"tradewind.load {source or ''}"
    connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


class SameContent(NamedTuple):
    """A load of a table of the same file; `part` is its sheet."""

    load_id: int
    file_name: str
    part: str
    precedence: str


def find_content(
    connection: psycopg.Connection, source: str | None, sha256: str | None, is_sample: bool
) -> list[SameContent]:
    """The loads that brought this file's content, one for each of its sheets that was loaded.

    What came as sample data has not come as real data, nor the other way round.
    """
    with connection.cursor(row_factory=class_row(SameContent)) as cursor:
        return cursor.execute(
            "select load_id, file_name, part, precedence from ops.loads where source = %s and sha256 = %s"
            " and is_sample = %s and state = 'loaded' order by load_id",
            [source, sha256, is_sample],
        ).fetchall()


def knows_size(connection: psycopg.Connection, source: str, size: int) -> bool:
    """Whether a load of the source had so many bytes: only then the content may be known."""
    return connection.execute(
        "select exists (select from ops.loads where source = %s and bytes = %s and state = 'loaded')",
        [source, size],
    ).fetchone()[0]


def begin_load(
    connection: psycopg.Connection,
    contract: Contract,
    facts: FileFacts,
    sweep_id: int,
    replaced: Predecessor | None = None,
    acceptance: Acceptance | None = None,
) -> int:
    """Enter the load; it is seen by others only when the transaction, and so the file, is complete.

    Args:
        sweep_id: the loader's run that was given the file.
        replaced: the load whose place this one takes.
    """
    if replaced:
        connection.execute(
            "update ops.loads set state = case state when 'loaded' then 'replaced' else 'resolved' end,"
            " message = 'read again later' where load_id = %s and state in ('loaded', 'held')",
            [replaced.load_id],
        )
    return connection.execute(
        "with begun as (insert into ops.loads (source, file_name, part, path, sha256, bytes, state,"
        " is_sample, relation, contract_version, started_at, arrived_at, replaces, accepted_by, accepted_why,"
        " came_from)"
        f" values (%s, %s, %s, %s, %s, %s, 'loaded', %s, %s, %s, %s, %s, %s, %s, %s, {_CAME_FROM})"
        " returning load_id),"
        " entered as (insert into ops.sweep_loads (sweep_id, load_id)"
        " select %s, load_id from begun on conflict do nothing)"
        " select load_id from begun",
        [
            contract.source,
            facts.name,
            facts.part,
            facts.path,
            facts.sha256,
            facts.size,
            facts.is_sample,
            str(contract.relation),
            contract.version,
            facts.started_at,
            facts.arrived_at,
            replaced and replaced.load_id,
            acceptance and acceptance.by,
            acceptance and acceptance.why,
            facts.path,
            facts.path,
            sweep_id,
        ],
    ).fetchone()[0]


def enter_scopes(
    connection: psycopg.Connection, load_id: int, source: str, file_part: str, scopes: Mapping[str, HeldScope]
) -> None:
    """Enter what the load holds of each scope, which replaces what earlier loads hold of it."""
    if scopes:
        held = [(scope, each.rows, _day_ranges(each.days)) for scope, each in sorted(scopes.items())]
        connection.execute(
            "insert into ops.load_scopes (load_id, source, file_part, scope, rows, days)"
            " select %s, %s, %s, scope, rows, days::datemultirange"
            " from unnest(%s::text[], %s::bigint[], %s::text[]) as held (scope, rows, days)",
            [load_id, source, file_part, *map(list, zip(*held, strict=True))],
        )


def finish_load(
    connection: psycopg.Connection,
    load_id: int,
    precedence: str,
    counts: Counts,
    passed_over: Mapping[str, int],
    remarks: Iterable[Remark],
    way: str,
    message: str | None,
) -> None:
    """Complete the load's entry."""
    connection.execute(
        "update ops.loads set precedence = %s, rows_read = %s, rows_loaded = %s, rows_rejected = %s,"
        " data_from = %s, data_to = %s, passed_over = %s, remarks = %s, way = %s, message = %s,"
        " finished_at = clock_timestamp() where load_id = %s",
        [
            precedence,
            counts.read,
            counts.read - counts.rejected,
            counts.rejected,
            counts.data_from,
            counts.data_to,
            Jsonb(dict(sorted(passed_over.items()))),
            _stored(remarks),
            way,
            message,
            load_id,
        ],
    )


def resolve_hold(connection: psycopg.Connection, load_id: int, facts: FileFacts) -> None:
    """Note that this load took content that was held before, if it was."""
    connection.execute(
        "update ops.loads set state = 'resolved', message = %s"
        " where state = 'held' and sha256 = %s and part = %s and is_sample = %s",
        [f"loaded later, as load {load_id}", facts.sha256, facts.part, facts.is_sample],
    )


def add_remarks(connection: psycopg.Connection, load_id: int, remarks: Iterable[Remark]) -> None:
    """Add to what a person should know of a load."""
    connection.execute(
        "update ops.loads set remarks = remarks || %s where load_id = %s", [_stored(remarks), load_id]
    )


def resolve(connection: psycopg.Connection, load_ids: Iterable[int]) -> None:
    """Note that these held loads came in with another one, after all."""
    connection.execute(
        "update ops.loads set state = 'resolved', message = 'read again later'"
        " where load_id = any(%s) and state = 'held'",
        [list(load_ids)],
    )


def moved(connection: psycopg.Connection, load_ids: Iterable[int], path: str) -> None:
    """Note where the file of these loads lies now."""
    connection.execute("update ops.loads set path = %s where load_id = any(%s)", [path, list(load_ids)])


def hold(
    connection: psycopg.Connection,
    contract: Contract | None,
    facts: FileFacts,
    counts: Counts,
    rejects: Sequence[Reject],
    kind: HoldKind,
    message: str,
) -> int:
    """Enter a file of which nothing is taken; the same content held again refreshes its one entry."""
    known = connection.execute(
        "select load_id from ops.loads where state = 'held' and sha256 is not distinct from %s and part = %s"
        " and (sha256 is not null or file_name = %s) and is_sample = %s for update",
        [facts.sha256, facts.part, facts.name, facts.is_sample],
    ).fetchone()
    if known:
        load_id = known[0]
        connection.execute("delete from ops.rejected_rows where load_id = %s", [load_id])
    else:
        load_id = connection.execute(
            "insert into ops.loads (file_name, part, state, started_at) values (%s, %s, 'held', %s)"
            " returning load_id",
            [facts.name, facts.part, facts.started_at],
        ).fetchone()[0]
    connection.execute(
        "update ops.loads set source = %s, file_name = %s, path = %s, sha256 = %s, bytes = %s,"
        " is_sample = %s, relation = %s, contract_version = %s, rows_read = %s, rows_rejected = %s,"
        " hold_kind = %s, message = %s, started_at = %s, arrived_at = %s, finished_at = clock_timestamp(),"
        f" came_from = {_CAME_FROM} where load_id = %s",
        [
            contract and contract.source,
            facts.name,
            facts.path,
            facts.sha256,
            facts.size,
            facts.is_sample,
            contract and str(contract.relation),
            contract and contract.version,
            counts.read,
            counts.read,
            kind.code,
            message,
            facts.started_at,
            facts.arrived_at,
            facts.path,
            facts.path,
            load_id,
        ],
    )
    write_rejects(connection, load_id, rejects)
    return load_id


def write_rejects(connection: psycopg.Connection, load_id: int, rejects: Sequence[Reject]) -> None:
    """Put refused rows into the quarantine."""
    if not rejects:
        return
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "copy ops.rejected_rows (load_id, line, byte_offset, column_name, value, kind, reason, reasons,"
            " raw) from stdin"
        ) as copy,
    ):
        for row, faults in rejects:
            reasons = list(map(_described, faults))
            first = reasons[0]
            copy.write_row(
                (
                    load_id,
                    row.line,
                    row.offset,
                    first["column"],
                    first["value"],
                    first["kind"],
                    first["reason"],
                    Jsonb(reasons),
                    row.evidence(),
                )
            )


def _described(fault: Fault) -> dict[str, Any]:
    """A fault as the quarantine keeps it."""
    return {
        "column": fault.column,
        "value": _kept(fault.value),
        "kind": fault.reason.kind.code,
        "reason": fault.reason.text,
        "against": fault.against,
    }


def _stored(remarks: Iterable[Remark]) -> Jsonb:
    return Jsonb([{"kind": each.kind, "text": printable(each.text)} for each in remarks])


def _day_ranges(days: Iterable[date]) -> str | None:
    """The days as Postgres reads a multirange, which joins those that follow each other."""
    return f"{{{','.join(f'[{day},{day}]' for day in sorted(days))}}}" if days else None


def _kept(value: str | None) -> str | None:
    return value and printable(value[:_LONGEST_VALUE])
