"""What a mapping says: how rows of one source become rows of a canonical model."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingestion.contract.model import Contract
from tradewind.mapping.canonical import CanonicalModel
from tradewind.mapping.expressions import Expression


@dataclass(frozen=True, slots=True)
class Join:
    """Rows of the reference source `contract`, at most one per row of the source that is mapped.

    `key` gives for each column of the reference's key what names it: a table, the mapped source or an earlier
    join, and its column. Rows whose key is not found stay, with null in the reference's columns.
    """

    contract: Contract
    key: MappingOf[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Rows for which `when` is true are not rows of the canonical model; `because` says why, to people.

    A row that several rules leave out counts for the first of them.
    """

    when: Expression
    because: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """Rows of the source `contract` as rows of `model`.

    `columns` gives the expression of each canonical column that the source has; its own table and those of
    `joins` go by their keys there. `left_out` are rules by their names, in their order. A line that lacks one
    of `of_order` takes it from another line of its order in the same load. One that is `on_request` has a
    model only where the setting SALES_LINES_OF names its source. `business_day` is the time zone in which the
    days of its times are counted; without it they are counted as the times are loaded. Of rows of a load
    that share all columns of `last_of` the last one counts.
    """

    contract: Contract
    model: CanonicalModel
    columns: MappingOf[str, Expression]
    joins: MappingOf[str, Join] = field(default_factory=dict)
    left_out: MappingOf[str, LeftOut] = field(default_factory=dict)
    of_order: Sequence[str] = ()
    on_request: bool = False
    business_day: str | None = None
    last_of: Sequence[str] = ()

    @property
    def table(self) -> str:
        """Name of the mapped source's rows in expressions."""
        return self.contract.table

    @property
    def tables(self) -> dict[str, Contract]:
        """Contracts of all that the expressions read, by their names there; the source first."""
        return {self.table: self.contract} | {name: join.contract for name, join in self.joins.items()}

    @property
    def staging_model(self) -> str:
        """Name of the generated model in dbt."""
        return f"stg_{self.contract.domain}_{self.contract.table}__{self.model}"
