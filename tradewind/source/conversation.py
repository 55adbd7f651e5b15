"""A proposed mapping, shown, and corrected by the person at the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from ingestion.contract.faults import suggestion
from ingestion.contract.time_zones import place_zone
from ingestion.tabular.cells import printable
from tradewind.mapping.business_day import UnknownZone, check_days, times_in
from tradewind.mapping.canonical import CanonicalModel, canonical_columns, feeds, intake
from tradewind.mapping.expressions import ExpressionFault, nearest
from tradewind.mapping.files import read_mapping
from tradewind.mapping.model import Mapping
from tradewind.mapping.places import PlacedFaults
from tradewind.mapping.preview import first_rows
from tradewind.mapping.proposal import Guess, Proposal, Sureness
from tradewind.mapping.render import render
from tradewind.mapping.sources import Proposed
from tradewind.source.errors import SourceError
from tradewind.source.screen import say, show_proposal, show_rows

_HELP = """\
  Enter                 takes the mapping as it is
  column = expression   corrects a column, as in: {example}
  column =              leaves a column out
  business_day = zone   counts days in a time zone, as in: business_day = Europe/Berlin
  ?                     lists the columns of the files
  q                     ends without writing anything"""


def instructions(model: CanonicalModel) -> str:
    """What can be answered, one line each."""
    return _HELP.format(example=intake(model).example)


#: Asks a question, and returns the answer; EOFError where there is none.
Ask = Callable[[str], str]


class Ended(Exception):
    """The person has ended the conversation: nothing is written."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A valid mapping, its path, the text of its file, and the proposal behind it."""

    path: Path
    text: str
    mapping: Mapping
    proposal: Proposal


def settle(found: Proposed, warehouse: str, ask: Ask | None) -> Settled:
    """Show a proposal with its first rows, and correct it until it is taken.

    Args:
        warehouse: address of a Postgres server that computes the first rows.
        ask: asks the person; without it the proposal is taken as it is.

    Raises:
        SourceError: the proposal cannot be taken, and nobody is there to correct it.
        Ended: the person does not want it.
    """
    proposal = found.proposal
    settled = _shown(found, proposal, warehouse)
    if ask is None:
        if settled is None:
            raise SourceError(_lacks(found))
        return settled
    say(instructions(proposal.model))
    while True:
        answer = _answer(ask)
        if answer == "" and settled:
            return settled
        if answer == "?":
            _list_columns(found)
        elif answer in ("q", "quit"):
            raise Ended
        elif "=" not in answer:
            say("Write a column, = and an expression; Enter takes the mapping, q ends.")
        elif corrected := _corrected(found, proposal, answer):
            proposal = corrected
            settled = _shown(found, proposal, warehouse)


def in_currency(found: Proposed, code: str) -> Proposed:
    """The same, with amounts in the currency `code` (ISO 4217) where no column says in which.

    Raises:
        SourceError: there is no such currency.
    """
    from babel.numbers import list_currencies  # a tenth of a second to import

    known = list_currencies()
    if code not in known:
        raise SourceError(f"CURRENCY={code} is not a code of ISO 4217, such as EUR{suggestion(code, known)}")
    proposal, named = found.proposal, found.proposal.guesses.get("currency")
    if not any(column.name == "currency" for column in canonical_columns(proposal.model)):
        say(f"CURRENCY={code} is not used: {intake(proposal.model).called} has no amounts")
        return found
    if named and not named.expression.startswith("'"):
        say(f"CURRENCY={code} is for files that name none; here {named.expression} does")
        return found
    guesses = {**proposal.guesses, "currency": Guess(f"'{code}'", Sureness.SURE, "by you")}
    return replace(found, proposal=replace(proposal, guesses=guesses))


def in_zone(found: Proposed, zone: str) -> Proposed:
    """The same, with days counted in this time zone, where the files say when in the world something was.

    Raises:
        SourceError: there is no such zone.
    """
    try:
        zone = place_zone(zone)
    except ValueError as error:
        raise SourceError(f"ZONE={zone}: {error}") from None
    if reason := _keeps_its_days(found):
        say(f"ZONE={zone} is not used: {reason}")
        return found
    return replace(found, proposal=replace(found.proposal, business_day=zone))


