"""A contract's document: the part of the Open Data Contract Standard (3.1) that means something here."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from ingestion.contract.columns import AnyColumn
from ingestion.contract.faults import Fault, suggestion
from ingestion.contract.formats import (
    NumberFormats,
    TextSpec,
    TimeZone,
    Totals,
    VersionPattern,
    number_format,
)
from ingestion.contract.model import DATES, Column, Contract, Freshness, Limit, Rhythm, Sum, TextForm
from ingestion.contract.relations import RelationSpec
from ingestion.contract.rules import TableRule
from ingestion.contract.spec import Spec, StandardSpec, extensions
from ingestion.contract.values import Identifier, Share, Text, Words, choice, not_empty, only

#: Of a raw table's name: Postgres cuts longer ones off, and an index's name is longer still.
_LONGEST_TABLE = 58

_PERIODS = {
    **dict.fromkeys(("d", "day", "days"), "day"),
    **dict.fromkeys(("h", "hour", "hours"), "hour"),
    **dict.fromkeys(("minute", "minutes"), "minute"),
}


class Latency(StandardSpec):
    """One of `slaProperties`: how old the last load may be."""

    property: str
    value: Any
    unit: str | None = None

    def faults(self) -> Iterator[Fault]:
        if self.property != "latency":
            yield Fault(f"{self.property!r} is not known here: only one latency is checked")
        elif type(self.value) is not int or self.value < 1 or self.unit not in _PERIODS:
            yield Fault(f"latency needs a whole value and a unit of {', '.join(_PERIODS)}")

    def to_model(self) -> Freshness:
        return Freshness(self.value, _PERIODS[self.unit])


class About(StandardSpec):
    """The contract's `description`."""

    purpose: str = ""
    usage: str = ""
    limitations: str = ""

    def to_model(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.purpose, self.usage, self.limitations)))


class FileExtensions(Spec):
    """How the source's files are written; each may be left out."""

    number_format: NumberFormats | None = None
    text: TextSpec | None = None
    file_names: Words | None = None
    sheets: Words | None = None
    file_version: VersionPattern | None = None
    empty_words: Words | None = None
    time_zone: TimeZone | None = None
    totals: Totals | None = None
    missing_columns: only("allow") = False


class TableExtensions(Spec):
    """How the source's files relate, and when rows are expected."""

    relation: RelationSpec
    max_rejected_share: Share
    rhythm: choice(Rhythm) | None = None


class TableSpec(StandardSpec):
    """The one table of a contract."""

    name: Identifier
    physical_name: str | None = None
    business_name: str = ""
    description: Text
    custom_properties: extensions(TableExtensions)
    quality: tuple[TableRule, ...] = Field((), strict=False)
    properties: Annotated[tuple[AnyColumn, ...], Field(strict=False), AfterValidator(not_empty)]

    @cached_property
    def columns(self) -> dict[str, Column]:
        """The columns by their names, in the contract's order."""
        return {each.name: each.to_model() for each in self.properties}

    def faults(self) -> Iterator[Fault]:
        yield from self._faults_of_columns()
        for i, rule in enumerate(self.quality):
            for fault in rule.implementation.misfits(self.columns):
                yield fault.below("quality", i, "implementation")
        for fault in self.custom_properties.relation.misfits(self.columns):
            yield fault.below("customProperties", "relation")
        if self.custom_properties.rhythm and not any(each.type in DATES for each in self.columns.values()):
            yield Fault("there is no date column", ("customProperties", "rhythm"))

    def _faults_of_columns(self) -> Iterator[Fault]:
        dates = [column.name for column in self.columns.values() if column.type in DATES]
        taken = set()
        for i, spec in enumerate(self.properties):
            if spec.name in taken:
                yield Fault("the name is used twice", ("properties", i))
            taken.add(spec.name)
            repeats = self.columns[spec.name].repeats
            if repeats and repeats.date not in dates:
                problem = f"repeats {repeats.date!r}, which is not a date column"
                yield Fault(f"{problem}{suggestion(repeats.date, dates)}", ("properties", i))


def _one(tables: tuple[TableSpec, ...]) -> tuple[TableSpec, ...]:
    if len(tables) != 1:
        raise ValueError(f"holds {len(tables)} tables; a contract describes one")
    return tables


class Document(StandardSpec):
    """A contract as its file has it."""

    id: str
    domain: Identifier
    version: Text
    description: About = About()
    sla_properties: tuple[Latency, ...] = Field((), strict=False)
    custom_properties: extensions(FileExtensions)
    tables: Annotated[tuple[TableSpec, ...], Field(alias="schema", strict=False), AfterValidator(_one)]

    def faults(self) -> Iterator[Fault]:
        (table,) = self.tables
        source, raw_table = f"{self.domain}.{table.name}", f"raw_{self.domain}_{table.name}"
        if self.id != source:
            yield Fault(f"is {self.id!r}; domain and table make it {source!r}", ("id",))
        if len(raw_table) > _LONGEST_TABLE:
            problem = f"makes the raw table {raw_table}, longer than {_LONGEST_TABLE} letters"
            yield Fault(problem, ("id",))
        if table.physical_name not in (None, raw_table):
            yield Fault(f"must be {raw_table}", ("schema", 0, "physicalName"))
        for i in range(1, len(self.sla_properties)):
            yield Fault("only one latency is checked", ("slaProperties", i))

    def to_model(self) -> Contract:
        (table,) = self.tables
        files, of_table = self.custom_properties, table.custom_properties
        checks = [rule.implementation.to_model() for rule in table.quality]
        return Contract(
            domain=self.domain,
            table=table.name,
            version=self.version,
            title=table.business_name,
            description=table.description,
            about=self.description.to_model(),
            columns=tuple(table.columns.values()),
            sums=tuple(each for each in checks if isinstance(each, Sum)),
            limits=tuple(each for each in checks if isinstance(each, Limit)),
            number_format=number_format(files.number_format or ()),
            relation=of_table.relation.to_model(),
            max_rejected_share=of_table.max_rejected_share,
            freshness=self.sla_properties[0].to_model() if self.sla_properties else None,
            text_form=files.text.to_model() if files.text else TextForm(),
            file_names=files.file_names or (),
            sheets=files.sheets or (),
            version_pattern=files.file_version.pattern if files.file_version else None,
            empty_words=files.empty_words or (),
            totals=tuple(each.to_model() for each in files.totals or ()),
            time_zone=files.time_zone,
            may_lack_columns=files.missing_columns,
            rhythm=of_table.rhythm,
        )
