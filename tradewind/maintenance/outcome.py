"""What a step of maintenance did, or would do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """A step's name, how many things it removes, and which, in words."""

    step: str
    number: int
    what: str
