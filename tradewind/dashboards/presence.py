"""What the published marts hold: which of their columns have a value in at least one row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import groupby
from typing import TypeVar

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, Connection
from sqlalchemy.pool import NullPool

from tradewind.dashboards.shorthand import MARTS

#: Member of a dimension for what no source says, in small letters; in any spelling it counts as no value.
UNKNOWN = "unknown"

#: Beginning of the names of columns with the sales of lines that have a figure.
SALES_WITH = "sales_with_"

Key = TypeVar("Key")

_COLUMNS = """
select c.relname, a.attname, a.atttypid = 'text'::regtype
from pg_attribute as a
inner join pg_class as c on a.attrelid = c.oid
where
    c.relnamespace = to_regnamespace(:schema) and c.relkind in ('r', 'p', 'v', 'm')
    and a.attnum > 0 and not a.attisdropped
order by c.relname, a.attnum
"""


@dataclass(frozen=True)
class Presence:
    """What marts lack or have in part; nothing is known of tables and columns not published yet.

    Attributes:
        empty_tables: those without a row, with their schema.
        empty_columns: table and column, of columns without a value in any row.
        constant_columns: those of texts that have one value in all rows.
        partial_columns: those of `sales_with_…` where some sales have the figure and others lack it.
    """

    empty_tables: frozenset[str]
    empty_columns: frozenset[tuple[str, str]]
    constant_columns: frozenset[tuple[str, str]] = frozenset()
    partial_columns: frozenset[tuple[str, str]] = frozenset()

    def lacks_rows(self, table: str) -> bool:
        """Whether the table, with its schema, is published and has no row."""
        return table in self.empty_tables

    def lacks(self, table: str, column: str) -> bool:
        """Whether the column is published and has no value in any row."""
        return table in self.empty_tables or (table, column) in self.empty_columns

    def digest(self) -> str:
        """Changes with what is held, and with nothing else."""
        held = [sorted(getattr(self, field.name)) for field in fields(self)]
        return hashlib.sha256(repr(held).encode()).hexdigest()


#: Of a warehouse that has published nothing yet.
NOTHING_KNOWN = Presence(frozenset(), frozenset())


def read(url: URL) -> Presence:
    """Ask the warehouse about all marts, in statements that stop at the first value of each column.

    A column without a value is read to its end, so each mart has its own statements: together they could
    exceed the login's `statement_timeout`.

    Args:
        url: address with a login that sees every row of the marts.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the warehouse does not answer.
    """
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 10})
    with engine.connect() as connection:
        published = connection.execute(text(_COLUMNS), {"schema": MARTS}).all()
        names = sorted({row[0] for row in published})
        empty = _false(connection, {name: _some(name) for name in names})
        rows = [row for row in published if row[0] not in empty]
        columns = {(name, column): _has_value(name, column, is_text) for name, column, is_text in rows}
        texts = {(name, column): _varies(name, column) for name, column, is_text in rows if is_text}
        coverage = {
            (name, column): f"not ({_some(name, f'{column} <> sales')} and {_some(name, f'{column} <> 0')})"
            for name, column, _ in rows
            if column.startswith(SALES_WITH)
        }
        found = [
            frozenset((f"{MARTS}.{table}", column) for table, column in _false_by_table(connection, asked))
            for asked in (columns, texts, coverage)
        ]
    return Presence(frozenset(f"{MARTS}.{name}" for name in empty), *found)


def _has_value(table: str, column: str, is_text: bool) -> str:
    named = f" and lower(\"{column}\") <> '{UNKNOWN}'" if is_text else ""
    return _some(table, f'"{column}" is not null{named}')


def _varies(table: str, column: str) -> str:
    return _some(table, f'"{column}" is distinct from (select "{column}" from {MARTS}."{table}" limit 1)')


def _some(table: str, condition: str = "true") -> str:
    """Whether a row of the table fulfils the condition."""
    return f'exists (select from {MARTS}."{table}" where {condition})'


def _false_by_table(connection: Connection, asked: dict[tuple[str, str], str]) -> Iterator[tuple[str, str]]:
    """As `_false`, in a statement per table; keys are table and column, in order."""
    for _, group in groupby(asked, key=lambda key: key[0]):
        yield from _false(connection, {key: asked[key] for key in group})


def _false(connection: Connection, asked: dict[Key, str]) -> set[Key]:
    """The keys of those conditions that are false."""
    if not asked:
        return set()
    # an array: a select list has at most 1,664 entries
    answers = connection.execute(text(f"select array[{', '.join(asked.values())}]")).scalar_one()
    return {key for key, answer in zip(asked, answers, strict=True) if not answer}
