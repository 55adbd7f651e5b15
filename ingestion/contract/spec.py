"""The base of all parts of a contract: strict, and with all of their faults at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from ingestion.contract.faults import Fault, in_words, not_one_of, refusal


class Spec(BaseModel):
    """A part of a contract as its YAML says it; its keys are in camel case, and no others are allowed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel)

    def faults(self) -> Iterable[Fault]:
        """What is wrong between values that are sound each by itself."""
        return ()

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, value: Any, read: Callable[[Any], Spec]) -> Spec:
        try:
            spec = read(value)
        except ValidationError as error:
            known = [field.alias for field in cls.model_fields.values()]
            raise refusal(in_words(each, known) for each in error.errors(include_url=False)) from None
        if found := list(spec.faults()):
            raise refusal(found)
        return spec


class StandardSpec(Spec):
    """A part of the standard, whose schema has checked all keys; those without a field here are ignored."""

    model_config = ConfigDict(extra="ignore")


def parts(kind: type[Spec]) -> Any:
    """The type of a mapping that may be left out: it is then empty."""
    return Annotated[kind, Field(default={}, validate_default=True)]


def extensions(kind: type[Spec]) -> Any:
    """The type of `customProperties`: values by their names, in the standard's list of both."""
    return Annotated[parts(kind), BeforeValidator(_by_name)]


def _by_name(items: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in items or []:
        if item["property"] in found:
            raise refusal([Fault("is there twice", (item["property"],))])
        found[item["property"]] = item["value"]
    return found


def one_by(key: str, *kinds: type[Spec]) -> Any:
    """The type of a part of one of several kinds, told apart by the word that each has under `key`."""
    by_word = {get_args(kind.model_fields[key].annotation)[0]: kind for kind in kinds}

    def read(value: Any) -> Spec:
        if not isinstance(value, dict) or key not in value:
            raise ValueError(f"must be a mapping with {key}: {', '.join(by_word)}")
        if value[key] not in list(by_word):
            raise refusal([Fault(not_one_of(value[key], by_word), (key,))])
        return by_word[value[key]].model_validate(value)

    return Annotated[Any, PlainValidator(read), Field(default=None, validate_default=True)]
