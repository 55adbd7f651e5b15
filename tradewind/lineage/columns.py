"""Which columns a select's columns are computed from, and which columns decide its rows.

sqlglot parses the SQL, expands stars and resolves names. Its own `lineage` module is not enough for privacy:
it lists every column of an expression, even one that is only counted, compared or used to partition a window,
and it does not follow the star of an unknown table. Here values, comparisons and mere presence are kept
apart, and a name that cannot be resolved counts as every column that it could be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope

from tradewind.lineage.statement import ALL, Source, Statement, name_of, row_clauses, source_of

__all__ = ["ALL", "UNKNOWN", "Inputs", "Lineage", "Reference", "lineage_of"]

#: A table (schema and name, in lower case) and a column of it.
Reference = tuple[str, str]

#: Any column of any table: the input of SQL that cannot be parsed.
UNKNOWN: Reference = (ALL, ALL)

#: Aggregates that reveal how many values there are, but none of the values.
_COUNTS = (exp.Count, exp.CountIf, exp.ApproxDistinct)


@dataclass(frozen=True)
class Inputs:
    """What an expression is computed from.

    Attributes:
        values: columns whose values end up in the result, directly or through a computation.
        compared: columns of which it reveals only the outcome of a comparison.
        rows: columns that only filter, count or order.
    """

    values: frozenset[Reference] = frozenset()
    compared: frozenset[Reference] = frozenset()
    rows: frozenset[Reference] = frozenset()

    @classmethod
    def union(cls, parts: Iterable[Inputs]) -> Inputs:
        parts = list(parts)
        return cls(
            frozenset().union(*(part.values for part in parts)),
            frozenset().union(*(part.compared for part in parts)),
            frozenset().union(*(part.rows for part in parts)),
        )

    @property
    def all(self) -> frozenset[Reference]:
        """Every column that the expression depends on."""
        return self.values | self.compared | self.rows

    def as_compared(self) -> Inputs:
        return Inputs(compared=self.values | self.compared, rows=self.rows)

    def as_rows(self) -> Inputs:
        return Inputs(rows=self.all)


@dataclass(frozen=True)
class Lineage:
    """Where the result of a select comes from.

    Attributes:
        columns: the result's columns in order, each with its inputs.
        rows: columns that filter, group or order the result's rows; every column depends on them.
    """

    columns: dict[str, Inputs]
    rows: frozenset[Reference]


def lineage_of(sql: str, tables: Mapping[str, Iterable[str]], dialect: str) -> Lineage:
    """Trace the columns of a select.

    Args:
        sql: one select.
        tables: columns of the tables it may read, by `schema.table`.
        dialect: sqlglot's name of the engine.
    """
    try:
        statement = Statement.parse(sql, tables, dialect)
    except SqlglotError:
        return Lineage({ALL: Inputs(frozenset({UNKNOWN}))}, frozenset({UNKNOWN}))
    everything = Inputs(frozenset((table, ALL) for table in statement.tables))
    if statement.root is None:
        return Lineage({ALL: everything}, everything.values)
    if statement.is_recursive:  # columns may swap places in each iteration
        return Lineage(dict.fromkeys(statement.tree.named_selects, everything), everything.values)
    walk = _Walk(statement, everything)
    return Lineage(_by_name(walk.columns(statement.root)), walk.rows(statement.root))


def _by_name(columns: Iterable[tuple[str, Inputs]]) -> dict[str, Inputs]:
    found: dict[str, Inputs] = {}
    for name, inputs in columns:
        found[name] = Inputs.union([found[name], inputs]) if name in found else inputs
    return found


@dataclass
class _Walk:
    """Traces the columns of one statement through its scopes, each scope once."""

    statement: Statement
    everything: Inputs
    done: dict[int, list[tuple[str, Inputs]]] = field(default_factory=dict)
    done_rows: dict[int, frozenset[Reference]] = field(default_factory=dict)

    def columns(self, scope: Scope) -> list[tuple[str, Inputs]]:
        """The columns of a scope's result, in order."""
        key = id(scope.expression)
        if key not in self.done:
            self.done[key] = self._columns(scope)
        return self.done[key]

    def rows(self, scope: Scope) -> frozenset[Reference]:
        """The columns that decide the rows of a scope's result."""
        key = id(scope.expression)
        if key not in self.done_rows:
            self.done_rows[key] = self._rows(scope)
        return self.done_rows[key]

    def _columns(self, scope: Scope) -> list[tuple[str, Inputs]]:
        expression = scope.expression
        if isinstance(expression, exp.SetOperation) and len(scope.set_operation_scopes) == 2:
            left, right = map(self.columns, scope.set_operation_scopes)
            if len(left) != len(right) or any(name == ALL for name, _ in [*left, *right]):
                return [(ALL, Inputs.union(inputs for _, inputs in [*left, *right]))]
            return [
                (name, Inputs.union([one, other]))
                for (name, one), (_, other) in zip(left, right, strict=True)
            ]
        if isinstance(expression, exp.Select):
            return [
                (ALL if each.is_star else each.alias_or_name, self._inputs(each.unalias(), scope))
                for each in expression.selects
            ]
        if isinstance(expression, exp.Subquery) and (inner := self.statement.scope_of(expression)):
            return self.columns(inner)
        # rows of values, functions that give tables, and what else there may be
        return [(ALL, self._inside(expression, scope))]

    def _rows(self, scope: Scope) -> frozenset[Reference]:
        expression = scope.expression
        if isinstance(expression, exp.SetOperation) and len(scope.set_operation_scopes) == 2:
            found = frozenset().union(*map(self.rows, scope.set_operation_scopes))
            is_plain_union = isinstance(expression, exp.Union) and not expression.args.get("distinct")
            return found if is_plain_union else found | self._of_all_columns(scope)
        if isinstance(expression, exp.Select):
            clauses = Inputs.union(self._inputs(part, scope) for part in row_clauses(expression)).all
            read = (source for _, source in scope.selected_sources.values() if isinstance(source, Scope))
            found = clauses.union(*map(self.rows, read))
            return found | self._of_all_columns(scope) if expression.args.get("distinct") else found
        if isinstance(expression, exp.Subquery) and (inner := self.statement.scope_of(expression)):
            return self.rows(inner)
        return self._inside(expression, scope).all

    def _of_all_columns(self, scope: Scope) -> frozenset[Reference]:
        return Inputs.union(inputs for _, inputs in self.columns(scope)).all

    def _inputs(self, expression: exp.Expression, scope: Scope) -> Inputs:
        """The inputs of an expression in this scope."""
        match expression:
            case exp.Column():
                return self._column(expression, scope)
            case exp.TableColumn():  # a whole row, by its table's name
                return self._column(exp.column(exp.Star(), expression.this), scope)
            case exp.Star():
                return Inputs.union(self._source(each, ALL, scope) for each in scope.sources.values())
            case exp.Window() | exp.Filter():  # partitions, orders and conditions only affect rows
                rest = (part for part in expression.iter_expressions() if part is not expression.this)
                chosen = Inputs.union(self._inputs(part, scope) for part in rest).as_rows()
                return Inputs.union([self._inputs(expression.this, scope), chosen])
            case exp.Exists():
                return self._inside(expression, scope).as_rows()
            case exp.Query() | exp.Subquery():
                return self._query(expression)
            case _ if isinstance(expression, _COUNTS) or _asks_for_presence(expression):
                return self._inside(expression, scope).as_rows()
            case exp.Predicate():
                return self._inside(expression, scope).as_compared()
            case exp.Case() if expression.this:
                rest = [*expression.args["ifs"], expression.args.get("default")]
                return Inputs.union(
                    [
                        self._inputs(expression.this, scope).as_compared(),
                        *(self._inputs(part, scope) for part in rest if part is not None),
                    ]
                )
        return self._inside(expression, scope)

    def _inside(self, expression: exp.Expression, scope: Scope) -> Inputs:
        return Inputs.union(self._inputs(part, scope) for part in expression.iter_expressions())

    def _query(self, query: exp.Expression) -> Inputs:
        """The inputs of a select inside an expression."""
        inner = self.statement.scope_of(query)
        if inner is None:
            return self.everything
        return Inputs.union([*(inputs for _, inputs in self.columns(inner)), Inputs(rows=self.rows(inner))])

    def _column(self, column: exp.Column, scope: Scope) -> Inputs:
        found = source_of(column, scope)
        if found is None:
            return self.everything
        return self._source(found[0], ALL if isinstance(column.this, exp.Star) else column.name, found[1])

    def _source(self, source: Source, name: str, scope: Scope) -> Inputs:
        """The inputs of one column that a scope reads; those of all columns if none has that name."""
        if isinstance(source, Scope):
            columns = self.columns(source)
            named = [inputs for each, inputs in columns if each == name]
            return Inputs.union(named or [inputs for _, inputs in columns])
        if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
            return Inputs(frozenset({(name_of(source), name.lower())}))
        return self._inside(source, scope)


def _asks_for_presence(expression: exp.Expression) -> bool:
    """Whether it only checks if there is a value: null or not, empty or not."""
    if isinstance(expression, exp.Is):
        return isinstance(expression.expression.unnest(), exp.Null)
    if isinstance(expression, exp.EQ | exp.NEQ):
        return any(side.is_string and not side.name for side in (expression.left, expression.right))
    return False
