"""Literals for SQL, where parameters are not allowed; the same for Postgres and DuckDB."""

from __future__ import annotations


def literal(text: str) -> str:
    """`text` as a literal, with its quotes doubled."""
    return "'" + text.replace("'", "''") + "'"
