"""Turns what was guessed of a table's columns into columns of a contract, with remarks for its reviewer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ingestion.contract.model import Column, ColumnType
from ingestion.explore.guess.columns import ColumnGuess, TypeGuess
from ingestion.explore.guess.dates import MomentType
from ingestion.explore.guess.names import identifier
from ingestion.explore.guess.numbers import FigureType
from ingestion.explore.guess.persons import Hint, hints_of
from ingestion.explore.guess.tables import TableGuess, TableTypes

TODO = "TODO describe:"

#: Rows per distinct value from which a column of texts is a list of choices rather than of names.
_ROWS_A_CHOICE = 5


@dataclass(frozen=True, slots=True)
class DraftColumn:
    """A column, the `choices` it may be limited to, and its longest text.

    `sensitivity` says why it has its classification, empty where nothing points to a person. `doubts` are
    what its values do not tell.

    `is_shortened` says that a spreadsheet has cut off digits of its numbers, so that they tell nothing apart.
    """

    column: Column
    sensitivity: str
    doubts: tuple[str, ...]
    choices: tuple[str, ...] = ()
    longest: int = 0
    is_shortened: bool = False

    @property
    def remarks(self) -> tuple[str, ...]:
        """All that its reviewer should know."""
        return (self.sensitivity, *self.doubts) if self.sensitivity else self.doubts


def draft_columns(guess: TableGuess, types: TableTypes) -> list[DraftColumn]:
    """The columns in the table's order, each with a name of its own."""
    drafted: list[DraftColumn] = []
    hints = hints_of(
        [
            (seen.header, kind.type, seen.persons)
            for seen, kind in zip(guess.columns, types.types, strict=True)
        ]
    )
    taken: set[str] = set()
    of_columns = zip(guess.columns, types.types, hints, strict=True)
    for number, (seen, kind, hint) in enumerate(of_columns, 1):
        name = identifier(seen.header, f"column_{number}", taken)
        taken.add(name)
        drafted.append(_column(name, seen, kind, hint, guess.rows, types.empty_words))
    return drafted


def _column(
    name: str, seen: ColumnGuess, kind: TypeGuess, hint: Hint, rows: int, empty_words: tuple[str, ...]
) -> DraftColumn:
    figure, moment = kind.figure or FigureType(kind.type), kind.moment or MomentType(kind.type, ())
    is_numeric = kind.type is ColumnType.NUMERIC
    column = Column(
        name=name,
        # A header without any sign is compared as one of spaces; a contract must say something.
        header=seen.header.strip() or " ",
        type=kind.type,
        sql_type=f"numeric({figure.precision},{figure.scale})" if is_numeric else kind.type.value,
        description=f"{TODO} {name}",
        classification=hint.classification,
        required=bool(rows) and not seen.empty and not seen.words.keys() & set(empty_words),
        precision=figure.precision,
        scale=figure.scale,
        rounds=figure.rounds,
        zero_pad=seen.code_length() if kind.type is ColumnType.TEXT else 0,
        date_formats=moment.formats,
    )
    is_text = kind.type is ColumnType.TEXT
    are_choices = is_text and hint.classification == "public" and _are_choices(seen, rows)
    return DraftColumn(
        column,
        f"{hint.classification}: {hint.reason}; check it" if hint.reason else "",
        tuple(_doubts(column, seen, moment)),
        tuple(sorted(seen.choices)) if are_choices else (),
        seen.longest if is_text else 0,
        bool(seen.shortened),
    )


def _are_choices(seen: ColumnGuess, rows: int) -> bool:
    return bool(seen.choices) and _ROWS_A_CHOICE * len(seen.choices) <= rows


def _doubts(column: Column, seen: ColumnGuess, moment: MomentType) -> Iterator[str]:
    if column.header == " ":
        yield "the file gives this column no header"
    if not seen.filled:
        yield "no value was seen: the type is not known"
    if seen.shortened:
        yield (
            f"a spreadsheet has shortened numbers as {seen.shortened}: their last digits are lost, and"
            " different ones may have become equal; ask for a file in which they are texts"
        )
    if column.type is ColumnType.TEXT and seen.are_days:
        yield (
            "these look like days, but no one format fits them all: some may have the day first and some the"
            " month; ask which, or for one way of writing them"
        )
    if moment.is_open:
        yield f"no value tells the day from the month: is it {moment.formats[0]}, or the other way round?"
    elif len({each.partition("H")[0].partition("h")[0] for each in moment.formats}) > 1:
        yield "days are written in several ways"
    if any("X" in each for each in moment.formats):
        yield "times with an offset are turned into UTC, or into the zone that the contract names as timeZone"
    if column.rounds:
        yield f"some values have more decimals than {column.scale}: they are rounded"
    if column.zero_pad:
        yield f"a code of {column.zero_pad} digits: shorter ones are filled up with leading zeros"
