"""Reads contracts from YAML files in the Open Data Contract Standard (ODCS 3.1).

A file is checked in three steps: YAML, the standard's own JSON schema and model, then the part of the
standard and the extension keys that Tradewind uses (`contracts/README.md`).
"""

from __future__ import annotations

import json
import re
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft201909Validator
from open_data_contract_standard.model import (
    CustomProperty,
    OpenDataContractStandard,
    SchemaObject,
    SchemaProperty,
)
from pydantic import ValidationError

from ingestion.contract import (
    Column,
    ColumnType,
    Contract,
    Freshness,
    NumberFormat,
    Restate,
)
from ingestion.contract_rules import RuleError, column_rules, table_rules

CONTRACTS = Path(__file__).parent / "contracts"

_SQL_TYPE = re.compile(r"(?P<type>text|numeric|integer|date)(?:\((?P<precision>\d+),(?P<scale>\d+)\))?")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
#: Options that are checked, by type; `minLength` is, as no value may be missing, 1 at the most.
_OPTIONS = {"text": {"minLength", "maxLength"}, "date": {"format", "minimum", "maximum"}}
_PERIODS = {"d": "day", "day": "day", "days": "day", "h": "hour", "hour": "hour", "hours": "hour"}


class ContractError(Exception):
    """A contract file is wrong; the text names the file, the place in it and what is expected."""

    def __init__(self, path: Path, place: str, problem: str) -> None:
        super().__init__(f"{path}: {place}: {problem}")


def read_contracts(folder: Path = CONTRACTS) -> tuple[Contract, ...]:
    """All contracts below `folder`, ordered by source.

    Raises:
        ContractError: a file is wrong, or two files describe the same source.
    """
    found: dict[str, Contract] = {}
    for path in sorted(folder.rglob("*.yaml")):
        contract = read_contract(path)
        if contract.source in found:
            raise ContractError(path, "id", f"the source {contract.source} has another contract already")
        found[contract.source] = contract
    return tuple(found[source] for source in sorted(found))


def read_contract(path: Path) -> Contract:
    """The contract in one file.

    Raises:
        ContractError: the file is not YAML, breaks the standard, or uses what Tradewind does not know.
    """
    try:
        return _Reading(path, _parse(path)).contract()
    except RuleError as error:
        raise ContractError(path, error.place, error.problem) from error


