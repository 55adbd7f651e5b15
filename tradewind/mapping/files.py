"""Reads mappings from YAML: `orders.sales_lines.yaml` stands beside the contract `orders.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field, ValidationError

from ingestion.contract.columns import CLASSIFICATIONS
from ingestion.contract.faults import faults_of
from ingestion.contract.files import CONTRACTS
from ingestion.contract.model import Contract, Upsert
from ingestion.contract.reading import TEMPLATE
from ingestion.contract.spec import Spec
from ingestion.contract.time_zones import place_zone
from ingestion.explore.guess.names import RESERVED
from tradewind.mapping.business_day import UnknownZone, check_days
from tradewind.mapping.canonical import CanonicalColumn, CanonicalModel, canonical_columns, lacking
from tradewind.mapping.expressions import Expression, ExpressionFault, Kind, check, nearest
from tradewind.mapping.model import Join, LeftOut, Mapping
from tradewind.mapping.places import Document, PlacedFault, PlacedFaults

#: Of a table or view in Postgres.
_LONGEST_NAME = 63

_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


class _Part(Spec):
    """A part of a mapping; its keys are written as the columns are, with underscores."""

    model_config = ConfigDict(alias_generator=str)


class _Join(_Part):
    source: str
    key: dict[str, str]


class _LeftOut(_Part):
    when: str
    because: str


class _Document(_Part):
    source: str
    columns: dict[str, str]
    joins: dict[str, _Join] = Field(default_factory=dict)
    leave_out: dict[str, _LeftOut] = Field(default_factory=dict)
    of_order: list[str] = Field(default_factory=list)
    on_request: bool = False
    business_day: Annotated[str, BeforeValidator(place_zone)] | None = None
    last_of: list[str] = Field(default_factory=list)


def mapping_files(folder: Path = CONTRACTS) -> list[Path]:
    """The mapping files below `folder`: their names have a point more than those of contracts."""
    return sorted(folder.rglob("*.*.yaml"))


def read_mappings(contracts: Sequence[Contract], folder: Path = CONTRACTS) -> dict[Path, Mapping]:
    """All mappings below `folder`, by their files.

    Raises:
        PlacedFaults: files are wrong, or map one source twice to one model.
    """
    found: dict[Path, Mapping] = {}
    faults: list[PlacedFault] = []
    for path in mapping_files(folder):
        try:
            mapping = read_mapping(path, contracts)
        except PlacedFaults as errors:
            faults += errors.faults
            continue
        if any(mapping.staging_model == other.staging_model for other in found.values()):
            fault = f"{mapping.contract.source} is mapped to {mapping.model} by another file too: remove one"
            faults.append(PlacedFault(path, "source", fault))
        found[path] = mapping
    if faults:
        raise PlacedFaults(faults)
    return found


def read_mapping(path: Path, contracts: Sequence[Contract], text: str | None = None) -> Mapping:
    """The mapping in a file, or in the `text` that will be in it.

    Raises:
        PlacedFaults: all that is wrong with it.
    """
    document = Document(path, text)
    named = path.name.split(".")[-2]
    if named not in list(CanonicalModel):
        fault = f"{named} is not a canonical model{nearest(named, list(CanonicalModel))}"
        raise PlacedFaults([document.fault((), fault)])
    try:
        return _Reader(document, {contract.source: contract for contract in contracts}).mapping(
            CanonicalModel(named)
        )
    except ValidationError as errors:
        raise PlacedFaults([document.fault(each.place, each.problem) for each in faults_of(errors)]) from None


class _Reader:
    """Reads one file, and collects its faults rather than stopping at the first one."""

    def __init__(self, document: Document, contracts: dict[str, Contract]) -> None:
        self._document = document
        self._contracts = contracts
        self._faults: list[PlacedFault] = []

    def mapping(self, model: CanonicalModel) -> Mapping:
        said = _Document.model_validate(self._document.values)
        contract = self._contract(said.source, "source")
        if contract is None:
            raise PlacedFaults(self._faults)
        self._check_names(said, contract)
        joins = self._joins(said, contract)
        tables = {contract.table: contract} | {name: join.contract for name, join in joins.items()}
        canonical = {column.name: column for column in canonical_columns(model)}
        columns, left_out = self._columns(said, canonical, tables), self._left_out(said, tables)
        self._stop_on_faults()
        self._check_of_order(said, columns, canonical)
        self._check_last_of(said, columns, contract)
        self._check_required(model, columns, canonical)
        self._check_business_day(said, columns, canonical, tables)
        self._stop_on_faults()
        mapping = Mapping(
            contract,
            model,
            columns,
            joins,
            left_out,
            said.of_order,
            said.on_request,
            said.business_day,
            said.last_of,
        )
        self._check_place(mapping)
        self._stop_on_faults()
        return mapping

    def _check_names(self, said: _Document, contract: Contract) -> None:
        self._check_name(contract.table, "source")
        for name in said.joins:
            self._check_name(name, "joins", name)
        for name in said.leave_out:
            self._check_name(name, "leave_out", name)
        self._stop_on_faults()

    def _joins(self, said: _Document, contract: Contract) -> dict[str, Join]:
        """The joins, each of which may start from those before it."""
        tables, found = {contract.table: contract}, {}
        for name, each in said.joins.items():
            if join := self._join(name, each, tables):
                found[name], tables[name] = join, join.contract
        self._stop_on_faults()
        return found

    def _columns(
        self, said: _Document, canonical: dict[str, CanonicalColumn], tables: dict[str, Contract]
    ) -> dict[str, Expression]:
        found = {}
        for name, text in said.columns.items():
            with self._collected("columns", name):
                found[name] = _expression(text, _known(name, canonical), tables)
        return found

    def _left_out(self, said: _Document, tables: dict[str, Contract]) -> dict[str, LeftOut]:
        found = {}
        for name, rule in said.leave_out.items():
            with self._collected("leave_out", name, "when"):
                found[name] = LeftOut(_condition(rule.when, tables), rule.because)
            if template := TEMPLATE.search(rule.because):
                self._fault(("leave_out", name, "because"), f"dbt would take {template[0]!r} for a template")
        return found

    def _check_of_order(
        self, said: _Document, columns: dict[str, Expression], canonical: dict[str, CanonicalColumn]
    ) -> None:
        for place, name in enumerate(said.of_order):
            if name not in columns:
                self._fault(("of_order", place), f"{name} is not mapped{nearest(name, columns)}")
            elif canonical[name].kind is Kind.NUMBER:
                self._fault(
                    ("of_order", place), f"{name} is a number: copied to each line it would count again"
                )
        if said.of_order and "order_number" not in columns:
            self._fault(("of_order",), "map order_number, by which lines are known to be of one order")

    def _check_last_of(self, said: _Document, columns: dict[str, Expression], contract: Contract) -> None:
        for place, name in enumerate(said.last_of):
            if name not in columns:
                self._fault(("last_of", place), f"{name} is not mapped{nearest(name, columns)}")
        if said.last_of and isinstance(contract.relation, Upsert):
            self._fault(("last_of",), f"the key of {contract.source} says which row counts: leave it out")

    def _check_required(
        self,
        model: CanonicalModel,
        columns: dict[str, Expression],
        canonical: dict[str, CanonicalColumn],
    ) -> None:
        for name in lacking(model, columns):
            ways = _can_come_from(canonical[name]) if name in canonical else "map one of them"
            self._fault(("columns",), f"{name} is missing: {ways}")

    def _check_business_day(
        self,
        said: _Document,
        columns: dict[str, Expression],
        canonical: dict[str, CanonicalColumn],
        tables: dict[str, Contract],
    ) -> None:
        if said.business_day is None:
            return
        days = [each for name, each in columns.items() if canonical[name].kind is Kind.DATE]
        try:
            check_days(days, tables)
        except UnknownZone as fault:
            self._fault(("business_day",), str(fault))

    def _check_place(self, mapping: Mapping) -> None:
        contract, name = mapping.contract, mapping.staging_model
        if len(name) > _LONGEST_NAME:
            self._fault(("source",), f"{name} has more than {_LONGEST_NAME} letters: rename the table")
        wanted = f"{contract.domain}/{contract.table}.{mapping.model}.yaml"
        if "/".join(self._document.path.parts[-2:]) != wanted:
            self._fault(("source",), f"the mapping of {contract.source} must be in {wanted}")

    def _join(self, name: str, said: _Join, tables: dict[str, Contract]) -> Join | None:
        contract = self._contract(said.source, "joins", name, "source")
        if contract is None:
            return None
        place = ("joins", name, "key")
        if name in tables:
            self._fault(("joins", name), "the name is taken: give the join another one")
        if not isinstance(contract.relation, Upsert):
            self._fault(
                place, f"{contract.source} has no key: make it an upsert, so that one row counts per key"
            )
        elif set(contract.relation.key) != set(said.key):
            self._fault(place, f"must name the key of {contract.source}: {', '.join(contract.relation.key)}")
        types, key = _types(contract), {}
        for column, text in said.key.items():
            with self._collected(*place, column):
                named = check(text, {each: _types(other) for each, other in tables.items()})
                theirs = check(column, {name: types})
                if named.kind is not theirs.kind:
                    raise ExpressionFault(f"{text} is a {named.kind}, and {column} is a {theirs.kind}")
                _refuse_more_sensitive(named, "pseudonym", "a key", tables)
                key[column] = _one_column(text, named)
        return Join(contract, key)

    def _check_name(self, name: str, *place: str) -> None:
        """Names become part of SQL as they are."""
        if not _NAME.fullmatch(name):
            self._fault(place, f"{name!r} must be lower-case letters, digits and underscores")
        elif name in RESERVED:
            self._fault(place, f"{name} is a word of SQL: call it something else")

    def _contract(self, source: str, *place: str) -> Contract | None:
        if source not in self._contracts:
            self._fault(place, f"there is no contract {source}{nearest(source, self._contracts)}")
        return self._contracts.get(source)

    def _fault(self, place: Sequence[str], problem: str) -> None:
        self._faults.append(self._document.fault(place, problem))

    @contextmanager
    def _collected(self, *place: str) -> Iterator[None]:
        try:
            yield
        except ExpressionFault as fault:
            self._fault(place, str(fault))

    def _stop_on_faults(self) -> None:
        if self._faults:
            raise PlacedFaults(self._faults)


def _expression(text: str, column: CanonicalColumn, tables: dict[str, Contract]) -> Expression:
    found = check(text, {name: _types(contract) for name, contract in tables.items()})
    if found.kind not in (column.kind, None) and column.kind is not Kind.TEXT:
        raise ExpressionFault(f"`{text}` is a {found.kind}, and {column.name} is a {column.kind}")
    _refuse_more_sensitive(found, column.classification, column.name, tables)
    return found


def _refuse_more_sensitive(found: Expression, most: str, what: str, tables: dict[str, Contract]) -> None:
    """Refuse columns that are more sensitive than what is made of them may be."""
    for table, name in sorted(found.columns):
        contract = tables[table]
        kind = contract.columns[contract.position(name)].classification
        if CLASSIFICATIONS.index(kind) > CLASSIFICATIONS.index(most):
            raise ExpressionFault(
                f"{table}.{name} is {kind}, and {what} may hold what is {most}: leave it out,"
                f" or correct its classification in the contract {contract.source}"
            )


def _condition(text: str, tables: dict[str, Contract]) -> Expression:
    found = check(text, {name: _types(contract) for name, contract in tables.items()})
    if found.kind is not Kind.FLAG:
        raise ExpressionFault(f"`{text}` is not a condition: write a comparison")
    _refuse_more_sensitive(found, "pseudonym", "a condition", tables)
    return found


def _one_column(text: str, found: Expression) -> tuple[str, str]:
    if len(found.columns) != 1 or found.sql != ".".join(*found.columns):
        raise ExpressionFault(f"`{text}` is not a column")
    return next(iter(found.columns))


def _known(name: str, columns: dict[str, CanonicalColumn]) -> CanonicalColumn:
    if name not in columns:
        raise ExpressionFault(f"is not a canonical column{nearest(name, columns)}")
    return columns[name]


def _can_come_from(column: CanonicalColumn) -> str:
    ways = " or ".join(column.derivations)
    return f"map it, or what it follows from ({ways})" if ways else "map it"


def _types(contract: Contract) -> dict[str, str]:
    return {column.name: column.sql_type for column in contract.columns}
