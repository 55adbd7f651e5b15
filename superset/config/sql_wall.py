"""The SQL that may go to the warehouse: SELECT, WITH and EXPLAIN, without functions that do more than read.

Every statement is parsed; what cannot be parsed is refused. Postgres refuses the same on its own
(`deploy/databases/warehouse.py`): each wall holds without the other.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

# It warns that it does not parse what follows EXPLAIN; that is parsed here.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

_LONGEST = 200_000
# Other spellings of a name, which Postgres reads but the parser does not.
_UNICODE_NAME = re.compile(r"\bU&\s*[\"']", re.IGNORECASE)
_NO_SCHEMA = re.compile(r'["\x00]')
_EXPLAIN_OPTIONS = re.compile(
    r"\s*(?:(?:analy[sz]e|verbose)\b"
    r"|\(\s*(?:analy[sz]e|verbose|costs|settings|generic_plan|buffers|serialize|wal|timing|summary|memory|format)\b"
    r"[^()]*\))",
    re.IGNORECASE,
)
# They write, lock, or select rows for something other than reading.
_NO_READING = (exp.Command, exp.Copy, exp.DDL, exp.DML, exp.Into, exp.Lock, exp.Set)
# Functions that are volatile to Postgres, and others that run given SQL, read files or show other sessions.
_FUNCTIONS = re.compile(
    r"pg_(?!collation_for|get_viewdef|input_is_valid|size_bytes|size_pretty|timezone_names|typeof).*"
    r"|lo_.*|loread|lowrite"
    r"|(query|cursor|table|schema|database)_to_xml.*|ts_stat|ts_rewrite|xpath_table|crosstab.*|connectby|dblink.*"
    r"|set_config|current_setting|setseed|setval|nextval|currval|lastval|nextvaluefor"
    r"|txid_.*|currtid2?|current_query|binary_upgrade_.*|brin_.*|gin_clean_.*|amvalidate|plpgsql_.*|postgres_fdw_.*"
    r"|inet_client_.*|inet_server_.*|version",
    re.IGNORECASE,
)
_CATALOGUE = re.compile(r"pg_.*", re.IGNORECASE)


@lru_cache(maxsize=4096)
def fault(sql: str) -> str | None:
    """What in the SQL is not allowed, as a sentence; None if everything is."""
    if len(sql) > _LONGEST:
        return f"SQL may have at most {_LONGEST:,} characters."
    if _UNICODE_NAME.search(sql):
        return "Write names and texts without U&."
    try:
        return next(_faults(sql), None)
    except (SqlglotError, RecursionError, ValueError) as error:
        return f"The SQL cannot be read: {str(error)[:200] or type(error).__name__}"


def schema_fault(schema: object) -> str | None:
    """What is wrong with the schema for the SQL: Superset runs `set search_path = "…"` with it."""
    if schema is None or (isinstance(schema, str) and not _NO_SCHEMA.search(schema)):
        return None
    return f"{str(schema)[:100]!r} is not the name of a schema."


def _faults(sql: str) -> Iterator[str]:
    statements = [one for one in sqlglot.parse(sql, dialect="postgres") if one is not None]
    if not statements:
        yield "There is no SQL."
    for statement in statements:
        if isinstance(statement, exp.Command) and statement.name.upper() == "EXPLAIN":
            yield from _faults(_explained(statement.expression.name))
        elif not isinstance(statement, exp.Query):
            kind = statement.name if isinstance(statement, exp.Command) else statement.key
            yield f"{kind.upper()} is refused: SQL begins with SELECT, WITH or EXPLAIN."
        else:
            yield from _node_faults(statement)


def _explained(text: str) -> str:
    while options := _EXPLAIN_OPTIONS.match(text):
        text = text[options.end() :]
    return text


def _node_faults(statement: exp.Expression) -> Iterator[str]:
    for node in statement.walk():
        if isinstance(node, _NO_READING) and not isinstance(node, exp.Query):
            yield f"{node.key.upper()} is refused inside a SELECT: SQL may read, and nothing else."
        elif isinstance(node, exp.Func):
            if _FUNCTIONS.fullmatch(_name(node)):
                yield f"The function {_name(node)} is refused: it does more than read."
            elif _schema(node).lower() not in ("", "pg_catalog"):
                yield f"The function {_name(node)} is refused: only those of pg_catalog are known."
        elif isinstance(node, exp.Table) and _CATALOGUE.fullmatch(node.name):
            yield f"The table {node.name} is refused: it belongs to Postgres itself."


def _schema(function: exp.Func) -> str:
    """What precedes the function's name: in FROM, the parser takes the call for a table."""
    if isinstance(function.parent, exp.Dot):
        return function.parent.this.name or "?"
    if isinstance(function.parent, exp.Table) and function.arg_key == "this":
        return function.parent.db
    return ""


def _name(function: exp.Func) -> str:
    return function.name if isinstance(function, exp.Anonymous) else function.sql_name()
