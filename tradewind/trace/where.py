"""Which part of a mart a figure is of: `country=Canada month=2014-01`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import psycopg
from psycopg import sql

from tradewind.definitions import Mart
from tradewind.trace.errors import TraceError, unknown
from tradewind.trace.routes import ROUTES, Figure

_PERIODS = {
    "year": re.compile(r"(?P<year>\d{4})", re.ASCII),
    "quarter": re.compile(r"(?P<year>\d{4})[- ]?Q(?P<quarter>[1-4])", re.ASCII | re.IGNORECASE),
    "month": re.compile(r"(?P<year>\d{4})-(?P<month>\d\d)(-01)?", re.ASCII),
    "day": re.compile(r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)", re.ASCII),
}
_EXAMPLES = {"year": "2014", "quarter": "2014-Q1", "month": "2014-01", "day": "2014-01-05"}


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` on, before `end`."""

    first: date
    end: date


@dataclass(frozen=True, slots=True)
class Asked:
    """Conditions that must all hold: values by dimension and periods by kind, of each of which one must hold.

    `names` are all dimensions that were named, `text` is how a person wrote it.
    """

    values: dict[str, list[str]]
    periods: dict[str, list[Period]]
    names: tuple[str, ...]
    text: str


def asked(words: Iterable[str]) -> Asked:
    """Read conditions such as `country=Canada`; what is named twice may have either value.

    Raises:
        TraceError: one is not a condition, or its period is none.
    """
    values: dict[str, list[str]] = {}
    periods: dict[str, list[Period]] = {}
    names: list[str] = []
    words = list(words)
    for word in words:
        name, sign, value = word.partition("=")
        name = name.strip().casefold().replace(" ", "_").replace("-", "_")
        if not sign or not name:
            raise TraceError(
                f"{word!r} is not a condition: write it as country=Canada or month=2014-01, and quote a value"
                " with spaces, as 'segment=Small Business'"
            )
        names.append(name)
        if name in _PERIODS:
            periods.setdefault(name, []).append(_period(name, value.strip()))
        else:
            values.setdefault(name, []).append(value.strip())
    return Asked(values, periods, tuple(names), " ".join(words) or "everything")


def _period(name: str, value: str) -> Period:
    found = _PERIODS[name].fullmatch(value)
    try:
        if not found:
            raise ValueError
        parts = {part: int(number) for part, number in found.groupdict().items()}
        first = date(parts["year"], parts.get("month", 3 * parts.get("quarter", 1) - 2), parts.get("day", 1))
        return Period(first, _end(name, first))
    except (ValueError, OverflowError):  # such as the end of the year 9999
        raise TraceError(f"{value!r} is not a {name}: write it as {name}={_EXAMPLES[name]}") from None


def _end(name: str, first: date) -> date:
    """The day after the last of the period that begins on `first`."""
    if name == "day":
        return first + timedelta(1)
    months = first.month - 1 + {"year": 12, "quarter": 3, "month": 1}[name]
    return date(first.year + months // 12, months % 12 + 1, 1)


def fitting(figures: Sequence[Figure], conditions: Asked) -> Figure:
    """The first figure whose mart has all the dimensions that are asked for.

    Raises:
        TraceError: no mart has; the text names those that the likeliest mart has.
    """
    for figure in figures:
        if all(name in _dimensions(figure.mart) for name in conditions.names):
            return figure
    mart = figures[0].mart
    strange = next(name for name in conditions.names if name not in _dimensions(mart))
    raise unknown("dimension", strange, _dimensions(mart), f" of {mart.name}")


def _dimensions(mart: Mart) -> set[str]:
    """What a mart may be filtered by; a mart of months has no days."""
    known = set.intersection(*(set(lines.dimensions) for lines in ROUTES[mart.name]))
    described = {*mart.columns, *(name for name in _PERIODS if name != "day" or mart.day == "day")}
    return known.union(_PERIODS) & described


def condition(
    connection: psycopg.Connection, figure: Figure, conditions: Asked
) -> tuple[sql.Composable, sql.Composable]:
    """The conditions in SQL: on rows of the mart, and on lines.

    Raises:
        TraceError: no row of the mart has such a value.
    """
    mart = figure.mart
    parts: list[sql.Composable] = []
    lines: list[sql.Composable] = []
    for name, wanted in conditions.values.items():
        column = sql.Identifier(name)
        # `%` would be taken for a parameter
        found = [_member(connection, mart, name, value) for value in wanted]
        part = sql.SQL("cast({} as text) in ({})").format(column, sql.SQL(", ").join(map(sql.Literal, found)))
        parts.append(part)
        lines.append(part)
    for periods in conditions.periods.values():
        parts.append(_within(mart.day or "month", periods))
        lines.append(_within("day", periods))
    return _all(parts), _all(lines)


def _within(column: str, periods: Sequence[Period]) -> sql.Composable:
    """In one of them."""
    within = [
        sql.SQL("{0} >= {1} and {0} < {2}").format(
            sql.Identifier(column), sql.Literal(period.first), sql.Literal(period.end)
        )
        for period in periods
    ]
    return sql.SQL("({})").format(sql.SQL(" or ").join(within))


def _all(parts: Sequence[sql.Composable]) -> sql.Composable:
    return sql.SQL(" and ").join(parts) if parts else sql.SQL("true")


def _member(connection: psycopg.Connection, mart: Mart, name: str, value: str) -> str:
    """The dimension's value as the mart writes it, whatever its capitals are here."""
    query = sql.SQL("select distinct cast({} as text) from marts.{} order by 1").format(
        sql.Identifier(name), sql.Identifier(mart.name)
    )
    known = [text for (text,) in connection.execute(query) if text is not None]
    for each in known:
        if each == value:
            return each
    for each in known:
        if each.casefold() == value.casefold():
            return each
    raise unknown(name.replace("_", " "), value, known, f" in {mart.name}")
