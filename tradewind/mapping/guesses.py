"""Guesses of one proposal, and the figures of the sample behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ingestion.contract.columns import CLASSIFICATIONS
from ingestion.contract.model import DATES, NUMBERS, Column, ColumnType
from ingestion.explore.guess.names import is_id
from ingestion.tabular.cells import printable
from tradewind.mapping import names
from tradewind.mapping.canonical import CanonicalColumn
from tradewind.mapping.evidence import Numbers
from tradewind.mapping.expressions import Kind
from tradewind.mapping.joins import Joined
from tradewind.mapping.proposal import Guess, Sureness
from tradewind.mapping.samples import Sample

#: From here on a name means a figure, although one of its words may mean a key: `item tax`.
_SPOKEN = 0.6


@dataclass
class Guesses:
    """What was guessed so far, `found`, by canonical column; `notes` say what was left out, and why."""

    sample: Sample
    joined: dict[str, Joined]
    columns: Sequence[CanonicalColumn]
    found: dict[str, Guess] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    _dropped: set[tuple[str, str]] = field(default_factory=set)

    def by_name(self) -> None:
        """Give each canonical column the column whose name fits it best, and each column to one of them.

        What was dropped is not taken again as the same.
        """
        self.found.clear()
        taken: set[str] = set()
        for fit, target, expression, header in sorted(self._candidates(), key=lambda each: -each[0]):
            is_free = target not in self.found and expression not in taken
            if is_free and (target, expression) not in self._dropped:
                sureness = Sureness.SURE if fit >= names.TELLING else Sureness.LIKELY
                self.found[target] = Guess(expression, sureness, f"by the name {printable(header)}")
                self.headers[expression] = header
                taken.add(expression)

    def figures(self, target: str) -> Numbers | None:
        """The figures that were guessed for a canonical column; None where they are not a column's own."""
        return self.figures_of(self.found[target].expression) if target in self.found else None

    def figures_of(self, expression: str) -> Numbers | None:
        """The figures of a column; None where the expression is not one."""
        table, _, name = expression.rpartition(".")
        if table:
            return self.joined[table].numbers(name) if table in self.joined else None
        return self.sample.numbers.get(name)

    def is_whole(self, target: str) -> bool:
        """Whether what was guessed for a canonical column is a column of whole numbers."""
        table, _, name = self.found[target].expression.rpartition(".")
        contract = self.joined[table].sample.contract if table else self.sample.contract
        return contract.columns[contract.position(name)].type in (ColumnType.INTEGER, ColumnType.BIGINT)

    def texts(self, target: str) -> Sequence[str | None] | None:
        """The values that were guessed for a canonical column; None where they are not a column's own."""
        if target not in self.found:
            return None
        table, _, name = self.found[target].expression.rpartition(".")
        if table:
            return self.joined[table].values(name) if table in self.joined else None
        known = {column.name for column in self.sample.contract.columns}
        return self.sample.values(name) if name in known else None

    def header(self, target: str) -> str:
        """The header of the column that was guessed for a canonical column."""
        return self.headers.get(self.found[target].expression, "")

    def prove(self, target: str, why: str) -> None:
        """Mark a guess as sure, because the figures prove it."""
        self.found[target] = replace(self.found[target], sureness=Sureness.SURE, why=why)

    def move(self, target: str, to: str, sureness: Sureness, why: str) -> None:
        """Reassign a guess to another canonical column."""
        self.found[to] = Guess(self.found.pop(target).expression, sureness, why)

    def drop(self, target: str, why: str) -> None:
        """Withdraw a guess, with a note that says why."""
        expression = self.found.pop(target).expression
        self._dropped.add((target, expression))
        self.notes.append(f"{expression} is not taken as {target}: {why}")

    def _candidates(self) -> Iterator[tuple[float, str, str, str]]:
        for table, columns in self._tables():
            for column in columns:
                expression = f"{table}.{column.name}" if table else column.name
                for target in self.columns:
                    # of two that fit as well, the one of the sales themselves
                    fit = names.fit(target, column.header, table) - (0.01 if table else 0)
                    if fit >= names.LEAST and self._may_be(target, column, table, fit):
                        yield fit, target.name, expression, column.header

    def _may_be(self, target: CanonicalColumn, column: Column, table: str, fit: float) -> bool:
        if CLASSIFICATIONS.index(column.classification) > CLASSIFICATIONS.index(target.classification):
            return False
        match target.kind:
            case Kind.NUMBER:
                # `line` and `item` speak of keys, but a line total is one of the names that were listed
                is_figure = column.type in NUMBERS and (fit >= _SPOKEN or not is_id(column.header))
                return is_figure and (not table or target.may_be_looked_up)
            case Kind.DATE:
                return column.type in DATES
            case _:
                # the key of a reference stands for what the reference says in words
                expression = f"{table}.{column.name}" if table else column.name
                if column.type in NUMBERS and not target.may_be_number:
                    return False
                is_key = expression in self._keys and not target.may_be_key
                return column.type not in DATES and not is_key

    @property
    def _keys(self) -> set[str]:
        return {named for each in self.joined.values() for named in each.join.key.values()} | {
            f"{name}.{key}" for name, each in self.joined.items() for key in each.join.key
        }

    def _tables(self) -> Iterator[tuple[str, Sequence[Column]]]:
        yield "", self.sample.contract.columns
        for name, each in self.joined.items():
            yield name, each.sample.contract.columns
