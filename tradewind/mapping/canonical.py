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


#: The models that sources can feed: each file describes one, which has its name.
CanonicalModel = StrEnum(
    "CanonicalModel",
    {path.stem.upper(): path.stem for path in sorted(FOLDER.glob("*.yaml"))},
    module=__name__,
)


@dataclass(frozen=True, slots=True)
class CanonicalColumn:
    """One column; `sql_type` is its type in the warehouse.

    A text that `may_be_number` may be written as one in sources; one that `may_be_key` may be the key of a
    table that is looked up, and a figure that `may_be_looked_up` may be found there. A source without a
    `required` column cannot be mapped. What it is made of may not be more sensitive than its
    `classification`. `names` is what sources call it, most specific first. `derivations` are
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
    may_be_number: bool = False
    may_be_key: bool = False
    may_be_looked_up: bool = False


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
class Intake:
    """What `make source` asks and says of a canonical model.

    `kind` is the model's name there, `called` its name in sentences. `row` and `rows` name one and several of
    them, `needs` says what a file must have, and `example` is a correction. `totals` are columns to compare
    with a person's own: of the last day where each row `is_level`, of all days otherwise. `shown` are the
    columns of the first rows. `without` has sentences on what follows where a column is unknown; nobody
    misses columns that are `not_missed`. `other_figures` are words of files and columns that hold something
    else; `review` has words of columns, by what these may tell.
    """

    kind: str
    called: str
    row: str
    rows: str
    needs: str
    example: str
    totals: tuple[str, ...]
    shown: tuple[str, ...]
    without: Mapping[str, str]
    not_missed: frozenset[str]
    other_figures: frozenset[str]
    review: Mapping[str, frozenset[str]]
    is_level: bool


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
def intake(model: CanonicalModel) -> Intake:
    """What `make source` asks and says of a canonical model."""
    said = _document(model)["intake"]
    row, rows = said["rows"]
    return Intake(
        kind=said["as"],
        called=said.get("called", said["as"]),
        row=row,
        rows=rows,
        needs=said["needs"],
        example=said["example"],
        totals=tuple(said["totals"]),
        shown=tuple(said["shown"]),
        without=said.get("without", {}),
        not_missed=frozenset(said.get("not_missed", ())),
        other_figures=frozenset(_listed(said.get("other_figures", ""))),
        review={says: frozenset(_listed(words)) for says, words in said.get("review", {}).items()},
        is_level=said.get("is_level", False),
    )


def models_by_kind() -> dict[str, CanonicalModel]:
    """The canonical models by their names for `make source`."""
    return {intake(model).kind: model for model in CanonicalModel}


def lacking(model: CanonicalModel, mapped: Iterable[str]) -> list[str]:
    """What a source needs beside the columns that are `mapped`: each required column, and a figure."""
    columns, named = canonical_columns(model), set(mapped)
    known = named | {each.name for each in derivations(columns, named)}
    found = [column.name for column in columns if column.required and column.name not in known]
    figures = main_figures(model)
    is_one_enough = not any(column.required for column in columns if column.name in figures)
    return [*found, " or ".join(figures)] if is_one_enough and known.isdisjoint(figures) else found


def main_figures(model: CanonicalModel) -> list[str]:
    """The figures that a canonical model cannot be without: those that are required, or any of all."""
    required = {column.name for column in canonical_columns(model) if column.required}
    figures = feeds(model).figures
    return [name for name in figures if name in required] or list(figures)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, text.split(","))))


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
            names=_listed(column["names"]),
            classification=column.get("classification", "public"),
            required=column.get("required", False),
            derivations=tuple(column.get("derive", ())),
            may_be_number=column.get("number", False),
            may_be_key=column.get("key", False),
            may_be_looked_up=column.get("looked_up", False),
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
