"""Metrics as formulas of Tableau, from their one definition in SQL."""

from __future__ import annotations

from collections.abc import Callable

import sqlglot
from sqlglot import exp


class UnknownFormula(ValueError):
    """The metric uses something that has no translation yet; the message names it."""


def formula(expression: str) -> str:
    """A metric's SQL as a calculation of Tableau.

    A divisor of zero needs no guard there: Tableau asks the database for null then.

    Raises:
        UnknownFormula: rather than a formula that might count something else.
    """
    return _text(sqlglot.parse_one(expression, read="postgres"))


def summed_column(expression: str) -> str:
    """The column of a metric that is its plain sum; empty for any other metric."""
    node = sqlglot.parse_one(expression, read="postgres")
    return node.this.name if isinstance(node, exp.Sum) and isinstance(node.this, exp.Column) else ""


def _text(node: exp.Expression) -> str:
    said = {name for name, value in node.args.items() if value}
    for kind, write in _WRITERS.items():
        if isinstance(node, kind) and said <= _READ | _READ_OF.get(kind, set()):
            return write(node)
    raise UnknownFormula(f"Tableau's form of {node.sql('postgres')} is not known")


def _function(name: str) -> Callable[[exp.Expression], str]:
    return lambda node: f"{name}({_text(node.this)})"


def _between(operator: str) -> Callable[[exp.Expression], str]:
    return lambda node: f"{_text(node.left)} {operator} {_text(node.right)}"


def _count(node: exp.Count) -> str:
    if isinstance(node.this, exp.Distinct):
        (counted,) = node.this.expressions
        return f"COUNTD({_text(counted)})"
    return "SUM(1)" if isinstance(node.this, exp.Star) else f"COUNT({_text(node.this)})"


def _division(node: exp.Div) -> str:
    divisor = node.right
    if isinstance(divisor, exp.Nullif) and divisor.expression.sql() == "0":
        divisor = divisor.this
    # what was safe inside NULLIF's brackets needs brackets of its own
    needs_brackets = isinstance(divisor, exp.Binary)
    text = _text(divisor)
    return f"{_text(node.left)} / {f'({text})' if needs_brackets else text}"


def _nullif(node: exp.Nullif) -> str:
    value = _text(node.this)
    return f"IF {value} = {_text(node.expression)} THEN NULL ELSE {value} END"


def _case(node: exp.Case) -> str:
    if node.this:
        raise UnknownFormula(f"CASE with an operand: {node.sql('postgres')}")
    parts = [f"IF {_text(each.this)} THEN {_text(each.args['true'])}" for each in node.args["ifs"]]
    default = node.args.get("default")
    ending = [] if default is None else [f"ELSE {_text(default)}"]
    return " ".join([" ELSE".join(parts), *ending, "END"])


def _filtered(node: exp.Filter) -> str:
    """SUM(x) FILTER (WHERE …): Tableau's aggregates leave out null."""
    aggregate = node.this
    if not isinstance(aggregate, exp.Sum | exp.Min | exp.Max | exp.Avg):
        raise UnknownFormula(f"FILTER of {aggregate.sql('postgres')}")
    condition = _text(node.expression.this)
    return f"{aggregate.key.upper()}(IF {condition} THEN {_text(aggregate.this)} END)"


def _is_null(node: exp.Is) -> str:
    if not isinstance(node.expression, exp.Null):
        raise UnknownFormula(node.sql("postgres"))
    return f"{'NOT ' if node.args.get('negate') else ''}ISNULL({_text(node.this)})"


def _coalesce(node: exp.Coalesce) -> str:
    *others, last = map(_text, [node.this, *node.expressions])
    for other in reversed(others):
        last = f"IFNULL({other}, {last})"
    return last


def _rank(node: exp.Window) -> str:
    """RANK() OVER (ORDER BY x DESC): among what is shown, as in SQL among what is selected."""
    order = node.args.get("order")
    ordered = order.expressions if order else []
    if not isinstance(node.this, exp.Rank) or len(ordered) != 1:
        raise UnknownFormula(f"a window: {node.sql('postgres')}")
    direction = "desc" if ordered[0].args.get("desc") else "asc"
    return f"RANK({_text(ordered[0].this)}, '{direction}')"


#: Parts of an expression that are translated; an expression with any other part is refused.
_READ = {"this", "expression", "expressions"}
_READ_OF: dict[type[exp.Expression], set[str]] = {
    exp.Case: {"ifs", "default"},
    exp.Count: {"big_int"},
    exp.Div: {"typed", "safe"},
    exp.Is: {"negate"},
    exp.Literal: {"is_string"},
    exp.Window: {"order", "over"},
}

_WRITERS: dict[type[exp.Expression], Callable] = {
    exp.Column: lambda node: f"[{node.name}]",
    exp.Literal: lambda node: f"'{node.name}'" if node.is_string else node.name,
    exp.Boolean: lambda node: "TRUE" if node.this else "FALSE",
    exp.Null: lambda _: "NULL",
    exp.Paren: lambda node: f"({_text(node.this)})",
    exp.Neg: lambda node: f"-{_text(node.this)}",
    exp.Sum: _function("SUM"),
    exp.Min: _function("MIN"),
    exp.Max: _function("MAX"),
    exp.Avg: _function("AVG"),
    exp.Abs: _function("ABS"),
    # true counts as more than false
    exp.LogicalOr: _function("MAX"),
    exp.LogicalAnd: _function("MIN"),
    exp.Count: _count,
    exp.Filter: _filtered,
    exp.Window: _rank,
    exp.Case: _case,
    exp.Nullif: _nullif,
    exp.Coalesce: _coalesce,
    exp.Is: _is_null,
    exp.Not: lambda node: f"NOT {_text(node.this)}",
    exp.And: _between("AND"),
    exp.Or: _between("OR"),
    exp.EQ: _between("="),
    exp.NEQ: _between("<>"),
    exp.GT: _between(">"),
    exp.GTE: _between(">="),
    exp.LT: _between("<"),
    exp.LTE: _between("<="),
    exp.Div: _division,
    exp.Mul: _between("*"),
    exp.Add: _between("+"),
    exp.Sub: _between("-"),
}
