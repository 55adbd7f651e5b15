"""The columns of a contract."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, Field, PlainValidator

from ingestion.contract.date_formats import moment_format
from ingestion.contract.faults import Fault, not_one_of, refusal, suggestion
from ingestion.contract.model import DATES, Column, ColumnType
from ingestion.contract.rules import ColumnRule
from ingestion.contract.spec import Spec, StandardSpec, extensions, parts
from ingestion.contract.values import Count, Identifier, Number, Pattern, Text, Words, only, says

#: Personal-data classes, from harmless to sensitive; `contracts/README.md` says what they mean.
CLASSIFICATIONS = ("public", "internal", "pseudonym", "personal")

#: The widest numeric that every engine holds.
_WIDEST = 38
_SQL_TYPE = re.compile(rf"({'|'.join(ColumnType)})(?:\((\d+),(\d+)\))?")
#: What the standard calls each type.
LOGICAL_TYPES = {
    ColumnType.TEXT: "string",
    ColumnType.NUMERIC: "number",
    ColumnType.INTEGER: "integer",
    ColumnType.BIGINT: "integer",
    ColumnType.BOOLEAN: "boolean",
    ColumnType.DATE: "date",
    ColumnType.TIMESTAMP: "timestamp",
}


def _classification(value: Any) -> str:
    if value not in CLASSIFICATIONS:
        raise ValueError(not_one_of(value, CLASSIFICATIONS))
    return value


def _day(value: Any) -> date:
    if not isinstance(value, str):
        raise ValueError
    return date.fromisoformat(value)


def _not_kept(value: Any) -> None:
    if value:
        raise ValueError("is not known: nothing would check it")


_Day = Annotated[date, BeforeValidator(_day), says("{} is not a day as '2014-12-31'")]
#: A promise of the standard that nothing here keeps.
_NotKept = Annotated[None, BeforeValidator(_not_kept)]


class _Range(Spec):
    def faults(self) -> Iterator[Fault]:
        if self.lowest is not None and self.highest is not None and self.lowest > self.highest:
            yield Fault("is less than the minimum", ("maximum",))


# Fields of options and extensions are fields of `Column`, except those that are excluded.


class _NumberOptions(_Range):
    lowest: Number = Field(None, alias="minimum")
    highest: Number = Field(None, alias="maximum")


class _MomentOptions(_Range):
    format: Text = Field(exclude=True)
    lowest: _Day = Field(None, alias="minimum")
    highest: _Day = Field(None, alias="maximum")


class _TextOptions(Spec):
    min_length: Annotated[int, Field(le=1), says("more than 1 is not known: say it with a pattern")] = Field(
        0, exclude=True
    )
    max_length: Count = None
    pattern: Pattern = None


class _NoOptions(Spec):
    pass


class _ColumnExtensions(Spec):
    fills_merged: only("fill") = Field(False, alias="mergedCells")


class _TextExtensions(_ColumnExtensions):
    zero_pad: Count = 0
    as_written: bool = False


class _NumericExtensions(_ColumnExtensions):
    rounds: only("round") = Field(False, alias="surplusDecimals")


class _MomentExtensions(_ColumnExtensions):
    alternative_formats: Words = Field((), exclude=True)


class _SqlType(NamedTuple):
    """A column's type; precision and scale are 0 unless it is numeric."""

    kind: ColumnType
    precision: int = 0
    scale: int = 0

    @classmethod
    def read(cls, text: str) -> _SqlType:
        """The type that is written so.

        Raises:
            ValueError: it is not one of those that raw tables have.
        """
        text = text.replace(" ", "")
        match = _SQL_TYPE.fullmatch(text)
        if not match or (match[1] == ColumnType.NUMERIC) != bool(match[2]):
            known = ["numeric(p,s)" if each is ColumnType.NUMERIC else each for each in ColumnType]
            raise ValueError(f"{text!r} is none of {', '.join(known)}{suggestion(text, known)}")
        found = cls(ColumnType(match[1]), int(match[2] or 0), int(match[3] or 0))
        if match[2] and not max(found.scale, 1) <= found.precision <= _WIDEST:
            raise ValueError(f"{text!r} must have 1 to {_WIDEST} digits, decimals among them")
        return found