def _keeps_its_days(found: Proposed) -> str | None:
    """Why the days of a source are not counted in another zone; None if they can be."""
    tables = found.proposal.tables
    name = feeds(found.proposal.model).day
    day = found.proposal.guesses.get(name)
    if day is None:
        return f"no {name} was found"
    try:
        expression = found.proposal.expression(name)
        check_days([expression], tables)
    except (ExpressionFault, UnknownZone) as fault:
        return str(fault)
    samples = {sample.contract.source: sample for sample in found.samples}
    times = [
        value
        for table, name in times_in(expression, tables)
        for value in samples[tables[table].source].values(name)
        if value
    ]
    if times and all(value.endswith(" 00:00:00") for value in times):
        return f"each time of {day.expression} is midnight, so it is a day already"
    return None


def _answer(ask: Ask) -> str:
    try:
        return ask("> ").strip()
    except EOFError:
        raise Ended from None


def _shown(found: Proposed, proposal: Proposal, warehouse: str) -> Settled | None:
    """The proposal as a mapping, after it was shown; None where it cannot be one."""
    show_proposal(proposal)
    for doubt in found.doubts:
        say(printable(doubt))
    try:
        settled = _read(found, proposal)
    except PlacedFaults as faults:
        for fault in faults.faults:
            say(f"not yet complete: {fault}")
        return None
    samples = {sample.contract.source: sample for sample in found.samples}
    try:
        show_rows(first_rows(warehouse, settled.mapping, samples), intake(proposal.model).shown)
    except psycopg.Error as error:
        say(f"the first rows cannot be computed: {str(error).splitlines()[0]}")
    return settled


def _read(found: Proposed, proposal: Proposal) -> Settled:
    body = render(proposal)
    mapping = read_mapping(found.path, [each.contract for each in found.used], body)
    return Settled(found.path, body, mapping, proposal)


def _corrected(found: Proposed, proposal: Proposal, answer: str) -> Proposal | None:
    """The proposal with an answer such as `profit = sales - cost`; None where that cannot be."""
    name, _, expression = (part.strip() for part in answer.partition("="))
    if name == "business_day":
        return _with_business_day(found, proposal, expression)
    columns = [column.name for column in canonical_columns(proposal.model)]
    if name not in columns:
        say(f"{name} is not a canonical column{nearest(name, columns)}")
        return None
    guesses = {key: guess for key, guess in proposal.guesses.items() if key != name}
    if expression:
        guesses[name] = Guess(expression, Sureness.SURE, "by you")
    ordered = {column: guesses[column] for column in columns if column in guesses}
    of_order = [each for each in proposal.of_order if each in ordered and "order_number" in ordered]
    corrected = replace(proposal, guesses=ordered, of_order=of_order)
    try:
        _read(found, corrected)
    except PlacedFaults as faults:
        # what is missing may still come; what was just said must be right
        wrong = [each for each in faults.faults if expression and f"columns.{name}" in str(each)]
        for fault in wrong:
            say(str(fault).partition(": ")[2])
        return None if wrong else corrected
    return corrected


def _with_business_day(found: Proposed, proposal: Proposal, zone: str) -> Proposal | None:
    corrected = replace(proposal, business_day=zone or None)
    try:
        _read(found, corrected)
    except PlacedFaults as faults:
        wrong = [each for each in faults.faults if ": business_day: " in str(each)]
        for fault in wrong:
            say(str(fault).partition(": ")[2])
        return None if wrong else corrected
    return corrected


def _list_columns(found: Proposed) -> None:
    joins = {join.contract.source: name for name, join in found.proposal.joins.items()}
    for each in found.used:
        prefix = f"{joins[each.contract.source]}." if each.contract.source in joins else ""
        names = ", ".join(f"{prefix}{column.name}" for column in each.contract.columns)
        say(f"{each.contract.source}: {names}")


def _lacks(found: Proposed) -> str:
    names = ", ".join(str(path) for path in found.used[0].paths)
    lacking = " and ".join(found.lacking) or "a mapping"
    said = intake(found.proposal.model)
    columns = ", ".join(printable(column.header) for column in found.used[0].contract.columns)
    return (
        f"nothing was found for {lacking} in {names}, whose columns are {columns}. In a terminal, without"
        f" YES=1, you can say which column it is. A file of {said.called} needs {said.needs}."
    )
