"""Which columns of a model a change reaches.

Names are followed, not meanings: a column is touched where a touched name stands in its expression. A name
that chooses rows (a filter, a join, a grouping) touches all columns, and so does what cannot be read. That is
at times too much, and never too little.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

#: Stands for all columns.
ALL = frozenset({"*"})

_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_STATEMENT = re.compile(r"\{%.*?%\}", re.DOTALL)
_REF = re.compile(r"\{\{\s*(?:ref|source)\((.*?)\)\s*\}\}", re.DOTALL)
_CONFIG = re.compile(r"\{\{-?\s*config\(.*?\)\s*-?\}\}", re.DOTALL)
#: A template that writes a whole select.
_WHOLE = re.compile(r"\bas\s*\(\s*(\{\{[^{}]*\}\})\s*\)", re.IGNORECASE)
_EXPRESSION = re.compile(r"\{\{.*?\}\}", re.DOTALL)


_OPAQUE = "jinja_opaque"


@dataclass(frozen=True)
class _Part:
    """A select of a statement: its columns by name, and everything that chooses its rows."""

    name: str
    columns: dict[str, exp.Expression]
    rows: exp.Expression


def changed_columns(old: str, new: str) -> frozenset[str]:
    """The result's columns that two versions of a model's SQL, templates as they are, make differently."""
    if [each.group() for each in _STATEMENT.finditer(old)] != [
        each.group() for each in _STATEMENT.finditer(new)
    ]:
        return ALL
    if [each.group() for each in _CONFIG.finditer(old)] != [each.group() for each in _CONFIG.finditer(new)]:
        return ALL
    before, after = _parts(old), _parts(new)
    if not before or not after or [part.name for part in before] != [part.name for part in after]:
        return ALL
    own: dict[str, set[str]] = {}
    for one, other in zip(before, after, strict=True):
        if one.rows != other.rows:
            return ALL
        names = one.columns.keys() | other.columns.keys()
        own.setdefault(one.name, set()).update(
            name for name in names if one.columns.get(name) != other.columns.get(name)
        )
    return _through(after, set(), own)


def reached_columns(sql: str, names: Iterable[str]) -> frozenset[str]:
    """The result's columns that read one of these names, in any of the tables that the SQL reads."""
    names = set(names)
    if not names:
        return frozenset()
    parts = _parts(sql)
    if "*" in names or not parts:
        return ALL
    return _through(parts, names, {})


def _through(parts: list[_Part], names: set[str], own: dict[str, set[str]]) -> frozenset[str]:
    result: set[str] = set()
    at = None
    for part in parts:
        if names & _names(part.rows):
            return ALL
        if part.name != at:
            result, at = set(own.get(part.name, ())), part.name
        for name, expression in part.columns.items():
            if expression.is_star:  # all columns, under their own names
                result |= names
            elif names & (found := _names(expression)):
                result.add(name)
            elif names and any(each.startswith(_OPAQUE) for each in found):
                return ALL
        if any(name.startswith("jinja_") for name in result):
            return ALL
        names = names | result
    return frozenset(result)


def _names(expression: exp.Expression) -> set[str]:
    found = {column.name.lower() for column in expression.find_all(exp.Column)}
    # What a template writes is not known before it is compiled.
    return found | {word for each in found if each.startswith("jinja_") for word in each.split("__")[1:]}


def _parts(sql: str) -> list[_Part]:
    """All selects, those that are read before those that read them; none where it is no plain SQL."""
    try:
        tree = sqlglot.parse_one(_plain(sql), dialect="postgres")
    except SqlglotError:
        return []
    found = [(cte.alias, cte.this) for cte in tree.find_all(exp.CTE)]
    parts: list[_Part] = []
    for name, statement in [*found, ("", tree)]:
        selects = list(_selects(statement))
        if not selects:
            return []
        # The selects of a union share the names of the first one.
        titles = [each.alias_or_name.lower() or each.sql() for each in selects[0].expressions]
        for select in selects:
            if len(select.expressions) != len(titles):
                return []
            rows = select.copy()
            # A select within these chooses rows for all that is read of it.
            for key in ("expressions", "with", "with_"):
                rows.set(key, None)
            parts.append(_Part(name, dict(zip(titles, select.expressions, strict=True)), rows))
    return parts


def _selects(statement: exp.Expression) -> Iterator[exp.Select]:
    if isinstance(statement, exp.Subquery):
        yield from _selects(statement.unnest())
    elif isinstance(statement, exp.Select):
        yield statement
    elif isinstance(statement, exp.SetOperation):
        yield from _selects(statement.left)
        yield from _selects(statement.right)


def _plain(sql: str) -> str:
    """The SQL with templates turned into names that keep the words in them."""
    sql = _STATEMENT.sub("", _CONFIG.sub("", _COMMENT.sub("", sql)))
    sql = _WHOLE.sub(r"as (select * from \1)", sql)
    sql = _REF.sub(lambda found: "__".join(re.findall(r"\w+", found.group(1))), sql)
    return _EXPRESSION.sub(_token, sql)


def _token(found: re.Match) -> str:
    # A variable, or a macro without arguments, may write any name.
    kind = "jinja_known" if re.search(r"""['"]""", found.group()) else _OPAQUE
    words = re.findall(r"[a-zA-Z]\w*", found.group())
    return f"{kind}{sha256(found.group().encode()).hexdigest()[:8]}__{'__'.join(words)}"
