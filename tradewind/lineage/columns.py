"""Which columns a select's columns are made of.

sqlglot parses the SQL, expands stars and resolves names and scopes. Its own `lineage` module is not enough
for privacy: it names every column that stands in an expression, be it counted, compared, or a window's
partition, and follows no star of an unknown table. Here only columns whose values get through are named, and
what cannot be resolved counts as made of everything that it could be made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope
from sqlglot.schema import MappingSchema

#: Stands for all columns of a table, and in a result for columns whose names are not known.
ALL = "*"

#: A table (schema and name, in lower case) and a column of it.
Reference = tuple[str, str]

#: Aggregates that tell how many, and nothing of what is counted.
_COUNTS = (exp.Count, exp.CountIf, exp.ApproxDistinct)


@dataclass(frozen=True)
class Inputs:
    """What an expression is made of.

    Attributes:
        values: columns whose values get through, as they are or computed with.
        compared: columns that it only tells the outcome of a comparison of.
    """

    values: frozenset[Reference] = frozenset()
    compared: frozenset[Reference] = frozenset()

    @classmethod
    def union(cls, parts: Iterable[Inputs]) -> Inputs:
        parts = list(parts)
        return cls(
            frozenset().union(*(part.values for part in parts)),
            frozenset().union(*(part.compared for part in parts)),
        )

    def as_compared(self) -> Inputs:
        return Inputs(compared=self.values | self.compared)


def columns_of(sql: str, tables: Mapping[str, Iterable[str]], dialect: str) -> dict[str, Inputs]:
    """The result's columns in their order, each with what it is made of.

    Args:
        sql: one select.
        tables: columns of the tables that it may read, by `schema.table`.
        dialect: sqlglot's name of the engine.
    """
    schema = MappingSchema(dialect=dialect)
    for table, columns in tables.items():
        schema.add_table(table, dict.fromkeys(columns, "text"), dialect=dialect)
    tree = sqlglot.parse_one(sql, dialect=dialect)
    for table in tree.find_all(exp.Table):
        table.set("catalog", None)
    named = {cte.alias for cte in tree.find_all(exp.CTE)}
    read = [table for table in tree.find_all(exp.Table) if table.db or table.name not in named]
    everything = Inputs(frozenset((_name(table), ALL) for table in read))
    try:
        tree = qualify(
            tree,
            schema=schema,
            dialect=dialect,
            validate_qualify_columns=False,
            quote_identifiers=False,
            identify=False,
        )
        root = build_scope(tree)
    except SqlglotError:
        root = None
    if root is None:
        return {ALL: everything}
    if any(each.recursive for each in tree.find_all(exp.With)):  # columns may change places in every round
        return dict.fromkeys(tree.named_selects, everything)
    return _by_name(_Walk(root, everything).columns(root))


def _by_name(columns: Iterable[tuple[str, Inputs]]) -> dict[str, Inputs]:
    found: dict[str, Inputs] = {}
    for name, inputs in columns:
        found[name] = Inputs.union([found[name], inputs]) if name in found else inputs
    return found


def _name(table: exp.Table) -> str:
    return f"{table.db}.{table.name}".lower()


@dataclass
class _Walk:
    """Follows the columns of one statement through its scopes; each scope once."""

    root: Scope
    everything: Inputs
    done: dict[int, list[tuple[str, Inputs]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.scopes = {id(scope.expression): scope for scope in self.root.traverse()}

    def columns(self, scope: Scope) -> list[tuple[str, Inputs]]:
        """The columns of a scope's result, in their order."""
        key = id(scope.expression)
        if key not in self.done:
            self.done[key] = self._columns(scope)
        return self.done[key]

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
        if isinstance(expression, exp.Subquery) and id(expression.unnest()) in self.scopes:
            return self.columns(self.scopes[id(expression.unnest())])
        # rows of values, functions that give tables, and what else there may be
        return [(ALL, self._inside(expression, scope))]

    def _inputs(self, expression: exp.Expression, scope: Scope) -> Inputs:
        """What an expression of this scope is made of."""
        match expression:
            case exp.Column():
                return self._column(expression, scope)
            case exp.TableColumn():  # a whole row, by its table's name
                return self._column(exp.column(exp.Star(), expression.this), scope)
            case exp.Star():
                return Inputs.union(self._source(each, ALL, scope) for each in scope.sources.values())
            case exp.Window() | exp.Filter():  # partitions, orders and conditions only choose rows
                return self._inputs(expression.this, scope)
            case exp.Exists():
                return Inputs()
            case exp.Query() | exp.Subquery():
                inner = self.scopes.get(id(expression.unnest()))
                return Inputs.union(i for _, i in self.columns(inner)) if inner else self.everything
            case _ if isinstance(expression, _COUNTS) or _asks_for_presence(expression):
                return Inputs()
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

    def _column(self, column: exp.Column, scope: Scope) -> Inputs:
        around: Scope | None = scope
        while around is not None:
            if column.table in around.sources:
                name = ALL if isinstance(column.this, exp.Star) else column.name
                return self._source(around.sources[column.table], name, around)
            around = around.parent
        return self.everything

    def _source(self, source: exp.Expression | Scope, name: str, scope: Scope) -> Inputs:
        """A column of what a scope reads; all of it where there is no such column."""
        if isinstance(source, Scope):
            columns = self.columns(source)
            named = [inputs for each, inputs in columns if each == name]
            return Inputs.union(named or [inputs for _, inputs in columns])
        if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
            return Inputs(frozenset({(_name(source), name.lower())}))
        return self._inside(source, scope)


def _asks_for_presence(expression: exp.Expression) -> bool:
    """Whether it only asks if there is a value: null or not, empty or not."""
    if isinstance(expression, exp.Is):
        return isinstance(expression.expression.unnest(), exp.Null)
    if isinstance(expression, exp.EQ | exp.NEQ):
        return any(side.is_string and not side.name for side in (expression.left, expression.right))
    return False
