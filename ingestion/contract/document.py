"""Reads single values of a contract's document; what is wrong is named with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from open_data_contract_standard.model import CustomProperty

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")


class KeyFault(Exception):
    """Something in a contract is wrong; the text names the place and what is expected."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}")
        self.place = place
        self.problem = problem


def needed(value: Any, place: str) -> Any:
    """The value, which may not be missing."""
    if value is None or value == "" or value == []:
        raise KeyFault(place, "is missing")
    return value


def identifier(value: str | None, place: str) -> str:
    """A name that needs no quotes in SQL."""
    if not _IDENTIFIER.fullmatch(needed(value, place)):
        raise KeyFault(place, f"{value!r} must be lower-case letters, digits and underscores")
    return value


def extensions(items: list[CustomProperty] | None, known: Iterable[str], place: str) -> dict[str, Any]:
    """The values of `customProperties` by their names, all of which must be known here."""
    found: dict[str, Any] = {}
    for item in items or []:
        if item.property in found:
            raise KeyFault(f"{place}customProperties.{item.property}", "is there twice")
        found[item.property] = item.value
    only(found, known, f"{place}customProperties")
    return found


def mapping(value: Any, known: Iterable[str], place: str) -> Mapping[str, Any]:
    """A mapping that holds no other keys than the known ones; None is empty."""
    if not isinstance(value, Mapping | None):
        raise KeyFault(place, f"must be a mapping with keys of {', '.join(sorted(known))}")
    only(value or {}, known, place)
    return value or {}


def only(value: Mapping[str, Any], known: Iterable[str], place: str) -> None:
    """Refuse keys that are not known: a key that nobody reads is worse than none."""
    if unknown := value.keys() - set(known):
        raise KeyFault(place, f"unknown: {', '.join(sorted(map(str, unknown)))}")


def texts(value: Any, place: str) -> tuple[str, ...]:
    """A list of texts. YAML makes something else of NO, NULL or 1 without quotes, so those are refused."""
    if not value or not isinstance(value, list):
        raise KeyFault(place, "must be a list with something in it")
    for item in value:
        if not isinstance(item, str) or not item.strip():
            raise KeyFault(place, f"{item!r} is no text: write it in quotes")
    return tuple(value)


def sign(value: Any, place: str, *, may_be_empty: bool = False) -> str:
    """One character."""
    if not isinstance(value, str) or len(value) > 1 or (not value and not may_be_empty):
        raise KeyFault(place, f"{value!r} is not one character in quotes")
    return value


def flag(value: Any, place: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise KeyFault(place, f"{value!r} is neither true nor false")
    return value


def count(value: Any, place: str) -> int:
    """A whole number from 1."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise KeyFault(place, f"{value!r} is not a whole number from 1")
    return value


def number(value: Any, place: str) -> Decimal:
    """A number, as it is written: 0.01 is one hundredth, not the double nearest to it."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not Decimal(str(value)).is_finite():
        raise KeyFault(place, f"{value!r} is not a number")
    return Decimal(str(value))


def share(value: Any, place: str) -> float:
    """A number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise KeyFault(place, "must be a number from 0 to 1")
    return float(value)


def regular_expression(value: Any, place: str) -> re.Pattern[str]:
    """A regular expression."""
    try:
        return re.compile(value, re.ASCII)
    except (re.error, TypeError) as error:
        raise KeyFault(place, f"{value!r} is no regular expression: {error}") from None
