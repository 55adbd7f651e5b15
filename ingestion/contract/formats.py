"""Reads how a contract's files are written: figures, text files, names and words that stand for nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ingestion.contract.document import KeyFault, flag, mapping, regular_expression, sign, texts
from ingestion.contract.model import NumberFormat, TextForm, Total, TotalPlace

_FLAGS = {
    "parentheses": "parentheses",
    "trailing_minus": "trailingMinus",
    "dash_is_zero": "dashIsZero",
    "percent": "percent",
    "exponent": "exponent",
}
_GROUPINGS = {"western", "indian"}
#: They mean something else in a figure.
_NO_SIGNS = set("0123456789+-()%")


def number_format(value: Any, place: str) -> NumberFormat:
    """The extension `numberFormat`, or a list of several; without it figures are plain digits with a dot.

    Raises:
        KeyFault: a key is wrong or not known.
    """
    if not isinstance(value, list):
        return _number_format(value, place)
    formats = [_number_format(each, f"{place}[{i}]") for i, each in enumerate(value)]
    if len(set(formats)) < max(len(formats), 1):
        raise KeyFault(place, "must be one format, or a list of different ones")
    first, *others = formats
    return replace(first, others=tuple(others))


def _number_format(value: Any, place: str) -> NumberFormat:
    value = mapping(value, {"decimal", "grouping", "groupings", "currency", *_FLAGS.values()}, place)
    decimal = sign(value.get("decimal", "."), f"{place}.decimal")
    groupings = texts(value["groupings"], f"{place}.groupings") if "groupings" in value else ()
    if unknown := set(groupings) - _GROUPINGS:
        raise KeyFault(f"{place}.groupings", f"unknown: {', '.join(sorted(unknown))}")
    grouping = value.get("grouping", "," if decimal != "," else ".")
    if not isinstance(grouping, str) or not grouping:
        raise KeyFault(f"{place}.grouping", f"{grouping!r} are no signs in quotes")
    if "grouping" in value and not groupings:
        raise KeyFault(f"{place}.groupings", "is missing: western, indian or both")
    if misused := _NO_SIGNS & {decimal, *grouping} or {decimal} & set(grouping):
        raise KeyFault(place, f"{min(misused)!r} cannot be a sign for decimals or groups here")
    return NumberFormat(
        decimal=decimal,
        grouping=grouping,
        groupings=groupings,
        currency=texts(value["currency"], f"{place}.currency") if "currency" in value else (),
        **{name: flag(value.get(key, False), f"{place}.{key}") for name, key in _FLAGS.items()},
    )


def text_form(value: Any, place: str) -> TextForm:
    """The extension `text`; what it leaves out is to be found out for each file.

    Raises:
        KeyFault: a key is wrong or not known, or two signs are the same.
    """
    value = mapping(value, {"delimiter", "quote", "escape", "encoding", "header"}, place)
    form = TextForm(
        delimiter=sign(value["delimiter"], f"{place}.delimiter") if "delimiter" in value else None,
        quote=_sign_or_none(value, "quote", place),
        escape=_sign_or_none(value, "escape", place),
        encoding=_encoding(value.get("encoding"), f"{place}.encoding"),
        has_header=flag(value.get("header", True), f"{place}.header"),
    )
    if form.delimiter is not None and form.delimiter in (form.quote, form.escape, "\n", "\r"):
        raise KeyFault(f"{place}.delimiter", f"{form.delimiter!r} has another meaning already")
    return form


def version_pattern(value: Any, place: str) -> str | None:
    """The extension `fileVersion`: a pattern whose one group is the version in a file's name.

    Raises:
        KeyFault: it is not such a pattern.
    """
    return None if value is None else name_pattern(value, "version", place)


def name_pattern(value: Any, what: str, place: str) -> str:
    """A pattern whose one group finds `what` in a file's name.

    Raises:
        KeyFault: it is not such a pattern.
    """
    pattern = regular_expression(mapping(value, {"pattern"}, place).get("pattern"), f"{place}.pattern")
    if pattern.groups != 1:
        raise KeyFault(f"{place}.pattern", f"holds {pattern.groups} groups; the {what} is the one group")
    return pattern.pattern


def time_zone(value: Any, place: str) -> str | None:
    """The extension `timeZone`: a name in the IANA's list; summer time counts where the place has it.

    Raises:
        KeyFault: it is not such a name.
    """
    try:
        return None if value is None else ZoneInfo(value).key
    except (TypeError, ValueError, OSError, ZoneInfoNotFoundError):
        raise KeyFault(place, f"{value!r} is not the name of a time zone, as Europe/Berlin or UTC") from None


def words(value: Any, place: str) -> tuple[str, ...]:
    """A list of texts that may be left out.

    Raises:
        KeyFault: it is not a list of texts.
    """
    return () if value is None else texts(value, place)


def totals(value: Any, place: str) -> tuple[Total, ...]:
    """The extension `totals`: texts, which are whole cells, and mappings that say where in a cell a text is.

    Raises:
        KeyFault: it is not a list of these.
    """
    if value is None:
        return ()
    if not value or not isinstance(value, list):
        raise KeyFault(place, "must be a list with something in it")
    return tuple(_total(item, f"{place}[{i}]") for i, item in enumerate(value))


def _total(item: Any, place: str) -> Total:
    if not isinstance(item, Mapping):
        return Total(*texts([item], place))
    known = mapping(item, list(TotalPlace), place)
    if len(known) != 1:
        raise KeyFault(place, f"needs one of {', '.join(TotalPlace)}")
    ((where, text),) = known.items()
    return Total(*texts([text], f"{place}.{where}"), TotalPlace(where))


def _sign_or_none(value: Any, key: str, place: str) -> str | None:
    return sign(value[key], f"{place}.{key}", may_be_empty=True) if key in value else None


def _encoding(value: Any, place: str) -> str | None:
    try:
        "".encode(value or "utf-8")
    except (LookupError, TypeError):
        raise KeyFault(place, f"{value!r} is no encoding of text") from None
    return value
