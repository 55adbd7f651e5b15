"""What is proposed: expressions for the canonical columns, each with how sure it is and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ingestion.contract.model import Contract
from tradewind.mapping.business_day import UnknownZone, days_in
from tradewind.mapping.canonical import CanonicalModel, canonical_columns, derivations
from tradewind.mapping.expressions import Expression, ExpressionFault, Kind, check


class Sureness(StrEnum):
    """How far a guess can be relied on."""

    #: Its name says so and nothing contradicts it, or the figures prove it.
    SURE = "sure"
    #: Its name or its values suggest it.
    LIKELY = "likely"
    #: Needs review.
    GUESS = "guess"


@dataclass(frozen=True, slots=True)
class Guess:
    """An expression for a canonical column; `why` gives the evidence in a few words."""

    expression: str
    sureness: Sureness
    why: str


@dataclass(frozen=True, slots=True)
class ProposedJoin:
    """The reference `contract`, whose key column is named by a column of the mapped source or another join.

    `found` is the share of the sample's rows whose key is there.
    """

    contract: Contract
    key: Mapping[str, str]
    found: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping of `contract` to `model`, for a person to look at; `notes` say what was left out, and why.

    `of_order` are columns that stand on one line of an order alone; `business_day` is the zone in which days
    are counted, if a person named one.
    """

    contract: Contract
    model: CanonicalModel
    guesses: Mapping[str, Guess]
    joins: Mapping[str, ProposedJoin]
    notes: Sequence[str] = ()
    of_order: Sequence[str] = ()
    business_day: str | None = None

    @property
    def missing(self) -> Sequence[str]:
        """Canonical columns that are neither proposed nor follow from what is, in their order."""
        columns = canonical_columns(self.model)
        known = {*self.guesses, *(each.name for each in derivations(columns, self.guesses))}
        return [column.name for column in columns if column.name not in known]

    @property
    def tables(self) -> Mapping[str, Contract]:
        """Contracts of all that the expressions read, by their names there; the source first."""
        return {self.contract.table: self.contract} | {
            name: join.contract for name, join in self.joins.items()
        }

    def expression(self, name: str) -> Expression:
        """What is proposed for a column.

        Raises:
            ExpressionFault: it cannot be used.
        """
        types = {
            table: {column.name: column.sql_type for column in contract.columns}
            for table, contract in self.tables.items()
        }
        return check(self.guesses[name].expression, types)

    def lines(self) -> Iterator[tuple[str, str, str, str]]:
        """Each canonical column that there will be, with its expression, how sure that is, and why."""
        for name, guess in self.guesses.items():
            yield name, guess.expression, guess.sureness, f"{guess.why}{self._days(name)}"
        for each in derivations(canonical_columns(self.model), self.guesses):
            yield each.name, each.expression, "derived", "from the others"

    def _days(self, name: str) -> str:
        """In which zone the days of a column of times are counted, as the end of a sentence."""
        is_day = any(each.name == name and each.kind is Kind.DATE for each in canonical_columns(self.model))
        try:
            days = days_in(self.expression(name), self.tables) if is_day else None
        except (ExpressionFault, UnknownZone):
            return ""
        named = self.business_day and f"those in {self.business_day}"
        return f"; days are {named or days}" if days else ""
