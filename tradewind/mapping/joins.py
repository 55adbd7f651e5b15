"""Finds reference sources whose key a column of the sales names, as products by their code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingestion.contract.model import DATES, NUMBERS, Column, Contract, Upsert
from ingestion.explore.guess.names import words
from tradewind.mapping.evidence import Numbers
from tradewind.mapping.proposal import ProposedJoin
from tradewind.mapping.samples import Sample

#: Share of the rows whose key the reference must have.
_FOUND = 0.8
#: Words that two names share without meaning the same.
_EMPTY = frozenset(["code", "id", "key", "no", "nr", "number", "name", "the", "of"])


@dataclass(frozen=True)
class Joined:
    """A join; `rows` gives for each row of the sales the reference's row, None where it has none."""

    sample: Sample
    join: ProposedJoin
    rows: Sequence[int | None]

    def numbers(self, column: str) -> Numbers | None:
        """A column of figures, one per row of the sales; None if it holds something else."""
        found = self.sample.numbers.get(column)
        return found and [None if row is None else found[row] for row in self.rows]

    def values(self, column: str) -> list[str | None]:
        """A column's values, one per row of the sales."""
        found = self.sample.values(column)
        return [None if row is None else found[row] for row in self.rows]


def find_joins(sample: Sample, references: Sequence[Sample]) -> dict[str, Joined]:
    """The references that can be joined, by the names of their tables, those first that others lead to."""
    found: dict[str, Joined] = {}
    while True:
        new = {
            reference.contract.table: joined
            for reference in references
            if reference.contract.table not in found and (joined := _joined(sample, found, reference))
        }
        if not new:
            return found
        found |= new


def key_column(contract: Contract) -> Column | None:
    """The one column that a reference's rows are told apart by; None where there are several, or none."""
    relation = contract.relation
    if not isinstance(relation, Upsert) or len(relation.key) != 1:
        return None
    return contract.columns[contract.position(relation.key[0])]


def _joined(sample: Sample, found: dict[str, Joined], reference: Sample) -> Joined | None:
    key = key_column(reference.contract)
    if key is None:
        return None
    rows = {value: i for i, value in enumerate(reference.values(key.name))}
    best: Joined | None = None
    for expression, column, values in _columns(sample, found):
        if not _may_name(column, key, reference.contract.table):
            continue
        places = [rows.get(value) for value in values]
        named = sum(value is not None for value in values)
        share = sum(place is not None for place in places) / named if named else 0
        if share >= _FOUND and (best is None or share > best.join.found):
            join = ProposedJoin(reference.contract, {key.name: expression}, share)
            best = Joined(reference, join, places)
    return best


def _columns(sample: Sample, found: dict[str, Joined]) -> Iterator[tuple[str, Column, list[str | None]]]:
    for column in sample.contract.columns:
        yield column.name, column, sample.values(column.name)
    for table, joined in found.items():
        for column in joined.sample.contract.columns:
            yield f"{table}.{column.name}", column, joined.values(column.name)


def _may_name(column: Column, key: Column, table: str) -> bool:
    """Whether a column sounds like a reference's key, and is of its type."""
    if column.type in DATES or (column.type in NUMBERS) != (key.type in NUMBERS):
        return False
    wanted = {*words(key.header), *words(table), *(word.removesuffix("s") for word in words(table))} - _EMPTY
    return column.header == key.header or not wanted.isdisjoint(words(column.header))
