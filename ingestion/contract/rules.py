"""The quality rules of a contract: each becomes a check of every row, or the contract is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, PlainValidator

from ingestion.contract.faults import Fault, suggestion
from ingestion.contract.model import NUMBERS, ColumnType, DatePart, DateRepeat, Limit, Sum
from ingestion.contract.relations import Columns
from ingestion.contract.spec import Spec, StandardSpec, one_by
from ingestion.contract.values import Number, Text, Words, choice, not_empty, says

_WHOLE = (ColumnType.INTEGER, ColumnType.BIGINT)


class AllowedSpec(Spec):
    """The only values of a column."""

    #: The field of `Column` that the check becomes.
    field: ClassVar[str] = "allowed"
    valid_values: Annotated[tuple[Any, ...], Field(strict=False), AfterValidator(not_empty)]

    def misfits(self, kind: ColumnType) -> Iterator[Fault]:
        """What does not fit a column of this type."""
        if kind is not ColumnType.TEXT and kind not in _WHOLE:
            yield Fault(f"fits texts and whole numbers, not {kind}", ("validValues",))
            return
        for i, value in enumerate(self.valid_values):
            if kind is ColumnType.TEXT and not (isinstance(value, str) and value.strip()):
                yield Fault(f"{value!r} is not text: write it in quotes", ("validValues", i))
            elif kind in _WHOLE and type(value) is not int:
                yield Fault(f"{value!r}: must be a list of whole numbers", ("validValues", i))

    def to_model(self) -> tuple[str, ...]:
        return tuple(map(str, self.valid_values))


class ReservedSpec(Spec):
    """Words that no text may be."""

    field: ClassVar[str] = "reserved"
    check: Literal["reserved"]
    values: Words

    def misfits(self, kind: ColumnType) -> Iterator[Fault]:
        """What does not fit a column of this type."""
        if kind is not ColumnType.TEXT:
            yield Fault(f"fits texts, not {kind}")

    def to_model(self) -> tuple[str, ...]:
        return self.values


class RepeatsDateSpec(Spec):
    """The column says again what a part of a date says."""

    field: ClassVar[str] = "repeats"
    check: Literal["repeats_date"]
    date: Text
    part: choice(DatePart)

    def misfits(self, kind: ColumnType) -> Iterator[Fault]:
        """What does not fit a column of this type."""
        fitting = (ColumnType.TEXT,) if self.part is DatePart.MONTH_NAME else _WHOLE
        if kind not in fitting:
            yield Fault(f"{self.part} fits {' and '.join(fitting)}, not {kind}")

    def to_model(self) -> DateRepeat:
        return DateRepeat(self.date, self.part)


class InvalidValues(StandardSpec):
    """The standard's own rule of `invalidValues`, of which there must be none."""

    #: The key that holds the check.
    key: ClassVar[str] = "arguments"
    arguments: AllowedSpec

    @property
    def check(self) -> AllowedSpec:
        return self.arguments


class TradewindRule(StandardSpec):
    """A rule that the standard leaves to the engine."""

    key: ClassVar[str] = "implementation"
    implementation: one_by("check", RepeatsDateSpec, ReservedSpec)

    @property
    def check(self) -> ReservedSpec | RepeatsDateSpec:
        return self.implementation


def _rule(value: Any) -> InvalidValues | TradewindRule:
    if value.get("metric") == "invalidValues" and value.get("mustBe") == 0:
        return InvalidValues.model_validate(value)
    if value.get("engine") == "tradewind":
        return TradewindRule.model_validate(value)
    raise ValueError("is neither invalidValues that mustBe 0 nor of the engine tradewind")


#: A rule of one column.
ColumnRule = Annotated[Any, PlainValidator(_rule)]


class AddsUpSpec(Spec):
    """The column `total` is the sum of `plus` less `minus`."""

    check: Literal["adds_up"]
    total: str
    plus: Words
    minus: Words = ()
    tolerance: Annotated[Number, Field(ge=0), says("{} is not a number from 0")] = Decimal(0)

    def misfits(self, columns: Columns) -> Iterator[Fault]:
        """What does not fit the contract's columns."""
        yield from _not_numbers([self.total], columns, "total")
        yield from _not_numbers(self.plus, columns, "plus")
        yield from _not_numbers(self.minus, columns, "minus")

    def to_model(self) -> Sum:
        return Sum(self.total, self.plus, self.minus, self.tolerance)


class AtMostSpec(Spec):
    """The column `column` is not more than `limit`."""

    check: Literal["at_most"]
    column: str
    limit: str

    def misfits(self, columns: Columns) -> Iterator[Fault]:
        """What does not fit the contract's columns."""
        yield from _not_numbers([self.column], columns, "column")
        yield from _not_numbers([self.limit], columns, "limit")

    def to_model(self) -> Limit:
        return Limit(self.column, self.limit)


class TableRule(StandardSpec):
    """A rule between the columns of a table."""

    engine: Annotated[Literal["tradewind"], says("{} is not the engine tradewind")]
    implementation: one_by("check", AddsUpSpec, AtMostSpec)


def _not_numbers(names: Iterable[str], columns: Columns, key: str) -> Iterator[Fault]:
    numbers = [column.name for column in columns.values() if column.type in NUMBERS]
    for name in names:
        if name not in numbers:
            yield Fault(f"{name!r} is not a column of numbers{suggestion(name, numbers)}", (key,))
