"""Expressions of a mapping: small pieces of SQL over the columns of one row.

They are kept to what Postgres and Spark write alike and what gives the same value every time it is computed:
no queries, no aggregates or windows, no functions that read a clock or a dice. Who needs more writes the
staging model by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types

from ingestion.contract.faults import suggestion

_DIALECT = "postgres"

#: What dbt would take for a template, even inside quotes.
_JINJA = re.compile(r"\{[{%#]")

#: Nodes that an expression may be made of.
_ALLOWED: tuple[type[exp.Expression], ...] = (
    exp.Abs,
    exp.Add,
    exp.And,
    exp.Between,
    exp.Boolean,
    exp.Case,
    exp.Cast,
    exp.Coalesce,
    exp.Column,
    exp.Concat,
    exp.DataType,
    exp.DataTypeParam,
    exp.Div,
    exp.DPipe,
    exp.EQ,
    exp.GT,
    exp.GTE,
    exp.Identifier,
    exp.If,
    exp.In,
    exp.Is,
    exp.LT,
    exp.LTE,
    exp.Left,
    exp.Length,
    exp.Like,
    exp.Literal,
    exp.Lower,
    exp.Mul,
    exp.NEQ,
    exp.Neg,
    exp.Not,
    exp.Null,
    exp.Nullif,
    exp.Or,
    exp.Paren,
    exp.Replace,
    exp.Right,
    exp.Round,
    exp.Sub,
    exp.Substring,
    exp.Trim,
    exp.Upper,
)


class Kind(StrEnum):
    """What kind of value an expression gives."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    FLAG = "flag"


class ExpressionFault(Exception):
    """An expression cannot be used; the text says why, and what to write instead."""


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that was checked.

    `sql` is its text with all columns under the names of their tables; `columns` are those as (table, name);
    `kind` is None where it only gives null.
    """

    sql: str
    columns: frozenset[tuple[str, str]]
    kind: Kind | None


def columns_in(text: str) -> set[str]:
    """Names of the columns that an expression reads."""
    return {column.name for column in _parse(text).find_all(exp.Column)}


def check(text: str, tables: Mapping[str, Mapping[str, str]]) -> Expression:
    """An expression over the columns of `tables`, which give each column's type in SQL by its name.

    A column without a table's name is that of the first table.

    Raises:
        ExpressionFault: it is not SQL, is more than an expression, names a column that is not there, or mixes
            kinds of values that do not go together.
    """
    tree = _parse(text)
    for node in tree.walk():
        if not isinstance(node, _ALLOWED):
            raise ExpressionFault(
                f"{_shown(node)} cannot be used in a mapping: write the staging model by hand instead"
            )
    columns = frozenset(_bind(column, tables) for column in tree.find_all(exp.Column))
    return Expression(tree.sql(dialect=_DIALECT, comments=False), columns, _kind(_typed(tree, tables)))


def _parse(text: str) -> exp.Expression:
    if brackets := _JINJA.search(text):
        raise ExpressionFault(f"`{brackets[0]}` is not SQL: an expression is not a template")
    try:
        trees = sqlglot.parse(f"select {text}", dialect=_DIALECT)
    except SqlglotError as error:
        problem = str(error).splitlines()[0]
        raise ExpressionFault(f"{text!r} is not an expression in SQL: {problem}") from None
    tree = trees[0]
    if len(trees) != 1 or not isinstance(tree, exp.Select) or len(tree.expressions) != 1:
        raise ExpressionFault(f"{text!r} is not one expression")
    if extra := [name for name, value in tree.args.items() if value and name not in ("expressions", "kind")]:
        raise ExpressionFault(f"{text!r} is a query and not an expression: leave out {', '.join(extra)}")
    found = tree.expressions[0]
    if isinstance(found, exp.Alias):
        raise ExpressionFault(f"{text!r} names its result: leave out `as {found.alias}`")
    return found.pop()


def _bind(column: exp.Column, tables: Mapping[str, Mapping[str, str]]) -> tuple[str, str]:
    """Put the name of its table before a column; returns both names."""
    table = column.table or next(iter(tables))
    if table not in tables:
        raise ExpressionFault(f"{column.sql()}: there is no table {table}{nearest(table, tables)}")
    types = tables[table]
    if column.name not in types:
        raise ExpressionFault(f"{table} has no column {column.name}{nearest(column.name, types)}")
    column.set("table", exp.to_identifier(table))
    return table, column.name


def _typed(tree: exp.Expression, tables: Mapping[str, Mapping[str, str]]) -> exp.Expression:
    """The expression with the type of each of its nodes."""
    first, *others = tables
    query = exp.select(tree.copy()).from_(first)
    for other in others:
        query = query.join(other, join_type="cross")
    typed = annotate_types(
        query, schema={name: dict(types) for name, types in tables.items()}, dialect=_DIALECT
    )
    for node in typed.find_all(exp.Add, exp.Sub, exp.Mul, exp.Div):
        _check_arithmetic(node)
    for node in typed.find_all(exp.Cast):
        _check_cast(node)
    return typed.expressions[0]


def _check_arithmetic(node: exp.Binary) -> None:
    sides = (node.left, node.right)
    for side in sides:
        if _kind(side) not in (Kind.NUMBER, None):
            raise ExpressionFault(f"{_shown(side)} is not a number, and {_shown(node)} calculates with it")
    if isinstance(node, exp.Div) and all(side.is_type(*exp.DataType.INTEGER_TYPES) for side in sides):
        raise ExpressionFault(
            f"{_shown(node)} divides whole numbers, which Postgres rounds and Spark does not:"
            f" write `1.0 * {node.sql(dialect=_DIALECT)}`"
        )


def _check_cast(node: exp.Cast) -> None:
    """Refuse what may fail in the middle of a build, or loses digits without a word."""
    wanted = node.to
    if wanted.is_type(*exp.DataType.FLOAT_TYPES):
        raise ExpressionFault(f"{_shown(node)} loses digits: cast to numeric(18, 4)")
    kind, was = _kind(node), _kind(node.this)
    if kind not in (Kind.TEXT, was) and not isinstance(node.this, exp.Literal | exp.Null):
        raise ExpressionFault(
            f"{_shown(node)} fails where a {was} does not look like a {kind}:"
            " give the column that type in the source's contract"
        )


def nearest(name: str, known: Iterable[str]) -> str:
    """What is said after an unknown name: the known one that it looks like, or else all of them."""
    return suggestion(name, known) or f"; there are: {', '.join(known)}"


def _kind(tree: exp.Expression) -> Kind | None:
    kind = tree.type
    if isinstance(tree, exp.Null):
        return None
    if kind is None:
        kind = exp.DataType.build("unknown")
    if kind.is_type(*exp.DataType.NUMERIC_TYPES):
        return Kind.NUMBER
    if kind.is_type(*exp.DataType.TEXT_TYPES):
        return Kind.TEXT
    if kind.is_type("boolean"):
        return Kind.FLAG
    if kind.is_type(*exp.DataType.TEMPORAL_TYPES):
        return Kind.DATE
    raise ExpressionFault(
        f"{tree.sql(dialect=_DIALECT)} has no clear type: cast it, as in `cast(… as numeric(18, 4))`"
    )


def _shown(node: exp.Expression) -> str:
    if isinstance(node, exp.Anonymous):
        return f"the function {node.name}"
    return f"`{node.sql(dialect=_DIALECT)}`"
