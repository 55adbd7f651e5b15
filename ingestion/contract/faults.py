"""What is wrong in a contract, in sentences, and how pydantic's errors become such faults."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

#: How alike a word and a known one must be to be taken for it, from 0 to 1.
_LIKENESS = 0.7
#: Our sentences for pydantic's errors, by type; errors of other types keep their message.
_SENTENCES = {
    "missing": "is missing",
    "string_type": "{input!r} is not text: write it in quotes",
    "string_too_short": "is missing",
    "string_pattern_mismatch": "{input!r} is not text: write it in quotes",
    "bool_type": "{input!r} is neither true nor false",
    "tuple_type": "must be a list",
    "model_type": "must be a mapping",
    "value_error": "{error}",
}


class Fault(NamedTuple):
    """What is wrong, and where: keys and positions from the part that says so to the value."""

    problem: str
    place: tuple[str | int, ...] = ()

    def below(self, *place: str | int) -> Fault:
        """The same fault, seen from the part that holds this one at `place`."""
        return Fault(self.problem, (*place, *self.place))


def refusal(faults: Iterable[Fault]) -> ValidationError:
    """The exception by which a validator reports several faults, each in its place."""
    return ValidationError.from_exception_data(
        "contract",
        [
            InitErrorDetails(type=PydanticCustomError("fault", fault.problem), loc=fault.place, input=None)
            for fault in faults
        ],
    )


def faults_of(error: ValidationError) -> list[Fault]:
    """The faults that a part's validation has found."""
    return [Fault(each["msg"], each["loc"]) for each in error.errors(include_url=False)]


def suggestion(word: Any, known: Iterable[str]) -> str:
    """`; did you mean 'minimum'?` where one of the known words looks like this one, else nothing."""
    near = difflib.get_close_matches(str(word), list(known), n=1, cutoff=_LIKENESS)
    return f"; did you mean '{near[0]}'?" if near else ""


def not_one_of(value: Any, known: Iterable[str]) -> str:
    """What is said of a value that is not one of the known ones."""
    known = list(map(str, known))
    if len(known) == 1:
        return f"must be {known[0]}"
    return f"must be one of {', '.join(known)}{suggestion(value, known)}"


def _unknown_key(key: Any, known: Iterable[str]) -> str:
    """What is said of an unknown key, which is refused: a key that nobody reads is worse than none."""
    known = list(known)
    return f"is not known; known here: {', '.join(known) or 'none'}{suggestion(key, known)}"


def in_words(error: ErrorDetails, known: Iterable[str]) -> Fault:
    """An error of pydantic's, in a part that has the `known` keys, in our words."""
    kind, place = error["type"], error["loc"]
    if kind == "extra_forbidden":
        return Fault(_unknown_key(place[-1], known), place)
    if kind not in _SENTENCES:
        return Fault(error["msg"], place)
    return Fault(_SENTENCES[kind].format(input=error["input"], **error.get("ctx", {})), place)
