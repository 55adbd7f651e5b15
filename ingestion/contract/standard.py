"""Checks contracts against the JSON schema of the Open Data Contract Standard (ODCS 3.1)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ingestion.contract.faults import Fault, not_one_of, suggestion

if TYPE_CHECKING:
    from jsonschema import Draft201909Validator, ValidationError

_EXTRA = ("additionalProperties", "unevaluatedProperties")


def breaches(document: Any) -> list[Fault]:
    """What breaks the standard, one fault per place."""
    errors = sorted(_validator().iter_errors(document), key=lambda each: each.json_path)
    found: dict[tuple[str | int, ...], Fault] = {}
    for error in errors:
        if error.validator not in _EXTRA:
            found |= {fault.place: fault for fault in _faults(error)}
    wrong = list(found)
    for error in errors:
        if error.validator in _EXTRA:
            at = tuple(error.absolute_path)
            is_wrong_within = any(place[: len(at)] == at for place in wrong)
            for key in _unexpected(error):
                # A wrong value makes the keys beside it unexpected, too.
                if key not in _known_keys() or not is_wrong_within:
                    problem = f"is not known to the standard here{suggestion(key, _known_keys())}"
                    found.setdefault((*at, key), Fault(problem, (*at, key)))
    return list(found.values())


def _faults(error: ValidationError) -> Iterator[Fault]:
    at = tuple(error.absolute_path)
    if error.validator == "required":
        yield from (
            Fault("is missing", (*at, key)) for key in error.validator_value if key not in error.instance
        )
    elif error.validator == "enum":
        yield Fault(not_one_of(error.instance, error.validator_value), at)
    elif error.validator_value == "string" and not isinstance(error.instance, dict | list):
        yield Fault(f"{error.instance} is not text: write it in quotes", at)
    else:
        yield Fault(error.message, at)


def _unexpected(error: ValidationError) -> list[str]:
    """The keys that an error names: only its message holds them."""
    return [str(key) for key in error.instance if repr(key) in error.message]


@cache
def _schema() -> Any:
    return json.loads((files("open_data_contract_standard") / "schema.json").read_text("utf-8"))


@cache
def _validator() -> Draft201909Validator:
    from jsonschema import Draft201909Validator

    return Draft201909Validator(_schema())


@cache
def _known_keys() -> frozenset[str]:
    """Every key that the standard has anywhere."""
    return frozenset(_keys(_schema()))


def _keys(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(properties := schema.get("properties"), dict):
            yield from properties
        for each in schema.values():
            yield from _keys(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from _keys(each)
