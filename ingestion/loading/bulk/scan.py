"""The part of DuckDB: finds the canonical lines of a file, and adds up their values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from ingestion.database.literals import literal
from ingestion.loading.bulk.canonical import Canonical
from ingestion.loading.bulk.not_bulk import NotBulk

if TYPE_CHECKING:
    import numpy as np

#: Limits the memory of the check, however long the file is.
_MEMORY = "400MB"

#: In bytes; DuckDB reads whole lines at once, and refuses longer ones.
_LONGEST_LINE = 2_000_000


@dataclass(frozen=True, slots=True)
class Lines:
    """What was found line by line.

    `ordinals` is the number of lines that DuckDB read. `suspicious` has the ordinals, from 0, of lines that
    are not canonical; `refused` has the offsets (bytes) of lines that DuckDB cannot read, which have no
    ordinal.
    """

    ordinals: int
    suspicious: np.ndarray
    refused: np.ndarray


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of one scope: its parts, the number of rows, and their first and last business date."""

    scope: tuple[str | date, ...]
    rows: int
    first: date | None
    last: date | None


def find_lines(path: Path, form: Canonical, unused: str) -> Lines:
    """Find the canonical lines of a file; `unused` is an ASCII character that it does not have.

    Raises:
        NotBulk: DuckDB failed, or saw other lines than were counted.
    """
    source = _reading(path, delimiter=unused, quote="", skip=0, types=["VARCHAR"])
    with _connect() as connection:
        try:
            connection.execute(
                "create temp table found as"
                f" select regexp_full_match(c0, {literal(form.line)}) as is_canonical from {source}"
            )
            ordinals = connection.execute("select count(*) from found").fetchone()[0]
            suspicious = connection.execute(
                "select rowid as ordinal from found where is_canonical is not true order by ordinal"
            ).fetchnumpy()["ordinal"]
            refused = connection.execute(
                "select distinct line_byte_position - 1 as place from reject_errors order by place"
            ).fetchnumpy()["place"]
        except duckdb.Error as error:
            raise NotBulk(str(error)) from error
    return Lines(ordinals, suspicious, refused)


@dataclass(frozen=True, slots=True)
class Rows:
    """Canonical rows of a file below its first `skip` lines, where the condition `present` holds."""

    path: Path
    delimiter: str
    quoted: bool
    skip: int
    present: str

    def reading(self, form: Canonical) -> str:
        """The rows as a relation with the columns and moments of `form`."""
        source = _reading(self.path, self.delimiter, '"' if self.quoted else "", self.skip, form.types)
        moments = "".join(f", {expression} as {name}" for name, expression in form.moments.items())
        return f"(select *{moments} from {source})"


def add_up(rows: Rows, form: Canonical) -> tuple[list[Group], int]:
    """The rows by scope, and the number of those that break a rule.

    Raises:
        NotBulk: DuckDB failed, or saw other lines than were counted.
    """
    keys = [f"k{i}" for i in range(len(form.scope))]
    selected = "".join(f"{expression} as {key}, " for key, expression in zip(keys, form.scope, strict=True))
    query = (
        f"select {selected} count(*), min({form.day}), max({form.day}), count(*) filter ({form.violation})"
        f" from {rows.reading(form)} where {rows.present} group by {', '.join(keys) or '()'}"
    )
    with _connect() as connection:
        try:
            found = connection.execute(query).fetchall()
            refused = connection.execute("select count(*) from reject_errors").fetchone()[0]
        except duckdb.Error as error:
            raise NotBulk(str(error)) from error
    if refused:
        raise NotBulk(f"{refused} lines refused")
    groups = [Group(row[: len(keys)], *row[len(keys) : -1]) for row in found]
    return groups, sum(row[-1] for row in found)


def find_violations(rows: Rows, form: Canonical) -> np.ndarray:
    """Ordinals, from 0, of the rows that break a rule.

    Raises:
        NotBulk: DuckDB failed, or saw other lines than were counted.
    """
    with _connect() as connection:
        try:
            connection.execute(
                "create temp table found as"
                f" select {rows.present} and ({form.violation}) as is_wrong"
                f" from {rows.reading(form)}"
            )
            return connection.execute(
                "select rowid as ordinal from found where is_wrong order by ordinal"
            ).fetchnumpy()["ordinal"]
        except duckdb.Error as error:
            raise NotBulk(str(error)) from error


def _connect() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        config={
            "memory_limit": _MEMORY,
            "temp_directory": "",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )


def _reading(path: Path, delimiter: str, quote: str, skip: int, types: Sequence[str]) -> str:
    names = ", ".join(f"'c{i}': '{kind}'" for i, kind in enumerate(types))
    # Line ends are detected: if they are given, DuckDB 2.0 reads a file with CRLF as empty.
    return (
        f"read_csv({literal(str(path))}, auto_detect = false, header = false, skip = {skip},"
        f" delim = {literal(delimiter)}, quote = {literal(quote)}, escape = {literal(quote)},"
        f" strict_mode = true, store_rejects = true, encoding = 'utf-8', max_line_size = {_LONGEST_LINE},"
        f" columns = {{{names}}})"
    )
