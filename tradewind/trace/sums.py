"""The sums that a metric is made of: a ratio has two, its numerator and its denominator."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

import sqlglot
from sqlglot import exp

from tradewind.definitions import Metric
from tradewind.trace.errors import TraceError

_DIALECT = "postgres"


@dataclass(frozen=True, slots=True)
class Sum:
    """`SUM(of)` in a metric's expression; `columns` are those of the mart that `of` reads, in their order."""

    of: str
    columns: tuple[str, ...]

    def __str__(self) -> str:
        return f"SUM({self.of})"


def sums_of(metric: Metric) -> list[Sum]:
    """The sums in a metric's expression, each once.

    Raises:
        TraceError: it holds other aggregates, which are not the sum of any lines.
    """
    tree = sqlglot.parse_one(metric.expression, dialect=_DIALECT)
    others = [each for each in tree.find_all(exp.AggFunc, exp.Window) if not isinstance(each, exp.Sum)]
    found = list(dict.fromkeys(_sum(each) for each in tree.find_all(exp.Sum)))
    if others or not found:
        part = others[0].sql(dialect=_DIALECT) if others else metric.expression
        raise TraceError(f"{metric.name} cannot be traced: {part} is not a sum of lines")
    return found


def _sum(node: exp.Sum) -> Sum:
    columns = dict.fromkeys(column.name for column in node.find_all(exp.Column))
    return Sum(node.this.sql(dialect=_DIALECT), tuple(columns))


def depends_on_rows(wanted: Sum, measures: Collection[str]) -> bool:
    """Whether the sum of a mart's rows may differ from that of their lines.

    It does where a condition, a product or a quotient reads measures, which are totals in one and single
    figures in the other.
    """
    tree = sqlglot.parse_one(wanted.of, dialect=_DIALECT)

    def reads(node: exp.Expression | None) -> bool:
        return node is not None and any(each.name in measures for each in node.find_all(exp.Column))

    return (
        any(reads(each) for each in tree.find_all(exp.Predicate))
        or any(reads(each.left) and reads(each.right) for each in tree.find_all(exp.Mul))
        or any(reads(each.right) for each in tree.find_all(exp.Div))
    )


def with_values(metric: Metric, values: Mapping[Sum, Decimal | None]) -> str:
    """The metric's expression, in SQL, with these values in place of its sums."""

    def value_of(node: exp.Expression) -> exp.Expression:
        if not isinstance(node, exp.Sum):
            return node
        value = values[_sum(node)]
        return exp.cast(exp.null() if value is None else exp.Literal.string(f"{value:f}"), "numeric")

    tree = sqlglot.parse_one(metric.expression, dialect=_DIALECT)
    return tree.transform(value_of).sql(dialect=_DIALECT)
