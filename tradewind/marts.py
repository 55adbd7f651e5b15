"""Published marts for notebooks and scripts: frames, metrics, and SQLAlchemy's tables below them.

Everything is read as the role `reporter`: the published marts and nothing else, read-only, 30 s a query.
Amounts are exact: a `numeric` is a `decimal.Decimal`, never a float.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any, TypeVar

import pandas as pd
from psycopg.errors import UndefinedColumn
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    CursorResult,
    Engine,
    MetaData,
    NullPool,
    Select,
    Table,
    create_engine,
    func,
    inspect,
    literal_column,
    select,
)
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.sql.expression import ColumnClause
from sqlalchemy.sql.visitors import replacement_traverse

from tradewind import definitions
from tradewind.settings import Settings

SCHEMA = "marts"

Known = TypeVar("Known")

#: One condition or several that must all hold, in columns of `table(name).c` or bare `sqlalchemy.column(…)`.
Where = ColumnElement[bool] | Sequence[ColumnElement[bool]] | None

# By Postgres's type number; None becomes NA, and a column's type does not depend on the rows read.
_DTYPES = {
    16: "boolean",
    20: "Int64",
    21: "Int64",
    23: "Int64",
    1082: "datetime64[us]",
    1114: "datetime64[us]",
    1184: "datetime64[us, UTC]",
    25: "str",
    1043: "str",
}


class UnknownNameError(LookupError):
    """There is no mart, column or metric of that name; the message lists similar names."""


def mart(
    name: str,
    /,
    settings: Settings | None = None,
    *,
    columns: Sequence[str] | None = None,
    where: Where = None,
    limit: int | None = None,
    **equal: Any,
) -> pd.DataFrame:
    """A mart as a frame.

    Args:
        name: for example `mart_sales_monthly`.
        settings: which warehouse; the one that the environment names where left out.
        columns: only these, in this order.
        where: only rows for which these SQLAlchemy expressions hold.
        limit: at most so many rows.
        equal: only rows of these values: `country="Canada"`, `country=["Canada", "Mexico"]`, `segment=None`.

    Raises:
        UnknownNameError: there is no such mart or column.
    """
    with _connect(settings) as connection:
        query = _rows(_reflect(connection, name), columns, where, equal).limit(limit)
        return _read(connection, query)


def mart_chunks(
    name: str,
    /,
    settings: Settings | None = None,
    *,
    rows: int = 100_000,
    columns: Sequence[str] | None = None,
    where: Where = None,
    **equal: Any,
) -> Iterator[pd.DataFrame]:
    """A mart as frames of at most `rows` rows, all of one state of it: for what does not fit into memory.

    The server waits a minute for the next frame to be asked for. The other arguments are those of `mart`.
    """
    with _connect(settings) as connection:
        query = _rows(_reflect(connection, name), columns, where, equal)
        result = connection.execution_options(yield_per=rows).execute(query)
        dtypes = _dtypes(result)
        for part in result.partitions():
            yield _frame(dtypes, part)


def marts(settings: Settings | None = None) -> pd.DataFrame:
    """The published marts: name, what it is, rows, and the latest business date in it."""
    described = definitions.read_marts()
    found = []
    with _connect(settings) as connection:
        for source in _all(connection).sorted_tables:
            about = described.get(source.name)
            latest = (
                func.max(source.c[about.day])
                if about and about.day and about.day in source.c
                else literal_column("null")
            )
            rows, day = connection.execute(select(func.count(), latest).select_from(source)).one()
            found.append((source.name, about.description if about else "", rows, day))
    frame = pd.DataFrame(found, columns=["name", "description", "rows", "data_as_of"])
    return frame.astype({"data_as_of": "datetime64[us]"})


def metrics(name: str | None = None) -> pd.DataFrame:
    """The metrics of one mart, or of all, as dbt's YAML defines them."""
    known = definitions.read_marts()
    chosen = [_known(name, known, "mart")] if name else list(known.values())
    found = [
        (each.name, item.name, item.label, item.unit, item.good_direction, item.owner, item.description)
        for each in chosen
        for item in each.metrics.values()
    ]
    columns = ["mart", "name", "label", "unit", "good_direction", "owner", "description"]
    return pd.DataFrame(found, columns=columns)


