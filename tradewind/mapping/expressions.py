"""Expressions of a mapping: small pieces of SQL over the columns of one row.

They are kept to what Postgres and Spark write alike and what gives the same value every time it is computed:
no queries, no aggregates or windows, no functions that depend on the clock or on chance. For anything more,
write the staging model by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types

from ingestion.contract.faults import suggestion
from ingestion.contract.reading import TEMPLATE

_DIALECT = "postgres"

#: Days and numbers as both engines read them: 'now' is a date, too.
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,14}(\.\d+)?", re.ASCII)

#: Signs that would end a line in the generated model, or that Postgres refuses.
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")

#: Longest text of an expression; more is work for a model.
_LONGEST = 2_000

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

    def over(self, table: str) -> str:
        """Its text, with all columns under this name of a table."""
        tree = sqlglot.parse_one(self.sql, dialect=_DIALECT)
        for column in tree.find_all(exp.Column):
            column.set("table", exp.to_identifier(table))
        return tree.sql(dialect=_DIALECT)

    def with_columns(self, texts: Mapping[tuple[str, str], str]) -> str:
        """Its text, with these pieces of SQL in place of the columns, given as (table, name)."""

        def replaced(node: exp.Expression) -> exp.Expression:
            if isinstance(node, exp.Column) and (node.table, node.name) in texts:
                return exp.Var(this=texts[node.table, node.name])
            return node

        return sqlglot.parse_one(self.sql, dialect=_DIALECT).transform(replaced).sql(dialect=_DIALECT)


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
        if isinstance(node, exp.Column) and (node.args.get("db") or node.args.get("catalog")):
            raise ExpressionFault(f"{_shown(node)}: write the table and the column, and nothing before them")
        if not isinstance(node, _ALLOWED):
            raise ExpressionFault(
                f"{_shown(node)} cannot be used in a mapping: write the staging model by hand instead"
            )
    columns = frozenset(_bind(column, tables) for column in tree.find_all(exp.Column))
    return Expression(tree.sql(dialect=_DIALECT, comments=False), columns, _kind(_typed(tree, tables)))


def _parse(text: str) -> exp.Expression:
    if len(text) > _LONGEST:
        raise ExpressionFault(f"it has more than {_LONGEST:,} characters: write the staging model by hand")
    if _CONTROL.search(text):
        raise ExpressionFault(f"{text!r} has line breaks or other control characters: write it on one line")
    if brackets := TEMPLATE.search(text):
        raise ExpressionFault(f"`{brackets[0]}` is not SQL: an expression is not a template")
    try:
        trees = sqlglot.parse(f"select {text}", dialect=_DIALECT)
    except RecursionError:
        raise ExpressionFault("it is nested too deeply: write the staging model by hand") from None
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
    for node in typed.walk():
        _check_node(node)
    return typed.expressions[0]


def _check_node(node: exp.Expression) -> None:
    match node:
        case exp.Add() | exp.Sub() | exp.Mul() | exp.Div():
            _check_arithmetic(node)
        case exp.Neg() | exp.Abs() | exp.Round():
            _wants(node, Kind.NUMBER, node.this)
        case (
            exp.Lower() | exp.Upper() | exp.Trim() | exp.Length() | exp.Left() | exp.Right() | exp.Substring()
        ):
            _wants(node, Kind.TEXT, node.this)
            _check_lengths(node)
        case exp.Replace() | exp.Like():
            _wants(node, Kind.TEXT, node.this, node.expression)
        case exp.Not():
            _wants(node, Kind.FLAG, node.this)
        case exp.And() | exp.Or():
            _wants(node, Kind.FLAG, node.left, node.right)
        case exp.EQ() | exp.NEQ() | exp.GT() | exp.GTE() | exp.LT() | exp.LTE():
            _are_alike(node, node.left, node.right)
        case exp.Between():
            _are_alike(node, node.this, node.args["low"], node.args["high"])
        case exp.In():
            _are_alike(node, node.this, *node.expressions)
        case exp.Coalesce() | exp.Nullif():
            _are_alike(node, node.this, *(node.expressions or [node.expression]))
        case exp.Case():
            branches = [each.args["true"] for each in node.args["ifs"]]
            _are_alike(node, *branches, *filter(None, [node.args.get("default")]))
            if not node.this:
                _wants(node, Kind.FLAG, *(each.this for each in node.args["ifs"]))
            else:
                _are_alike(node, node.this, *(each.this for each in node.args["ifs"]))
        case exp.Cast():
            _check_cast(node)


def _wants(node: exp.Expression, wanted: Kind, *parts: exp.Expression) -> None:
    for part in parts:
        if _kind(part) not in (wanted, None):
            raise ExpressionFault(f"{_shown(part)} is not a {wanted}, as {_shown(node)} needs")


def _are_alike(node: exp.Expression, *parts: exp.Expression) -> None:
    kinds = {kind for kind in map(_kind, parts) if kind}
    if len(kinds) > 1:
        raise ExpressionFault(f"{_shown(node)} mixes {' and '.join(sorted(kinds))}: use one kind of value")


def _check_lengths(node: exp.Expression) -> None:
    """Of parts of a text: a negative length means one thing to Postgres and another to Spark."""
    for name in ("expression", "start", "length"):
        part = node.args.get(name)
        is_count = isinstance(part, exp.Literal) and part.is_int
        if isinstance(part, exp.Expression) and not is_count and not isinstance(node, exp.Trim):
            raise ExpressionFault(f"{_shown(node)}: write a number from 0 for {_shown(part)}")


def _check_arithmetic(node: exp.Binary) -> None:
    sides = (node.left, node.right)
    for side in sides:
        if _kind(side) not in (Kind.NUMBER, None):
            raise ExpressionFault(f"{_shown(side)} is not a number, and {_shown(node)} calculates with it")
    if isinstance(node, exp.Div) and not _is_never_zero(node.right):
        raise ExpressionFault(f"{_shown(node)} fails at the first zero: divide by nullif(…, 0)")
    if isinstance(node, exp.Mul) and all(side.is_type(*exp.DataType.INTEGER_TYPES) for side in sides):
        raise ExpressionFault(
            f"{_shown(node)} multiplies whole numbers, which may overflow:"
            f" write `1.0 * {node.sql(dialect=_DIALECT)}`"
        )
    if isinstance(node, exp.Div) and all(side.is_type(*exp.DataType.INTEGER_TYPES) for side in sides):
        raise ExpressionFault(
            f"{_shown(node)} divides whole numbers, which Postgres rounds and Spark does not:"
            f" write `1.0 * {node.sql(dialect=_DIALECT)}`"
        )


def _is_never_zero(divisor: exp.Expression) -> bool:
    divisor = divisor.unnest()
    if isinstance(divisor, exp.Literal):
        return divisor.is_number and bool(Decimal(divisor.name))
    guard = divisor.expression if isinstance(divisor, exp.Nullif) else None
    return isinstance(guard, exp.Literal) and guard.is_number and not Decimal(guard.name)


def _check_cast(node: exp.Cast) -> None:
    """Refuse what may fail in the middle of a build, reads the clock, or silently loses digits or letters."""
    wanted, kind, was = node.to, _kind(node), _kind(node.this)
    if wanted.is_type(*exp.DataType.FLOAT_TYPES):
        raise ExpressionFault(f"{_shown(node)} loses digits: cast to numeric(18, 4)")
    if isinstance(node.this, exp.Literal) and node.this.is_string:
        if not _reads_as(node.this.name, kind):
            raise ExpressionFault(f"{_shown(node)}: {node.this.name!r} is not a {kind} as 2024-01-31 or 1.5")
    elif kind not in (Kind.TEXT, was) and was is not None:
        raise ExpressionFault(
            f"{_shown(node)} fails where a {was} does not look like a {kind}:"
            " give the column that type in the source's contract"
        )
    if kind is Kind.TEXT and wanted.expressions:
        raise ExpressionFault(f"{_shown(node)} may cut letters off: cast to text")
    if kind is Kind.NUMBER and not _keeps_digits(wanted):
        raise ExpressionFault(f"{_shown(node)} may lose digits: cast to numeric(18, 4), or wider")


def _keeps_digits(wanted: exp.DataType) -> bool:
    if not wanted.is_type("decimal"):
        return False
    sizes = [int(each.name) for each in wanted.expressions]
    return len(sizes) == 2 and sizes[1] >= 2 and sizes[0] - sizes[1] >= 14


def _reads_as(text: str, kind: Kind | None) -> bool:
    match kind:
        case Kind.DATE:
            return bool(_DAY.fullmatch(text))
        case Kind.NUMBER:
            return bool(_NUMBER.fullmatch(text))
        case _:
            return True


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
