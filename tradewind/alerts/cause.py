"""What an alert is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ingestion.tabular.cells import printable

_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that is wrong now.

    Attributes:
        key: the same as long as it is the same trouble: its kind, and after a colon what it is about.
        what: what happened, in a sentence.
        means: what it means for the dashboards.
        advice: what to do.
        link: where to look.
        patience: how long it may last before anybody is told; it may pass by itself.
    """

    key: str
    what: str
    means: str
    advice: str
    link: str
    patience: timedelta = timedelta()


class NotKnown(Exception):
    """Whether such a cause exists cannot be said now; the text says why. Its alerts stay as they are."""


def safe(text: str, longest: int = _LONGEST) -> str:
    """A text from a file or an error on one line, and shortened: it may hold anything."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= longest else f"{line[:longest]}…"
