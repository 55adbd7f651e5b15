"""Types of single values in a contract, each with the sentence for what is not one."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WrapValidator

from ingestion.contract.faults import not_one_of


def says(problem: str) -> WrapValidator:
    """The sentence for whatever is wrong with a value; `{}` stands for the value."""

    def check(value: Any, read: Callable[[Any], Any]) -> Any:
        try:
            return read(value)
        except ValueError:
            raise ValueError(problem.format(repr(value))) from None

    return WrapValidator(check)


def choice(kind: type[StrEnum]) -> Any:
    """The type of a value that is one of an enumeration's."""

    def read(value: Any) -> StrEnum:
        if value not in list(kind):
            raise ValueError(not_one_of(value, kind))
        return kind(value)

    return Annotated[kind, BeforeValidator(read)]


def only(word: str) -> Any:
    """The type of a value that can only be this word, which says yes."""

    def read(value: Any) -> bool:
        if value != word:
            raise ValueError(f"{value!r} is not known: {word}, or leave it out")
        return True

    return Annotated[bool, BeforeValidator(read)]


def not_empty(items: tuple) -> tuple:
    """The items, of which there must be one at least."""
    if not items:
        raise ValueError("must be a list with something in it")
    return items


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError
    return Decimal(str(value))


def _regular_expression(text: str) -> str:
    try:
        re.compile(text, re.ASCII)
    except re.error as error:
        raise ValueError(f"{text!r} is not a regular expression: {error}") from None
    return text


#: A text that may not be empty.
Text = Annotated[str, Field(min_length=1)]
#: A name that needs no quotes in SQL.
Identifier = Annotated[
    Text,
    Field(pattern=r"^[a-z][a-z0-9_]*$"),
    says("{} must be lower-case letters, digits and underscores"),
]
#: YAML makes something else of NO, NULL or 1 without quotes, so those are refused.
Word = Annotated[str, Field(pattern=r"\S")]
Words = Annotated[tuple[Word, ...], Field(strict=False), AfterValidator(not_empty)]
Sign = Annotated[str, Field(min_length=1, max_length=1), says("{} is not one character in quotes")]
#: A whole number from 1.
Count = Annotated[int, Field(ge=1), says("{} is not a whole number from 1")]
#: A number as it is written: 0.01 is one hundredth, not the double nearest to it.
Number = Annotated[Decimal, BeforeValidator(_number), says("{} is not a number")]
Share = Annotated[float, Field(ge=0, le=1), says("must be a number from 0 to 1")]
Pattern = Annotated[str, AfterValidator(_regular_expression)]
