"""Reads how a file relates to earlier ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ingestion.contract.document import KeyFault, mapping, share, texts
from ingestion.contract.formats import name_pattern
from ingestion.contract.model import (
    DATES,
    Append,
    Column,
    Period,
    Relation,
    Repeats,
    Restate,
    ScopePart,
    Upsert,
)

_KEYS = {
    "append": {"kind"},
    "upsert": {"kind", "key", "latest", "repeats"},
    "restate": {"kind", "scope", "maxShrink", "fileParts"},
}


def relation(value: Any, columns: Sequence[Column], place: str) -> Relation:
    """The extension `relation`.

    Raises:
        KeyFault: it is missing or wrong, or names columns that do not fit.
    """
    kind = value.get("kind") if isinstance(value, Mapping) else None
    if not isinstance(kind, str) or kind not in _KEYS:
        raise KeyFault(place, f"must be a mapping with kind: {', '.join(_KEYS)}")
    value = mapping(value, _KEYS[kind], place)
    known = {column.name: column for column in columns}
    if kind == "append":
        return Append()
    if kind == "upsert":
        return _upsert(value, known, place)
    return _restate(value, known, place)


def _upsert(value: Mapping[str, Any], known: Mapping[str, Column], place: str) -> Upsert:
    key = texts(value.get("key"), f"{place}.key")
    for name in key:
        _sure(name, known, f"{place}.key")
    if len(set(key)) < len(key):
        raise KeyFault(f"{place}.key", "names a column twice")
    latest = value.get("latest")
    repeats = value.get("repeats", Repeats.HOLD)
    if repeats not in list(Repeats):
        raise KeyFault(f"{place}.repeats", f"must be one of {', '.join(Repeats)}")
    return Upsert(
        key, None if latest is None else _column(latest, known, f"{place}.latest").name, Repeats(repeats)
    )


def _restate(value: Mapping[str, Any], known: Mapping[str, Column], place: str) -> Restate:
    scope = value.get("scope")
    if not isinstance(scope, list):
        raise KeyFault(f"{place}.scope", "must be a list of {column: NAME} or {column: DATE, by: month}")
    parts = tuple(_part(item, known, f"{place}.scope[{i}]") for i, item in enumerate(scope))
    shrink, named = value.get("maxShrink"), value.get("fileParts")
    return Restate(
        parts,
        None if shrink is None else share(shrink, f"{place}.maxShrink"),
        None if named is None else name_pattern(named, "part", f"{place}.fileParts"),
    )


def _part(value: Any, known: Mapping[str, Column], place: str) -> ScopePart:
    value = mapping(value, {"column", "by"}, place)
    column = _sure(value.get("column"), known, f"{place}.column")
    by = value.get("by")
    if by is None:
        return ScopePart(column.name)
    if by not in list(Period):
        raise KeyFault(f"{place}.by", f"must be one of {', '.join(Period)}")
    if column.type not in DATES:
        raise KeyFault(place, f"{column.name!r} is no date column")
    return ScopePart(column.name, Period(by))


def _sure(name: Any, known: Mapping[str, Column], place: str) -> Column:
    """The column `name`, which is never null: rows are told apart by it."""
    column = _column(name, known, place)
    if not column.required:
        raise KeyFault(place, f"{name!r} may be null: it must be required")
    return column


def _column(name: Any, known: Mapping[str, Column], place: str) -> Column:
    if not isinstance(name, str) or name not in known:
        raise KeyFault(place, f"there is no column {name!r}")
    return known[name]