class _ColumnSpec(StandardSpec):
    """What columns of all types have; each type has options and extensions of its own."""

    name: Identifier
    business_name: Text
    description: Text
    classification: Annotated[str, BeforeValidator(_classification)]
    physical_type: Text
    physical_name: str | None = None
    logical_type: str | None = None
    logical_type_options: Spec
    custom_properties: _ColumnExtensions
    required: bool = False
    quality: tuple[ColumnRule, ...] = Field((), strict=False)

    unique: _NotKept = None
    primary_key: _NotKept = None
    partitioned: _NotKept = None
    enum: _NotKept = None
    encrypted_name: _NotKept = None
    relationships: _NotKept = None

    @property
    def type(self) -> _SqlType:
        return _SqlType.read(self.physical_type)

    def faults(self) -> Iterator[Fault]:
        kind = self.type.kind
        if self.logical_type not in (None, LOGICAL_TYPES[kind]):
            yield Fault(f"must be {LOGICAL_TYPES[kind]} for {kind}", ("logicalType",))
        if self.physical_name not in (None, self.name):
            yield Fault(f"must be {self.name}", ("physicalName",))
        said = set()
        for i, rule in enumerate(self.quality):
            for fault in rule.check.misfits(kind):
                yield fault.below("quality", i, rule.key)
            if rule.check.field in said:
                yield Fault("says again what an earlier rule says: join the two", ("quality", i))
            said.add(rule.check.field)

    def to_model(self) -> Column:
        kind, precision, scale = self.type
        return Column(
            name=self.name,
            header=self.business_name,
            type=kind,
            sql_type=f"numeric({precision},{scale})" if kind is ColumnType.NUMERIC else kind.value,
            description=self.description,
            classification=self.classification,
            required=self.required,
            precision=precision,
            scale=scale,
            **self.logical_type_options.model_dump(),
            **self.custom_properties.model_dump(),
            **{rule.check.field: rule.check.to_model() for rule in self.quality},
        )


class _TextColumn(_ColumnSpec):
    logical_type_options: parts(_TextOptions)
    custom_properties: extensions(_TextExtensions)


class _NumericColumn(_ColumnSpec):
    logical_type_options: parts(_NumberOptions)
    custom_properties: extensions(_NumericExtensions)


class _WholeColumn(_ColumnSpec):
    logical_type_options: parts(_NumberOptions)
    custom_properties: extensions(_ColumnExtensions)


class _BooleanColumn(_ColumnSpec):
    logical_type_options: parts(_NoOptions)
    custom_properties: extensions(_ColumnExtensions)


class _MomentColumn(_ColumnSpec):
    logical_type_options: parts(_MomentOptions)
    custom_properties: extensions(_MomentExtensions)

    def faults(self) -> Iterator[Fault]:
        yield from super().faults()
        kind = self.type.kind
        yield from _not_a_format(self.logical_type_options.format, kind, "logicalTypeOptions", "format")
        for i, text in enumerate(self.custom_properties.alternative_formats):
            yield from _not_a_format(text, kind, "customProperties", "alternativeFormats", i)

    def to_model(self) -> Column:
        first, others = self.logical_type_options.format, self.custom_properties.alternative_formats
        return replace(super().to_model(), date_formats=(first, *others))


def _not_a_format(text: str, kind: ColumnType, *place: str | int) -> Iterator[Fault]:
    try:
        moment_format(text, kind)
    except ValueError as error:
        yield Fault(f"{text!r} {error}", place)


_SHAPES = {
    ColumnType.TEXT: _TextColumn,
    ColumnType.NUMERIC: _NumericColumn,
    ColumnType.BOOLEAN: _BooleanColumn,
    **dict.fromkeys((ColumnType.INTEGER, ColumnType.BIGINT), _WholeColumn),
    **dict.fromkeys(DATES, _MomentColumn),
}


def _column(value: Any) -> _ColumnSpec:
    try:
        kind = _SqlType.read(value.get("physicalType") or "").kind
    except ValueError as error:
        problem = str(error) if value.get("physicalType") else "is missing"
        raise refusal([Fault(problem, ("physicalType",))]) from None
    return _SHAPES[kind].model_validate(value)


#: A column, read in the shape of its type.
AnyColumn = Annotated[Any, PlainValidator(_column)]
