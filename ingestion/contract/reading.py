"""Reads a contract from its text, and names everything that is wrong in it with its place.

It is checked in three steps, each of which finds all that it can: YAML, the standard's own JSON schema, and
the part of the standard and the extension keys that Tradewind uses (`contracts/README.md`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml
from pydantic import ValidationError

from ingestion.contract.document import Document
from ingestion.contract.faults import Fault, faults_of
from ingestion.contract.memo import Reading
from ingestion.contract.places import LOADER, Places
from ingestion.contract.standard import breaches

#: What dbt takes for a template, even inside quotes.
TEMPLATE = re.compile(r"\{[{%#]")


def read(text: str) -> Reading:
    """The contract that a text is, or why it is not one."""
    try:
        document = yaml.load(text, Loader=LOADER)
        places = Places(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "file"
        return Reading(None, ((place, getattr(error, "problem", None) or "not YAML"),))
    repeated = [Fault("is there twice", tuple(place)) for place in places.repeated_keys()]
    if faults := [*repeated, *breaches(document), *_templates(document)]:
        return _refused(faults, places)
    try:
        return Reading(Document.model_validate(document).to_model())
    except ValidationError as error:
        return _refused(faults_of(error), places)


def _templates(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[Fault]:
    """Texts that dbt would take for templates: they become part of its files."""
    if isinstance(value, str) and (found := TEMPLATE.search(value)):
        yield Fault(f"dbt would take {found[0]!r} for a template: write it in another way", place)
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _templates(each, (*place, key))
    if isinstance(value, list):
        for i, each in enumerate(value):
            yield from _templates(each, (*place, i))


def _refused(faults: Sequence[Fault], places: Places) -> Reading:
    """The faults in the order of the text."""
    found = sorted((places.find(fault.place), fault.problem) for fault in faults)
    return Reading(None, tuple((str(spot), problem) for spot, problem in found))
