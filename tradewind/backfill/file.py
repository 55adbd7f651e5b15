"""Reads `backfills.yaml`: what is to be built again, why, and who says so."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError

from ingestion.contract.faults import Fault, faults_of, not_one_of
from ingestion.contract.spec import Spec
from ingestion.contract.values import Count, Word, Words, not_empty, says
from tradewind.mapping.places import Document, PlacedFault, PlacedFaults
from tradewind.settings import ROOT

FILE = ROOT / "backfills.yaml"

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*", re.ASCII)

_Day = Annotated[date, says("{} is not a day, such as 2014-03-31")]
_Loads = Annotated[tuple[Count, ...], Field(strict=False), AfterValidator(not_empty)]


@dataclass(frozen=True, slots=True)
class Days:
    """Business days, both ends included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Entry:
    """A back-fill: of `days` of `sources` (all where there are none), or else of `loads`."""

    name: str
    what: str
    why: str
    who: str
    days: Days | None
    loads: tuple[int, ...]
    sources: tuple[str, ...]


class _Days(Spec):
    first: _Day = Field(alias="from")
    last: _Day = Field(alias="to")

    def faults(self) -> Iterator[Fault]:
        if self.last < self.first:
            yield Fault(f"{self.last} is before {self.first}", ("to",))


class _Entry(Spec):
    what: Word
    why: Word
    who: Word
    days: _Days | None = None
    loads: _Loads | None = None
    sources: Words | None = None

    def faults(self) -> Iterator[Fault]:
        if (self.days is None) == (self.loads is None):
            yield Fault("names days or loads: one of them, and not both")
        if self.loads and self.sources:
            yield Fault("goes with days: a load has one source", ("sources",))


def read_backfills(sources: Collection[str], path: Path | None = None) -> dict[str, Entry]:
    """The entries of a file, by their names; none where there is no file.

    Args:
        sources: all that there are, as `sales.transactions`.
        path: by default `backfills.yaml` of the repository.

    Raises:
        PlacedFaults: all that is wrong with it, each with file, line and column.
    """
    path = path or FILE
    if not path.exists():
        return {}
    document = Document(path)
    if document.values is None:
        return {}
    if not isinstance(document.values, dict):
        raise PlacedFaults([document.fault((), "must be a mapping of names to back-fills")])
    found: dict[str, Entry] = {}
    faults: list[PlacedFault] = []
    for name, value in document.values.items():
        if not (isinstance(name, str) and _NAME.fullmatch(name)):
            faults.append(document.fault((name,), "a name is lower-case letters, digits and hyphens"))
            continue
        try:
            said = _Entry.model_validate(value)
        except ValidationError as error:
            faults += [document.fault((name, *each.place), each.problem) for each in faults_of(error)]
            continue
        for number, source in enumerate(said.sources or ()):
            if source not in sources:
                faults.append(document.fault((name, "sources", number), not_one_of(source, sources)))
        days = Days(said.days.first, said.days.last) if said.days else None
        found[name] = Entry(name, said.what, said.why, said.who, days, said.loads or (), said.sources or ())
    if faults:
        raise PlacedFaults(faults)
    return found
