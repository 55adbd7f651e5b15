"""Reads the quality rules of a contract: each becomes a check of every row, or the contract is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from open_data_contract_standard.model import DataQuality

from ingestion.contract.document import KeyFault, number, only, texts
from ingestion.contract.model import NUMBERS, Column, ColumnType, DatePart, DateRepeat, Limit, Sum

_WHOLE = (ColumnType.INTEGER, ColumnType.BIGINT)


def column_rules(rules: Sequence[DataQuality], kind: ColumnType, place: str) -> dict[str, Any]:
    """The rules of a column of type `kind` as keyword arguments of `Column`.

    Raises:
        KeyFault: a rule is wrong or not known, or does not fit the column's type.
    """
    found: dict[str, Any] = {}
    for i, rule in enumerate(rules):
        at = f"{place}.quality[{i}]"
        name, value = _column_rule(rule, kind, at)
        if name in found:
            raise KeyFault(at, "says again what an earlier rule says: join the two")
        found[name] = value
    return found


def table_rules(
    rules: Sequence[DataQuality], columns: Sequence[Column], place: str
) -> tuple[tuple[Sum, ...], tuple[Limit, ...]]:
    """The rules between columns of a table.

    Raises:
        KeyFault: a rule is wrong or not known.
    """
    numbers = {column.name for column in columns if column.type in NUMBERS}
    sums, limits = [], []
    for i, rule in enumerate(rules):
        at = f"{place}.quality[{i}]"
        if rule.engine != "tradewind" or not isinstance(rule.implementation, Mapping):
            raise KeyFault(at, "is not of the engine tradewind")
        at = f"{at}.implementation"
        match rule.implementation.get("check"):
            case "adds_up":
                sums.append(_sum(rule.implementation, numbers, at))
            case "at_most":
                limits.append(_limit(rule.implementation, numbers, at))
            case _:
                raise KeyFault(f"{at}.check", "is none of adds_up, at_most, which tables know")
    return tuple(sums), tuple(limits)


def _column_rule(rule: DataQuality, kind: ColumnType, place: str) -> tuple[str, Any]:
    """The argument of `Column` that a rule becomes, with its value."""
    if rule.metric == "invalidValues" and rule.mustBe == 0:
        arguments = rule.arguments or {}
        only(arguments, {"validValues"}, f"{place}.arguments")
        return "allowed", _allowed(arguments.get("validValues"), kind, f"{place}.arguments.validValues")
    if rule.engine != "tradewind" or not isinstance(rule.implementation, Mapping):
        raise KeyFault(place, "is neither invalidValues that mustBe 0 nor of the engine tradewind")
    place = f"{place}.implementation"
    match rule.implementation.get("check"):
        case "repeats_date":
            return "repeats", _repeat(rule.implementation, kind, place)
        case "reserved":
            only(rule.implementation, {"check", "values"}, place)
            if kind is not ColumnType.TEXT:
                raise KeyFault(place, f"fits texts, not {kind}")
            return "reserved", texts(rule.implementation.get("values"), f"{place}.values")
        case _:
            raise KeyFault(f"{place}.check", "is none of repeats_date, reserved, which columns know")


def _allowed(values: Any, kind: ColumnType, place: str) -> tuple[str, ...]:
    if kind is ColumnType.TEXT:
        return texts(values, place)
    if kind not in _WHOLE:
        raise KeyFault(place, f"fits texts and whole numbers, not {kind}")
    if not values or not isinstance(values, list) or any(type(value) is not int for value in values):
        raise KeyFault(place, "must be a list of whole numbers")
    return tuple(map(str, values))


def _repeat(wanted: Mapping[str, Any], kind: ColumnType, place: str) -> DateRepeat:
    only(wanted, {"check", "date", "part"}, place)
    if wanted.get("part") not in list(DatePart):
        raise KeyFault(f"{place}.part", f"must be one of {', '.join(DatePart)}")
    part = DatePart(wanted["part"])
    fitting = (ColumnType.TEXT,) if part is DatePart.MONTH_NAME else _WHOLE
    if kind not in fitting:
        raise KeyFault(place, f"{part} fits {' and '.join(fitting)}, not {kind}")
    if not wanted.get("date"):
        raise KeyFault(f"{place}.date", "is missing")
    return DateRepeat(wanted["date"], part)


def _sum(wanted: Mapping[str, Any], numbers: set[str], place: str) -> Sum:
    only(wanted, {"check", "total", "plus", "minus", "tolerance"}, place)
    plus = texts(wanted.get("plus"), f"{place}.plus")
    minus = texts(wanted["minus"], f"{place}.minus") if "minus" in wanted else ()
    _all_numbers((wanted.get("total"), *plus, *minus), numbers, place)
    tolerance = number(wanted.get("tolerance", 0), f"{place}.tolerance")
    if tolerance < 0:
        raise KeyFault(f"{place}.tolerance", "must not be less than 0")
    return Sum(wanted["total"], plus, minus, tolerance)


def _limit(wanted: Mapping[str, Any], numbers: set[str], place: str) -> Limit:
    only(wanted, {"check", "column", "limit"}, place)
    _all_numbers((wanted.get("column"), wanted.get("limit")), numbers, place)
    return Limit(wanted["column"], wanted["limit"])


def _all_numbers(names: Sequence[Any], numbers: set[str], place: str) -> None:
    for name in names:
        if not isinstance(name, str) or name not in numbers:
            raise KeyFault(place, f"{name!r} is no column of numbers")
