"""Says in Spark's SQL what models and tests say in that of Postgres."""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel


class CannotSay(Exception):
    """Spark has no words for it; the text says for what."""


def to_spark(statement: str) -> str:
    """The statement in Spark's SQL, which gives the same rows.

    Raises:
        CannotSay: as the class says; also for what Spark would take for something else.
    """
    try:
        tree = sqlglot.parse_one(statement, read="postgres")
    except sqlglot.errors.ParseError as error:
        raise CannotSay(str(error)) from error
    _replace_memberships(tree)
    for kind in tree.find_all(exp.DataType):
        if kind.this == exp.DataType.Type.DECIMAL and not kind.expressions:
            raise CannotSay("numeric without a precision: Spark would round to whole numbers")
    try:
        return tree.sql(dialect="spark", unsupported_level=ErrorLevel.RAISE, comments=False, pretty=True)
    except sqlglot.errors.UnsupportedError as error:
        raise CannotSay(str(error)) from error


def _replace_memberships(tree: exp.Expression) -> None:
    """Replace `a in (select …)` in a list of columns: Spark knows it only in `where`, `having` and `on`."""
    for found in list(tree.find_all(exp.In)):
        members = found.args.get("query")
        place = found.find_ancestor(exp.Where, exp.Join, exp.Having, exp.Select)
        if members is None or not isinstance(place, exp.Select):
            continue
        select = members.unnest()
        (column,) = select.expressions
        gathered = exp.Anonymous(this="collect_set", expressions=[column.unalias().copy()])
        column.replace(exp.alias_(gathered, "members"))
        arguments = [exp.Subquery(this=select.copy()), found.this.copy()]
        is_member = exp.Anonymous(this="array_contains", expressions=arguments)
        found.replace(exp.Coalesce(this=is_member, expressions=[exp.false()]))
