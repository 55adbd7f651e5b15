"""Canonical models: what every source of a kind is mapped to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

import yaml

from tradewind.mapping.expressions import Kind, columns_in
from tradewind.settings import ROOT

FOLDER = ROOT / "dbt_project" / "canonical"


class CanonicalModel(StrEnum):
    """The models that sources can feed; each is described by a file of its name."""

    SALES_LINES = "sales_lines"
    TARGETS = "targets"
    INVENTORY = "inventory"
    ENGAGEMENT = "engagement"


@dataclass(frozen=True, slots=True)
class CanonicalColumn:
    """One column; `sql_type` is its type in the warehouse.

    A source without a `required` column cannot be mapped. What it is made of may not be more sensitive than
    its `classification`. `names` is what sources call it, most specific first. `derivations` are
    expressions over other columns, the best one first, that compute it if the source does not have it.
    """

    name: str
    kind: Kind
    sql_type: str
    description: str
    names: tuple[str, ...] = ()
    classification: str = "public"
    required: bool = False
    derivations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Feeds:
    """What the rows of a canonical model become, and what all layers must agree on.

    `title` says what they are, `day` names their business day. `count` names their number, `figures` are the
    totals; `fact_columns` are those that the `fact` holds under another name. `differences` are totals with
    the figure that they are less another one. `leave_out` are rows that cannot be: conditions by their
    reasons. Where `marts_add_up_sources`, marts do not say which source a figure is of. The others are those
    of `tradewind.catalog.reconciled.Reconciled`.
    """

    title: str
    day: str
    fact: str
    count: str
    figures: tuple[str, ...]
    fact_columns: Mapping[str, str] = field(default_factory=dict)
    differences: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    leave_out: Mapping[str, str] = field(default_factory=dict)
    monthly_mart: str = ""
    daily_mart: str = ""
    marts_add_up_sources: bool = False
    not_in_marts: tuple[str, ...] = ()
    left_out_of_marts: str = ""
    dates_lie_ahead: bool = False


@dataclass(frozen=True, slots=True)
class Derivation:
    """The column `name`, computed by `expression` from columns that are known before `step` (from 1)."""

    name: str
    expression: str
    step: int


@cache
def feeds(model: CanonicalModel) -> Feeds:
    """What the rows of a canonical model become."""
    said = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in _document(model)["feeds"].items()
    }
    return Feeds(**said)


@cache
def _document(model: CanonicalModel) -> dict[str, Any]:
    return yaml.safe_load((FOLDER / f"{model}.yaml").read_text(encoding="utf-8"))


@cache
def canonical_columns(model: CanonicalModel) -> tuple[CanonicalColumn, ...]:
    """The columns of a canonical model, in their order."""
    document = _document(model)
    return tuple(
        CanonicalColumn(
            name=column["name"],
            kind=Kind(column["kind"]),
            sql_type=column["type"],
            description=column["description"],
            names=tuple(map(str.strip, column["names"].split(","))),
            classification=column.get("classification", "public"),
            required=column.get("required", False),
            derivations=tuple(column.get("derive", ())),
        )
        for column in document["columns"]
    )


def derivations(columns: Sequence[CanonicalColumn], mapped: Iterable[str]) -> list[Derivation]:
    """What follows from the columns that are `mapped`, in an order in which it can be computed.

    Each step is taken as far as it goes before the next one, so that a column is derived by the best of its
    expressions that this step knows all columns of.
    """
    known = set(mapped)
    found: list[Derivation] = []
    step = 0
    while True:
        step += 1
        reached = [
            Derivation(column.name, expression, step)
            for column in columns
            if column.name not in known and (expression := _derivable(column, known))
        ]
        if not reached:
            return found
        found += reached
        known.update(each.name for each in reached)


def _derivable(column: CanonicalColumn, known: set[str]) -> str | None:
    return next((each for each in column.derivations if columns_in(each) <= known), None)
