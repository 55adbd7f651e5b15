"""How a contract says how a file relates to earlier ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from ingestion.contract.faults import Fault, suggestion
from ingestion.contract.formats import PartPattern
from ingestion.contract.model import DATES, Append, Column, Period, Repeats, Restate, ScopePart, Upsert
from ingestion.contract.spec import Spec, one_by
from ingestion.contract.values import Share, Words, choice


def _different(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise ValueError("names a column twice")
    return names


def _parts(value: Any) -> Any:
    if not isinstance(value, list):
        raise ValueError("must be a list of {column: NAME} or {column: DATE, by: month}")
    return value


#: The columns of a contract by their names.
Columns = Mapping[str, Column]


class AppendSpec(Spec):
    kind: Literal["append"]

    def misfits(self, columns: Columns) -> Iterator[Fault]:
        """What does not fit the contract's columns."""
        return iter(())

    def to_model(self) -> Append:
        return Append()


class UpsertSpec(Spec):
    kind: Literal["upsert"]
    key: Annotated[Words, AfterValidator(_different)]
    latest: str | None = None
    repeats: choice(Repeats) = Repeats.HOLD

    def misfits(self, columns: Columns) -> Iterator[Fault]:
        """What does not fit the contract's columns."""
        for name in self.key:
            yield from _never_null(name, columns, "key")
        if self.latest is not None:
            yield from _known(self.latest, columns, "latest")

    def to_model(self) -> Upsert:
        return Upsert(self.key, self.latest, self.repeats)


class ScopePartSpec(Spec):
    column: str
    by: choice(Period) | None = None

    def misfits(self, columns: Columns) -> Iterator[Fault]:
        """What does not fit the contract's columns."""
        yield from _never_null(self.column, columns, "column")
        if self.by and self.column in columns and columns[self.column].type not in DATES:
            yield Fault(f"{self.column!r} is not a date column")

    def to_model(self) -> ScopePart:
        return ScopePart(self.column, self.by)


class RestateSpec(Spec):
    kind: Literal["restate"]
    scope: Annotated[tuple[ScopePartSpec, ...], BeforeValidator(_parts)] = Field(
        None, strict=False, validate_default=True
    )
    max_shrink: Share | None = None
    file_parts: PartPattern | None = None

    def misfits(self, columns: Columns) -> Iterator[Fault]:
        """What does not fit the contract's columns."""
        for i, part in enumerate(self.scope):
            for fault in part.misfits(columns):
                yield fault.below("scope", i)

    def to_model(self) -> Restate:
        parts = tuple(part.to_model() for part in self.scope)
        return Restate(parts, self.max_shrink, self.file_parts and self.file_parts.pattern)


RelationSpec = one_by("kind", AppendSpec, UpsertSpec, RestateSpec)


def _known(name: str, columns: Columns, *place: str | int) -> Iterator[Fault]:
    """A fault at `place` where there is no column of this name."""
    if name not in columns:
        yield Fault(f"there is no column {name!r}{suggestion(name, columns)}", place)


def _never_null(name: str, columns: Columns, *place: str | int) -> Iterator[Fault]:
    """Rows are told apart by the column, so it is never null."""
    yield from _known(name, columns, *place)
    if name in columns and not columns[name].required:
        yield Fault(f"{name!r} may be null: it must be required", place)
