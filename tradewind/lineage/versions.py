"""Which columns two versions of a select compute differently.

Each column is expanded down to the tables it is read from, through every common table expression on the way.
So renaming, reordering or reformatting within the SQL changes nothing, and a change is found wherever it was
made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope

from tradewind.lineage.statement import ALL, Source, Statement, name_of, row_clauses, source_of


@dataclass(frozen=True)
class Version:
    """How a select computes its result; versions that compute a column alike have the same text for it.

    Attributes:
        columns: how each column is computed, by name.
        rows: how the rows are selected.
    """

    columns: dict[str, str]
    rows: str

    @classmethod
    def read(cls, sql: str, tables: Mapping[str, Iterable[str]], dialect: str) -> Version:
        """Expand a select; the arguments are those of `lineage_of`."""
        try:
            statement = Statement.parse(sql, tables, dialect)
        except SqlglotError:
            return cls({ALL: sql}, sql)
        if statement.root is None or statement.is_recursive:
            text = statement.tree.sql(dialect, comments=False)
            return cls({ALL: text}, text)
        writer = _Writer(statement)
        return cls(dict(writer.columns(statement.root)), writer.rows(statement.root))

    def changed_columns(self, other: Version) -> frozenset[str]:
        """Columns that only one version has, or that they compute differently; `ALL` if rows may differ."""
        names = self.columns.keys() | other.columns.keys()
        found = {name for name in names if self.columns.get(name) != other.columns.get(name)}
        return frozenset({ALL} if self.rows != other.rows or ALL in found else found)


@dataclass
class _Writer:
    """Expands the columns and rows of one statement, scope by scope."""

    statement: Statement
    done: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    done_rows: dict[int, str] = field(default_factory=dict)

    def columns(self, scope: Scope) -> list[tuple[str, str]]:
        """Name and text of each column of a scope's result, in order."""
        key = id(scope.expression)
        if key not in self.done:
            self.done[key] = [(name, _digest(text)) for name, text in self._columns(scope)]
        return self.done[key]

    def rows(self, scope: Scope) -> str:
        """Text of everything that decides the rows of a scope's result."""
        key = id(scope.expression)
        if key not in self.done_rows:
            self.done_rows[key] = _digest(self._rows(scope))
        return self.done_rows[key]

    def _columns(self, scope: Scope) -> list[tuple[str, str]]:
        expression = scope.expression
        if isinstance(expression, exp.SetOperation) and len(scope.set_operation_scopes) == 2:
            left, right = map(self.columns, scope.set_operation_scopes)
            if len(left) != len(right) or any(name == ALL for name, _ in [*left, *right]):
                return [(ALL, f"{left} {right}")]
            return [(name, f"{one} {other}") for (name, one), (_, other) in zip(left, right, strict=True)]
        if isinstance(expression, exp.Select):
            return [
                (ALL if each.is_star else each.alias_or_name, self._text(each.unalias(), scope))
                for each in expression.selects
            ]
        if isinstance(expression, exp.Subquery) and (inner := self.statement.scope_of(expression)):
            return self.columns(inner)
        return [(ALL, self._inside(expression, scope))]

    def _rows(self, scope: Scope) -> str:
        expression = scope.expression
        if isinstance(expression, exp.SetOperation) and len(scope.set_operation_scopes) == 2:
            kind = f"{expression.key} {bool(expression.args.get('distinct'))}"
            columns = "" if kind == "union False" else str(self.columns(scope))
            return " ".join([kind, *map(self.rows, scope.set_operation_scopes), columns])
        if isinstance(expression, exp.Select):
            read = [self._read(source) for _, source in scope.selected_sources.values()]
            joins = [f"{join.method} {join.side} {join.kind}" for join in expression.args.get("joins") or ()]
            clauses = [self._text(part, scope) for part in row_clauses(expression)]
            columns = str(self.columns(scope)) if expression.args.get("distinct") else ""
            if len(read) == 1 and not (joins or clauses or columns):  # it takes all rows of its one source
                return read[0]
            return f"{read} {joins} {clauses} {columns}"
        if isinstance(expression, exp.Subquery) and (inner := self.statement.scope_of(expression)):
            return self.rows(inner)
        return self._inside(expression, scope)

    def _read(self, source: Source) -> str:
        """The name of a table that a select reads, or the text of another scope's rows."""
        if isinstance(source, Scope):
            return self.rows(source)
        return name_of(source) if isinstance(source, exp.Table) else ""

    def _text(self, part: object, scope: Scope) -> str:
        match part:
            case exp.Column():
                return self._column(part, scope)
            case exp.Identifier():
                return part.name if part.quoted else part.name.lower()
            case exp.Query() | exp.Subquery():
                inner = self.statement.scope_of(part)
                return f"({self.columns(inner)} {self.rows(inner)})" if inner else self._inside(part, scope)
            case exp.Expression():
                return self._inside(part, scope)
            case list():
                return f"[{', '.join(self._text(each, scope) for each in part)}]"
        return repr(part)

    def _inside(self, expression: exp.Expression, scope: Scope) -> str:
        given = {
            key: value for key, value in sorted(expression.args.items()) if value not in (None, False, [])
        }
        inner = ", ".join(f"{key}={self._text(value, scope)}" for key, value in given.items())
        return f"{expression.key}({inner})"

    def _column(self, column: exp.Column, scope: Scope) -> str:
        found = source_of(column, scope)
        if found is None:
            return self._inside(column, scope)
        source, around = found
        # Two uses of one table are told apart by position, not by alias.
        names = list(around.selected_sources)
        place = f"{names.index(column.table)}:" if len(names) > 1 and column.table in names else ""
        if isinstance(source, Scope):
            columns = self.columns(source)
            named = [made for name, made in columns if name == column.name]
            return place + (named[0] if len(named) == 1 else str(named or columns))
        if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
            return f"{place}{name_of(source)}.{column.name.lower()}"
        return f"{place}{self._inside(source, around)}.{column.name.lower()}"


def _digest(text: str) -> str:
    """The text itself, or its hash if it is long."""
    return text if len(text) <= 64 else sha256(text.encode()).hexdigest()
