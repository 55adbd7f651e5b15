"""Copies canonical bytes into the tables of one load, over two connections."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass

import psycopg
from psycopg import sql

from ingestion.contract.model import Column, Contract
from ingestion.database.connection import connect
from ingestion.loading.bulk.filtering import Body
from ingestion.loading.load_tables import table_name

_BLOCK = 1 << 20

#: How many numbers a session takes from a sequence at once; nothing else uses it.
_CACHE = 10_000

#: Called with the number of bytes that were sent.
Sent = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Bulk:
    """What is copied: the `columns` of the cells in the file, and how COPY reads them.

    `present` is a column that every row has, and placeholders lack, by which they are left out; None if there
    are none. `attempt` counts the attempts of the load from 0.
    """

    contract: Contract
    load_id: int
    columns: Sequence[Column]
    body: Body
    delimiter: str
    is_csv: bool
    date_order: str | None
    present: str | None
    attempt: int


def copy(bulk: Bulk, url: str | None, sent: Sent) -> tuple[list[str], int]:
    """Fill the tables of the load over two connections; returns their names and the number of rows.

    The tables are committed, but nothing reads them until they are attached to the raw table.

    Raises:
        psycopg.Error: Postgres refuses a value, or the connection is lost; tables may be left.
    """
    body = bulk.body
    halves = [(body.start, body.middle, body.first_line), (body.middle, body.end, body.middle_line)]
    halves = [half for half in halves if half[0] < half[1]]
    first = 1 + 2 * bulk.attempt
    names = [table_name(bulk.contract, bulk.load_id, first + i) for i in range(len(halves))]
    with ExitStack() as stack:
        connections = [stack.enter_context(closing(connect(url))) for _ in halves]
        threads = stack.enter_context(ThreadPoolExecutor(len(halves)))
        copying = [
            threads.submit(_copy_part, connection, bulk, name, *half, sent)
            for connection, name, half in zip(connections, names, halves, strict=True)
        ]
        try:
            rows = sum(each.result() for each in copying)
        except BaseException:
            for connection in connections:
                # A lost connection has nothing to cancel, and its error has been reported.
                with suppress(psycopg.Error):
                    connection.cancel_safe()
            raise
    return names, rows


def _copy_part(
    connection: psycopg.Connection, bulk: Bulk, name: str, start: int, end: int, first_line: int, sent: Sent
) -> int:
    table, sequence = _table(name), sql.Identifier("staging", f"{name}_line")
    with connection.transaction(), connection.cursor() as cursor:
        for statement in (
            "create sequence {sequence} minvalue {first} cache {cache}",
            "create table {table} (like {raw}, check (_load_id = {load}))",
            "alter table {table} alter column _load_id set default {load},"
            " alter column _line set default nextval({name}::regclass)",
        ):
            cursor.execute(
                sql.SQL(statement).format(
                    sequence=sequence,
                    first=first_line,
                    cache=_CACHE,
                    table=table,
                    raw=_table(bulk.contract.raw_table),
                    load=bulk.load_id,
                    name=sql.Literal(f'staging."{name}_line"'),
                )
            )
        if bulk.date_order:
            cursor.execute(
                sql.SQL("set local datestyle to {}").format(sql.Literal(f"ISO, {bulk.date_order}"))
            )
        with cursor.copy(_statement(bulk, table)) as stream, bulk.body.path.open("rb", buffering=0) as file:
            file.seek(start)
            while start < end and (block := file.read(min(_BLOCK, end - start))):
                stream.write(block)
                start += len(block)
                sent(len(block))
        rows = cursor.rowcount
        cursor.execute(
            sql.SQL(
                "alter table {} alter column _load_id drop default, alter column _line drop default"
            ).format(table)
        )
        cursor.execute(sql.SQL("drop sequence {}").format(sequence))
    return rows


def _statement(bulk: Bulk, table: sql.Identifier) -> sql.Composed:
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in bulk.columns)
    options = [sql.SQL("format {}").format(sql.SQL("csv" if bulk.is_csv else "text"))]
    options += [sql.SQL("delimiter {}").format(sql.Literal(bulk.delimiter)), sql.SQL("null ''")]
    present = (
        sql.SQL(" where {} is not null").format(sql.Identifier(bulk.present)) if bulk.present else sql.SQL("")
    )
    return (
        sql.SQL("copy {} ({}) from stdin with ({})").format(table, columns, sql.SQL(", ").join(options))
        + present
    )


def _table(name: str) -> sql.Identifier:
    return sql.Identifier("staging", name)
