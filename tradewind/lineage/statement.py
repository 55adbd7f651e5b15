"""A parsed select: stars are expanded, names are resolved, and each select in it has a scope."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope
from sqlglot.schema import MappingSchema

#: Stands for all columns of a table, and in a result for columns whose names are not known.
ALL = "*"

#: What a name in a scope refers to: a table, a function, rows of values, or the result of another scope.
Source = exp.Expression | Scope


@dataclass(frozen=True)
class Statement:
    """One select.

    Attributes:
        tree: the select, with qualified names if sqlglot can resolve them.
        tables: the tables it reads (schema and name, in lower case), without its common table expressions.
        root: the outermost scope; None if sqlglot cannot resolve the names.
    """

    tree: exp.Expression
    tables: frozenset[str]
    root: Scope | None

    @classmethod
    def parse(cls, sql: str, tables: Mapping[str, Iterable[str]], dialect: str) -> Statement:
        """Parse a select.

        Args:
            sql: one select.
            tables: columns of the tables it may read, by `schema.table`.
            dialect: sqlglot's name of the engine.

        Raises:
            SqlglotError: it is not valid SQL.
        """
        tree = sqlglot.parse_one(sql, dialect=dialect)
        for table in tree.find_all(exp.Table):
            table.set("catalog", None)
        named = {cte.alias for cte in tree.find_all(exp.CTE)}
        read = {name_of(t) for t in tree.find_all(exp.Table) if t.db or t.name not in named}
        schema = MappingSchema(dialect=dialect)
        for table in sorted(read & tables.keys()):
            schema.add_table(table, dict.fromkeys(tables[table], "text"), dialect=dialect)
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
        return cls(tree, frozenset(read), root)

    @cached_property
    def is_recursive(self) -> bool:
        return any(each.recursive for each in self.tree.find_all(exp.With))

    @cached_property
    def _scopes(self) -> dict[int, Scope]:
        return {id(scope.expression): scope for scope in self.root.traverse()} if self.root else {}

    def scope_of(self, query: exp.Expression) -> Scope | None:
        """The scope of a select inside this one, with or without brackets; None if it has none."""
        return self._scopes.get(id(query.unnest()))


def name_of(table: exp.Table) -> str:
    """The table's schema and name, in lower case."""
    return f"{table.db}.{table.name}".lower()


def source_of(column: exp.Column, scope: Scope) -> tuple[Source, Scope] | None:
    """What a column is read from, and the scope that reads it: this one or an enclosing one."""
    around: Scope | None = scope
    while around is not None:
        if column.table in around.sources:
            return around.sources[column.table], around
        around = around.parent
    return None


def row_clauses(select: exp.Select) -> Iterable[exp.Expression]:
    """Everything in a select that filters, groups or orders its rows, except the tables it reads.

    This includes functions and rows of values that are read like tables.
    """
    for key, value in select.args.items():
        if key in ("expressions", "with", "with_"):
            continue
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, exp.From | exp.Join):
                yield from (each for each in part.iter_expressions() if not _is_table(each))
            elif isinstance(part, exp.Expression):
                yield part


def _is_table(part: exp.Expression) -> bool:
    return isinstance(part, exp.Subquery) or (
        isinstance(part, exp.Table) and isinstance(part.this, exp.Identifier)
    )
