"""Text inside SQL, where no parameter can stand; the same for Postgres and DuckDB."""

from __future__ import annotations


def literal(text: str) -> str:
    """`text` as a literal, whatever quotes it holds."""
    return "'" + text.replace("'", "''") + "'"
