"""What the published marts hold: which of their columns have a value in at least one row."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from tradewind.dashboards.shorthand import MARTS

#: Member of a dimension that stands for everything that no source says; as a value it is none.
UNKNOWN = "Unknown"

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
    """Tables without a row, and columns without a value in any row.

    Tables and columns that are not published yet are in neither: nothing is known of them.
    """

    empty_tables: frozenset[str]
    empty_columns: frozenset[tuple[str, str]]

    def lacks_rows(self, table: str) -> bool:
        """Whether the table, with its schema, is published and has no row."""
        return table in self.empty_tables

    def lacks(self, table: str, column: str) -> bool:
        """Whether the column is published and has no value in any row."""
        return table in self.empty_tables or (table, column) in self.empty_columns

    def digest(self) -> str:
        """Changes with what is held, and with nothing else."""
        held = (sorted(self.empty_tables), sorted(self.empty_columns))
        return hashlib.sha256(repr(held).encode()).hexdigest()


#: Of a warehouse that has published nothing yet.
NOTHING_KNOWN = Presence(frozenset(), frozenset())


def read(url: URL) -> Presence:
    """Ask the warehouse about all marts, in statements that stop at the first value of each column.

    Args:
        url: address with a login that sees every row of the marts.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the warehouse does not answer.
    """
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 10})
    with engine.connect() as connection:
        published = connection.execute(text(_COLUMNS), {"schema": MARTS}).all()
        names = sorted({row[0] for row in published})
        empty_tables = _empty(connection, [(name, _exists(name)) for name in names])
        parts = [
            ((name, column), _exists(name, column, is_text))
            for name, column, is_text in published
            if name not in empty_tables
        ]
        empty_columns = _empty(connection, parts)
    return Presence(
        frozenset(f"{MARTS}.{name}" for name in empty_tables),
        frozenset((f"{MARTS}.{name}", column) for name, column in empty_columns),
    )


def _exists(table: str, column: str | None = None, is_text: bool = False) -> str:
    condition = "" if column is None else f' where "{column}" is not null'
    if is_text:
        condition += f" and \"{column}\" <> '{UNKNOWN}'"
    return f'exists (select from {MARTS}."{table}"{condition})'


def _empty(connection, parts: list[tuple]) -> set:
    """The keys of those expressions that are false."""
    if not parts:
        return set()
    # an array: a select list has at most 1,664 entries
    found = connection.execute(text(f"select array[{', '.join(sql for _, sql in parts)}]")).scalar_one()
    return {key for (key, _), has_some in zip(parts, found, strict=True) if not has_some}
