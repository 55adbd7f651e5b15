"""Writes a proposed mapping as YAML, with the evidence for each line as a comment."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator

from ingestion.tabular.cells import printable
from tradewind.mapping.proposal import Proposal, Sureness

_PLAIN = re.compile(r"[A-Za-z_][\w. */()-]*")


def render(proposal: Proposal) -> str:
    """The text of the mapping's file."""
    return "\n".join(_lines(proposal)) + "\n"


def _lines(proposal: Proposal) -> Iterator[str]:
    head = (
        f"Which columns of {proposal.contract.source} make {proposal.model}, as docs/mapping.md explains."
        f" Proposed: review everything marked {Sureness.LIKELY} or {Sureness.GUESS}."
    )
    for text in (head, *(f"{printable(note)}." for note in proposal.notes)):
        yield from (f"# {line}" for line in textwrap.wrap(text, 108))
    yield f"source: {proposal.contract.source}"
    if proposal.business_day:
        yield f"business_day: {proposal.business_day}"
    if proposal.joins:
        yield "joins:"
    for name, join in proposal.joins.items():
        key = ", ".join(f"{column}: {_value(named)}" for column, named in join.key.items())
        yield f"  {name}:  # found for {join.found:.0%} of the rows"
        yield f"    source: {join.contract.source}"
        yield f"    key: {{{key}}}"
    if proposal.of_order:
        yield "# Present on one line per order only; copied to the others."
        yield f"of_order: [{', '.join(proposal.of_order)}]"
    yield "columns:"
    for name, guess in proposal.guesses.items():
        line = f"  {name}: {_value(guess.expression)}"
        yield (
            line if guess.sureness is Sureness.SURE else f"{line}  # {guess.sureness}: {printable(guess.why)}"
        )


def _value(text: str) -> str:
    """A text as YAML; what YAML might take for something else is quoted."""
    return (
        text
        if _PLAIN.fullmatch(text) and text.lower() not in _WORDS
        else json.dumps(text, ensure_ascii=False)
    )


#: What YAML 1.1 reads as something else than a text.
_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"])
