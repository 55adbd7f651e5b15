"""How large a figure of a line may be, so that no single line stops the build of every company."""

from __future__ import annotations

import re

from tradewind.mapping.canonical import CanonicalColumn

#: Digits before the decimal point that sums need beyond those of a single line.
_FOR_SUMS = 2

_NUMERIC = re.compile(r"numeric\((\d+), (\d+)\)")


def computed(expression: str, column: CanonicalColumn) -> str:
    """The expression as SQL with the column's type; a number is rounded as the type does, of any size."""
    found = _NUMERIC.fullmatch(column.sql_type)
    return f"round({expression}, {found[2]})" if found else f"cast({expression} as {column.sql_type})"


def is_too_large(column: CanonicalColumn) -> str:
    """A condition, in SQL, that the figure is beyond its limit."""
    return f"abs({column.name}) >= {_limit(column)}"


def within_limit(column: CanonicalColumn) -> str:
    """The column in its own type, in SQL: null where it is a number beyond the limit."""
    if _limit(column) is None:
        return column.name
    value = f"case when abs({column.name}) < {_limit(column)} then {column.name} end"
    return f"cast(\n    {value} as {column.sql_type}\n) as {column.name}"


def raw_within_limit(expression: str, column: CanonicalColumn) -> str:
    """The same of an expression over a raw row."""
    value = computed(expression, column)
    return f"cast(case when abs({value}) < {_limit(column)} then {value} end as {column.sql_type})"


def _limit(column: CanonicalColumn) -> int | None:
    found = _NUMERIC.fullmatch(column.sql_type)
    if not found:
        return None
    precision, scale = map(int, found.groups())
    return 10 ** (precision - scale - _FOR_SUMS)