def _parse(path: Path) -> OpenDataContractStandard:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError(path, "file", f"cannot be read: {error}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "file"
        raise ContractError(path, place, getattr(error, "problem", None) or "not YAML") from error
    faults = sorted(_validator().iter_errors(document), key=lambda fault: fault.json_path)
    if faults:
        raise ContractError(path, faults[0].json_path, faults[0].message)
    try:
        return OpenDataContractStandard.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "file"
        raise ContractError(path, place, first["msg"]) from error


@cache
def _validator() -> Draft201909Validator:
    schema = files("open_data_contract_standard") / "schema.json"
    return Draft201909Validator(json.loads(schema.read_text()))


class _Reading:
    """Turns one valid ODCS document into a `Contract`, and names the place of what it does not know."""

    def __init__(self, path: Path, document: OpenDataContractStandard) -> None:
        self.path = path
        self.document = document

    def error(self, place: str, problem: str) -> ContractError:
        return ContractError(self.path, place, problem)

    def need(self, value: Any, place: str) -> Any:
        if value is None or value == "" or value == []:
            raise self.error(place, "is missing")
        return value

    def contract(self) -> Contract:
        document = self.document
        schema = self.need(document.schema_, "schema")
        if len(schema) != 1:
            raise self.error("schema", f"holds {len(schema)} tables; a contract describes one")
        table = schema[0]
        columns = self.columns(table)
        extra = self.extensions(table.customProperties)
        contract = Contract(
            domain=self.identifier(document.domain, "domain"),
            table=self.identifier(table.name, "schema[0].name"),
            version=self.need(document.version, "version"),
            description=self.need(table.description, "schema[0].description"),
            columns=columns,
            sums=table_rules(table.quality or [], columns, "schema[0]"),
            number_format=self.number_format(),
            relation=self.relation(extra.get("relation"), columns),
            max_rejected_share=self.share(extra.get("maxRejectedShare")),
            freshness=self.freshness(),
        )
        if document.id != contract.source:
            raise self.error("id", f"is {document.id!r}; domain and table make it {contract.source!r}")
        if table.physicalName not in (None, contract.raw_table):
            raise self.error("schema[0].physicalName", f"must be {contract.raw_table}")
        return contract

    def columns(self, table: SchemaObject) -> tuple[Column, ...]:
        properties = self.need(table.properties, "schema[0].properties")
        columns = tuple(self.column(i, item) for i, item in enumerate(properties))
        dates = {column.name for column in columns if column.type is ColumnType.DATE}
        for i, column in enumerate(columns):
            place = f"schema[0].properties[{i}] ({column.name})"
            if column.name in {other.name for other in columns[:i]}:
                raise self.error(place, "the name is used twice")
            if column.header.casefold() in {other.header.casefold() for other in columns[:i]}:
                raise self.error(place, f"the businessName {column.header!r} is used twice")
            if column.repeats and column.repeats.date not in dates:
                raise self.error(place, f"repeats {column.repeats.date!r}, which is no date column")
        return columns

    def column(self, i: int, item: SchemaProperty) -> Column:
        place = f"schema[0].properties[{i}] ({item.name})"
        sql_type = self.need(item.physicalType, f"{place}.physicalType").replace(" ", "")
        match = _SQL_TYPE.fullmatch(sql_type)
        if not match or (match["type"] == "numeric") != bool(match["precision"]):
            raise self.error(
                f"{place}.physicalType", f"{sql_type!r} is none of text, numeric(p,s), integer, date"
            )
        if not item.required:
            raise self.error(f"{place}.required", "must be true: optional columns are not known yet")
        options = item.logicalTypeOptions or {}
        formats = (options["format"],) if "format" in options else ()
        formats += tuple(self.extensions(item.customProperties).get("alternativeFormats", ()))
        if unknown := options.keys() - _OPTIONS.get(match["type"], set()):
            raise self.error(f"{place}.logicalTypeOptions", f"not known yet: {', '.join(sorted(unknown))}")
        if match["type"] == "date" and "format" not in options:
            raise self.error(f"{place}.logicalTypeOptions.format", "is missing")
        return Column(
            name=self.identifier(item.name, f"{place}.name"),
            header=self.need(item.businessName, f"{place}.businessName"),
            type=ColumnType(match["type"]),
            sql_type=sql_type,
            description=self.need(item.description, f"{place}.description"),
            classification=self.need(item.classification, f"{place}.classification"),
            precision=int(match["precision"] or 0),
            scale=int(match["scale"] or 0),
            max_length=options.get("maxLength"),
            date_formats=formats,
            earliest=self.day(options.get("minimum"), f"{place}.logicalTypeOptions.minimum"),
            latest=self.day(options.get("maximum"), f"{place}.logicalTypeOptions.maximum"),
            **column_rules(item.quality or [], place),
        )

    def day(self, value: Any, place: str) -> date | None:
        try:
            return None if value is None else date.fromisoformat(value)
        except (TypeError, ValueError):
            raise self.error(place, f"{value!r} is not a day as '2014-12-31'") from None

    def number_format(self) -> NumberFormat:
        value = self.extensions(self.document.customProperties).get("numberFormat")
        if value is None:
            return NumberFormat()
        try:
            found = NumberFormat(
                decimal=value.get("decimal", "."),
                grouping=value.get("grouping", ","),
                groupings=tuple(value.get("groupings", ())),
                currency=tuple(value.get("currency", ())),
                parentheses=bool(value.get("parentheses")),
                dash_is_zero=bool(value.get("dashIsZero")),
            )
        except (AttributeError, TypeError) as error:
            raise self.error("customProperties.numberFormat", f"is not understood: {value!r}") from error
        if unknown := set(found.groupings) - {"western", "indian"}:
            raise self.error("customProperties.numberFormat.groupings", f"unknown: {', '.join(unknown)}")
        return found

    def relation(self, value: Any, columns: tuple[Column, ...]) -> Restate:
        place = "schema[0].customProperties.relation"
        types = {column.name: column.type for column in columns}
        try:
            plain, by_month = value["scope"]
            relation = Restate(plain["column"], by_month["column"])
            understood = value["kind"] == "restate" and by_month["by"] == "month"
        except (KeyError, TypeError, ValueError):
            understood = False
        if not understood:
            raise self.error(
                place, "must be {kind: restate, scope: [{column: NAME}, {column: DATE, by: month}]}"
            )
        if relation.column not in types:
            raise self.error(place, f"there is no column {relation.column!r}")
        if types.get(relation.month_of) is not ColumnType.DATE:
            raise self.error(place, f"{relation.month_of!r} is no date column")
        return relation

    def share(self, value: Any) -> float:
        if not isinstance(value, int | float) or not 0 <= value <= 1:
            raise self.error("schema[0].customProperties.maxRejectedShare", "must be a number from 0 to 1")
        return float(value)

    def freshness(self) -> Freshness:
        for i, item in enumerate(self.document.slaProperties or []):
            if item.property == "latency":
                if not isinstance(item.value, int) or item.unit not in _PERIODS:
                    raise self.error(f"slaProperties[{i}]", "latency needs a whole value and a unit d or h")
                return Freshness(item.value, _PERIODS[item.unit])
        raise self.error("slaProperties", "latency is missing: how old may the last load be")

    def identifier(self, value: str | None, place: str) -> str:
        if not _IDENTIFIER.fullmatch(self.need(value, place)):
            raise self.error(place, f"{value!r} must be lower-case letters, digits and underscores")
        return value

    @staticmethod
    def extensions(items: list[CustomProperty] | None) -> dict[str, Any]:
        return {item.property: item.value for item in items or []}
