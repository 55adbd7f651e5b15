"""Reads the quality rules of a contract: each becomes a check of every row, or the contract is refused."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from open_data_contract_standard.model import DataQuality

from ingestion.contract import Column, ColumnType, DatePart, DateRepeat, Sum

_NUMBERS = (ColumnType.NUMERIC, ColumnType.INTEGER)


class RuleError(Exception):
    """A rule is wrong or not known."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}")
        self.place = place
        self.problem = problem


def column_rules(rules: Sequence[DataQuality], place: str) -> dict[str, Any]:
    """The rules of one column as keyword arguments of `Column`.

    Raises:
        RuleError: a rule is wrong or not known.
    """
    found: dict[str, Any] = {}
    for i, rule in enumerate(rules):
        at = f"{place}.quality[{i}]"
        if rule.metric == "invalidValues" and rule.mustBe == 0:
            found["allowed"] = _texts(
                (rule.arguments or {}).get("validValues"), f"{at}.arguments.validValues"
            )
            continue
        if rule.engine != "tradewind" or not isinstance(rule.implementation, dict):
            raise RuleError(at, "is neither invalidValues that mustBe 0 nor of the engine tradewind")
        at = f"{at}.implementation"
        match rule.implementation.get("check"):
            case "repeats_date":
                found["repeats"] = _repeat(rule.implementation, at)
            case "reserved":
                _only(rule.implementation, {"check", "values"}, at)
                found["reserved"] = _texts(rule.implementation.get("values"), f"{at}.values")
            case _:
                raise RuleError(f"{at}.check", "is none of repeats_date, reserved, which columns know")
    return found


def table_rules(rules: Sequence[DataQuality], columns: Sequence[Column], place: str) -> tuple[Sum, ...]:
    """The rules between columns of a table.

    Raises:
        RuleError: a rule is wrong or not known.
    """
    numbers = {column.name for column in columns if column.type in _NUMBERS}
    found = []
    for i, rule in enumerate(rules):
        at = f"{place}.quality[{i}]"
        wanted = rule.implementation
        if rule.engine != "tradewind" or not isinstance(wanted, dict):
            raise RuleError(at, "is not of the engine tradewind")
        if wanted.get("check") != "adds_up":
            raise RuleError(f"{at}.implementation.check", "is not adds_up, which tables know")
        found.append(_sum(wanted, numbers, f"{at}.implementation"))
    return tuple(found)


def _repeat(wanted: dict[str, Any], place: str) -> DateRepeat:
    _only(wanted, {"check", "date", "part"}, place)
    if wanted.get("part") not in list(DatePart):
        raise RuleError(f"{place}.part", f"must be one of {', '.join(DatePart)}")
    if not wanted.get("date"):
        raise RuleError(f"{place}.date", "is missing")
    return DateRepeat(wanted["date"], DatePart(wanted["part"]))


def _sum(wanted: dict[str, Any], numbers: set[str], place: str) -> Sum:
    _only(wanted, {"check", "total", "plus", "minus", "tolerance"}, place)
    plus = _texts(wanted.get("plus"), f"{place}.plus")
    minus = _texts(wanted["minus"], f"{place}.minus") if "minus" in wanted else ()
    for name in (wanted.get("total"), *plus, *minus):
        if name not in numbers:
            raise RuleError(place, f"{name!r} is no column of numbers")
    try:
        # By its text: 0.01 is then one hundredth, not the double nearest to it.
        tolerance = Decimal(str(wanted.get("tolerance", 0)))
    except InvalidOperation:
        tolerance = Decimal("NaN")
    if not tolerance.is_finite() or tolerance < 0:
        raise RuleError(f"{place}.tolerance", "must be a number, not less than 0")
    return Sum(wanted["total"], plus, minus, tolerance)


def _texts(values: Any, place: str) -> tuple[str, ...]:
    if not values or not isinstance(values, list):
        raise RuleError(place, "must be a list with something in it")
    return tuple(map(str, values))


def _only(wanted: dict[str, Any], known: set[str], place: str) -> None:
    if unknown := wanted.keys() - known:
        raise RuleError(place, f"unknown: {', '.join(sorted(unknown))}")
