"""How a contract's files are written: figures, text files, names and words that stand for nothing."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field

from ingestion.contract.faults import Fault, not_one_of
from ingestion.contract.model import NumberFormat, TextForm, Total, TotalPlace
from ingestion.contract.spec import Spec
from ingestion.contract.time_zones import time_zone
from ingestion.contract.values import Pattern, Sign, Text, Word, Words, not_empty, says

_GROUPINGS = ("western", "indian")
#: They mean something else in a figure.
_NO_SIGNS = set("0123456789+-()%")


def _encoding(name: str) -> str:
    try:
        codecs.lookup(name)
        "".encode(name)
    except LookupError:
        raise ValueError(f"{name!r} is not an encoding of text") from None
    return name


_SignOrNothing = Annotated[str, Field(max_length=1), says("{} is not one character in quotes")]
_Encoding = Annotated[str, AfterValidator(_encoding), says("{} is not an encoding of text")]
#: A name in the IANA's list; summer time counts where the place has it.
TimeZone = Annotated[str, BeforeValidator(time_zone)]


class NumberFormatSpec(Spec):
    """One `numberFormat`; without it figures are plain digits with a dot."""

    decimal: Sign = "."
    grouping: Annotated[Text, says("{} are not signs in quotes")] = ""
    groupings: Words = ()
    currency: Words = ()
    parentheses: bool = False
    trailing_minus: bool = False
    dash_is_zero: bool = False
    percent: bool = False
    exponent: bool = False

    def faults(self) -> Iterator[Fault]:
        for i, name in enumerate(self.groupings):
            if name not in _GROUPINGS:
                yield Fault(not_one_of(name, _GROUPINGS), ("groupings", i))
        if self.grouping and not self.groupings:
            yield Fault("is missing: western, indian or both", ("groupings",))
        signs = set(self._signs)
        if misused := _NO_SIGNS & {self.decimal, *signs} or {self.decimal} & signs:
            yield Fault(f"{min(misused)!r} cannot be a sign for decimals or groups here")

    @property
    def _signs(self) -> str:
        return self.grouping or ("." if self.decimal == "," else ",")

    def to_model(self) -> NumberFormat:
        return NumberFormat(**{**dict(self), "grouping": self._signs})


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _different(formats: tuple[NumberFormatSpec, ...]) -> tuple[NumberFormatSpec, ...]:
    if len({each.to_model() for each in formats}) < max(len(formats), 1):
        raise ValueError("must be one format, or a list of different ones")
    return formats


#: One format, or a list of several that files come in.
NumberFormats = Annotated[
    tuple[NumberFormatSpec, ...], Field(strict=False), BeforeValidator(_listed), AfterValidator(_different)
]


def number_format(formats: Sequence[NumberFormatSpec]) -> NumberFormat:
    """The first of the formats, which knows the others."""
    first, *others = (each.to_model() for each in formats or (NumberFormatSpec(),))
    return replace(first, others=tuple(others))


class TextSpec(Spec):
    """The extension `text`; what it leaves out is found out for each file."""

    delimiter: Sign = None
    #: Empty where nothing is quoted.
    quote: _SignOrNothing = None
    #: Empty where a quote inside quotes is doubled.
    escape: _SignOrNothing = None
    encoding: _Encoding | None = None
    header: bool = True

    def faults(self) -> Iterator[Fault]:
        if self.delimiter is not None and self.delimiter in (self.quote, self.escape, "\n", "\r"):
            yield Fault(f"{self.delimiter!r} has another meaning already", ("delimiter",))

    def to_model(self) -> TextForm:
        return TextForm(self.delimiter, self.quote, self.escape, self.encoding, self.header)


class TotalSpec(Spec):
    """One of `totals`: a text that is a whole cell, or that a cell begins or ends with."""

    whole: Word = None
    begins: Word = None
    ends: Word = None

    def faults(self) -> Iterator[Fault]:
        if len(self.model_fields_set) != 1:
            yield Fault(f"needs one of {', '.join(TotalPlace)}")

    def to_model(self) -> Total:
        (where,) = self.model_fields_set
        return Total(getattr(self, where), TotalPlace(where))


def _whole(value: Any) -> Any:
    return value if isinstance(value, dict) else {"whole": value}


Totals = Annotated[
    tuple[Annotated[TotalSpec, BeforeValidator(_whole)], ...], Field(strict=False), AfterValidator(not_empty)
]


class NamePattern(Spec):
    """A pattern whose one group finds something in a file's name."""

    finds: ClassVar[str]
    pattern: Pattern

    def faults(self) -> Iterator[Fault]:
        if (groups := re.compile(self.pattern).groups) != 1:
            yield Fault(f"holds {groups} groups; the {self.finds} is the one group", ("pattern",))


class VersionPattern(NamePattern):
    finds = "version"


class PartPattern(NamePattern):
    finds = "part"
