"""Why something cannot be traced."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class TraceError(Exception):
    """What was asked cannot be traced; the text says why, and what can be."""


#: How many names a sentence lists.
_LISTED = 40


def unknown(
    kind: str, name: str, known: Iterable[str], place: str = "", spellings: Iterable[str] = ()
) -> TraceError:
    """There is no such thing; the nearest name or other spelling, and the names that there are."""
    names = sorted(set(known))
    folded = {each.casefold(): each for each in (*spellings, *names)}
    near = get_close_matches(name.casefold(), folded, n=1)
    guess = f"; did you mean {folded[near[0]]}?" if near else "."
    listed = ", ".join(names[:_LISTED]) or "none"
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    return TraceError(f"there is no {kind} {name!r}{place}{guess} There are: {listed}{more}")
