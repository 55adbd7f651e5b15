"""Reads the columns of a contract."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from open_data_contract_standard.model import SchemaProperty

from ingestion.contract.date_formats import moment_format
from ingestion.contract.document import (
    KeyFault,
    count,
    extensions,
    flag,
    identifier,
    needed,
    number,
    regular_expression,
    texts,
)
from ingestion.contract.model import DATES, NUMBERS, Column, ColumnType
from ingestion.contract.rules import column_rules

#: Personal-data classes, from harmless to sensitive; `contracts/README.md` says what they mean.
CLASSIFICATIONS = ("public", "internal", "pseudonym", "personal")

_SQL_TYPE = re.compile(rf"(?P<type>{'|'.join(ColumnType)})(?:\((?P<precision>\d+),(?P<scale>\d+)\))?")
#: The widest numeric that every engine holds.
_WIDEST = 38
#: What the standard calls each type.
LOGICAL_TYPES = {
    ColumnType.TEXT: "string",
    ColumnType.NUMERIC: "number",
    ColumnType.INTEGER: "integer",
    ColumnType.BIGINT: "integer",
    ColumnType.BOOLEAN: "boolean",
    ColumnType.DATE: "date",
    ColumnType.TIMESTAMP: "timestamp",
}
_OPTIONS = {
    ColumnType.TEXT: {"minLength", "maxLength", "pattern"},
    **{kind: {"minimum", "maximum"} for kind in NUMBERS},
    **{kind: {"format", "minimum", "maximum"} for kind in DATES},
}
_EXTENSIONS = {
    ColumnType.TEXT: {"zeroPad", "asWritten"},
    ColumnType.NUMERIC: {"surplusDecimals"},
    **{kind: {"alternativeFormats"} for kind in DATES},
}
_ANY_EXTENSIONS = {"mergedCells"}
#: Promises of the standard that nothing here keeps.
_NOT_KEPT = ("unique", "primaryKey", "partitioned", "enum", "encryptedName", "relationships")


def read_columns(properties: Sequence[SchemaProperty]) -> tuple[Column, ...]:
    """The columns in the contract's order.

    Raises:
        KeyFault: one is wrong, or has what is not known.
    """
    columns = tuple(_column(item, _place(i, item.name)) for i, item in enumerate(properties))
    dates = {column.name for column in columns if column.type in DATES}
    for i, column in enumerate(columns):
        place = _place(i, column.name)
        if column.name in {other.name for other in columns[:i]}:
            raise KeyFault(place, "the name is used twice")
        if column.repeats and column.repeats.date not in dates:
            raise KeyFault(place, f"repeats {column.repeats.date!r}, which is no date column")
    return columns


def _place(i: int, name: str | None) -> str:
    return f"schema[0].properties[{i}] ({name})"


def _column(item: SchemaProperty, place: str) -> Column:
    for key in _NOT_KEPT:
        if getattr(item, key):
            raise KeyFault(f"{place}.{key}", "is not known: nothing would check it")
    kind, precision, scale = _type(item, f"{place}.physicalType")
    if item.logicalType not in (None, LOGICAL_TYPES[kind]):
        raise KeyFault(f"{place}.logicalType", f"must be {LOGICAL_TYPES[kind]} for {kind}")
    if item.physicalName not in (None, item.name):
        raise KeyFault(f"{place}.physicalName", f"must be {item.name}")
    classification = needed(item.classification, f"{place}.classification")
    if classification not in CLASSIFICATIONS:
        raise KeyFault(f"{place}.classification", f"must be one of {', '.join(CLASSIFICATIONS)}")
    extra = extensions(item.customProperties, {*_EXTENSIONS.get(kind, ()), *_ANY_EXTENSIONS}, f"{place}.")
    options = item.logicalTypeOptions or {}
    if unknown := options.keys() - _OPTIONS.get(kind, set()):
        raise KeyFault(f"{place}.logicalTypeOptions", f"not known yet: {', '.join(sorted(unknown))}")
    return Column(
        name=identifier(item.name, f"{place}.name"),
        header=needed(item.businessName, f"{place}.businessName"),
        type=kind,
        sql_type=f"numeric({precision},{scale})" if kind is ColumnType.NUMERIC else kind.value,
        description=needed(item.description, f"{place}.description"),
        classification=classification,
        required=bool(item.required),
        precision=precision,
        scale=scale,
        rounds=_says(extra, "surplusDecimals", "round", place),
        fills_merged=_says(extra, "mergedCells", "fill", place),
        zero_pad=count(extra["zeroPad"], f"{place}.customProperties.zeroPad") if "zeroPad" in extra else 0,
        as_written=flag(extra.get("asWritten", False), f"{place}.customProperties.asWritten"),
        date_formats=_formats(kind, options, extra, place),
        **_text_options(options, f"{place}.logicalTypeOptions"),
        **_range(kind, options, f"{place}.logicalTypeOptions"),
        **column_rules(item.quality or [], kind, place),
    )


def _type(item: SchemaProperty, place: str) -> tuple[ColumnType, int, int]:
    """Type, precision and scale."""
    sql_type = needed(item.physicalType, place).replace(" ", "")
    match = _SQL_TYPE.fullmatch(sql_type)
    if not match or (match["type"] == ColumnType.NUMERIC) != bool(match["precision"]):
        known = ", ".join("numeric(p,s)" if each is ColumnType.NUMERIC else each for each in ColumnType)
        raise KeyFault(place, f"{sql_type!r} is none of {known}")
    precision, scale = int(match["precision"] or 0), int(match["scale"] or 0)
    if not scale <= precision <= _WIDEST or (match["precision"] and not precision):
        raise KeyFault(place, f"{sql_type!r} must have 1 to {_WIDEST} digits, decimals among them")
    return ColumnType(match["type"]), precision, scale


def _says(extra: Mapping[str, Any], key: str, word: str, place: str) -> bool:
    """Whether an extension is there; it can only say `word`."""
    if (value := extra.get(key)) not in (None, word):
        raise KeyFault(f"{place}.customProperties.{key}", f"{value!r} is not known: {word}, or leave it out")
    return value is not None


def _formats(
    kind: ColumnType, options: Mapping[str, Any], extra: Mapping[str, Any], place: str
) -> tuple[str, ...]:
    if kind not in DATES:
        return ()
    at = f"{place}.customProperties.alternativeFormats"
    others = texts(extra["alternativeFormats"], at) if "alternativeFormats" in extra else ()
    found = (needed(options.get("format"), f"{place}.logicalTypeOptions.format"), *others)
    for each in found:
        try:
            moment_format(each, kind)
        except ValueError as error:
            at = f"{place}.logicalTypeOptions.format" if each is found[0] else at
            raise KeyFault(at, f"{each!r} {error}") from None
    return found


def _text_options(options: Mapping[str, Any], place: str) -> dict[str, Any]:
    if options.get("minLength", 0) > 1:
        raise KeyFault(f"{place}.minLength", "more than 1 is not known: say it with a pattern")
    longest = options.get("maxLength")
    pattern = options.get("pattern")
    if pattern is not None:
        regular_expression(pattern, f"{place}.pattern")
    return {
        "max_length": None if longest is None else count(longest, f"{place}.maxLength"),
        "pattern": pattern,
    }


def _range(kind: ColumnType, options: Mapping[str, Any], place: str) -> dict[str, Any]:
    """The arguments `lowest` and `highest`."""
    read = _day if kind in DATES else number
    found = {
        name: read(options[key], f"{place}.{key}")
        for name, key in {"lowest": "minimum", "highest": "maximum"}.items()
        if key in options
    }
    if len(found) == 2 and found["lowest"] > found["highest"]:
        raise KeyFault(f"{place}.maximum", "is less than the minimum")
    return found


def _day(value: Any, place: str) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise KeyFault(place, f"{value!r} is not a day as '2014-12-31'") from None