def metric(
    name: str,
    wanted: str | Sequence[str],
    /,
    settings: Settings | None = None,
    *,
    by: str | Sequence[str] = (),
    where: Where = None,
    **equal: Any,
) -> pd.DataFrame:
    """Metrics of a mart, computed from their one definition in dbt's YAML.

    Args:
        name: of the mart.
        wanted: one metric or several, for example `profit_margin`; `metrics(name)` lists them.
        settings: which warehouse; the one that the environment names where left out.
        by: columns that each combination of has a row, in their order; one row in all where left out.
        where: as of `mart`.
        equal: as of `mart`.

    Raises:
        UnknownNameError: there is no such mart, metric or column.
    """
    with _connect(settings) as connection:
        source = _reflect(connection, name)
        defined = definitions.read_marts()
        known = defined[name].metrics if name in defined else {}
        chosen = [_known(each, known, "metric", f" in {name}") for each in _listed(wanted)]
        groups = [column_of(source, each) for each in _listed(by)]
        figures = [literal_column(f"({each.expression})").label(each.name) for each in chosen]
        query = select(*groups, *figures).select_from(source).where(*_conditions(source, where, equal))
        try:
            return _read(connection, query.group_by(*groups).order_by(*groups))
        except ProgrammingError as error:
            if isinstance(error.orig, UndefinedColumn):
                reason = error.orig.diag.message_primary
                raise UnknownNameError(f"{name} was published before its metric changed: {reason}") from error
            raise


def table(name: str, /, settings: Settings | None = None) -> Table:
    """A mart as SQLAlchemy's table, its columns and types as published: `table(name).c.sales > 1000`."""
    with _connect(settings) as connection:
        return _reflect(connection, name)


def metadata(settings: Settings | None = None) -> MetaData:
    """All published marts as SQLAlchemy's tables, for queries of your own on `engine()`."""
    with _connect(settings) as connection:
        return _all(connection)


def engine(settings: Settings | None = None) -> Engine:
    """SQLAlchemy's engine as the role `reporter`; it keeps no connection open."""
    settings = settings or Settings.load()
    url = settings.role_url("reporter").set(drivername="postgresql+psycopg")
    return create_engine(url, poolclass=NullPool)


@contextmanager
def _connect(settings: Settings | None) -> Iterator[Connection]:
    with engine(settings).connect() as connection:
        yield connection


def _all(connection: Connection) -> MetaData:
    found = MetaData(schema=SCHEMA)
    found.reflect(connection)
    return found


def _reflect(connection: Connection, name: str) -> Table:
    names = inspect(connection).get_table_names(SCHEMA)
    return Table(
        _known(name, {each: each for each in names}, "mart"),
        MetaData(schema=SCHEMA),
        autoload_with=connection,
    )


def _rows(
    source: Table, columns: Sequence[str] | None, where: Where, equal: dict[str, Any]
) -> Select[tuple[Any, ...]]:
    chosen = source.c if columns is None else [column_of(source, each) for each in _listed(columns)]
    return select(*chosen).where(*_conditions(source, where, equal))


def _conditions(source: Table, where: Where, equal: dict[str, Any]) -> Iterator[ColumnElement[bool]]:
    for condition in [where] if isinstance(where, ColumnElement) else where or ():
        yield _bound(condition, source)
    for name, value in equal.items():
        column = column_of(source, name)
        several = isinstance(value, Iterable) and not isinstance(value, str | bytes)
        yield column.in_(list(value)) if several else column == value


def _bound(condition: ColumnElement[bool], source: Table) -> ColumnElement[bool]:
    """The condition on this table's columns, whichever reflection of the table they came from."""

    def replace(element: Any, **_: Any) -> Column[Any] | None:
        if not isinstance(element, ColumnClause) or element.is_literal:
            return None
        is_ours = element.table is None or element.table.name == source.name
        return column_of(source, element.name) if is_ours else None

    return replacement_traverse(condition, {}, replace)


def column_of(source: Table, name: str) -> Column[Any]:
    """A column of a published mart.

    Raises:
        UnknownNameError: it has none of that name.
    """
    return _known(name, dict(source.c.items()), "column", f" in {source.name}")


def _known(name: str, known: Mapping[str, Known], kind: str, place: str = "") -> Known:
    if name in known:
        return known[name]
    close = get_close_matches(name, known, n=3)
    if close:
        hint = f"did you mean {' or '.join(close)}?"
    else:
        hint = f"there are {', '.join(sorted(known))}" if known else "there are none"
    raise UnknownNameError(f"there is no {kind} {name}{place}; {hint}")


def _listed(names: str | Sequence[str]) -> Sequence[str]:
    return [names] if isinstance(names, str) else names


def _read(connection: Connection, query: Select[Any]) -> pd.DataFrame:
    result = connection.execute(query)
    return _frame(_dtypes(result), result.fetchall())


def _dtypes(result: CursorResult[Any]) -> dict[str, str]:
    described = result.cursor.description
    return {column.name: _DTYPES.get(column.type_code, "object") for column in described}


def _frame(dtypes: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    values = zip(*rows, strict=True) if rows else [()] * len(dtypes)
    columns = zip(dtypes.items(), values, strict=True)
    return pd.DataFrame({name: pd.Series(each, dtype=dtype) for (name, dtype), each in columns})
