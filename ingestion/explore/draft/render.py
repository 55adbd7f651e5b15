"""Writes a drafted contract as YAML in the Open Data Contract Standard, with comments for its reviewer."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import Any

import yaml

from ingestion.contract.columns import LOGICAL_TYPES
from ingestion.contract.model import Column, Contract, NumberFormat, TextForm, Total, TotalPlace, Upsert
from ingestion.explore.draft.columns import TODO, DraftColumn
from ingestion.explore.draft.draft import MOST_ROWS, Draft
from ingestion.tabular.cells import printable

_WIDTH = 110
#: Of a value beside its key, and of its lines where it takes several, in signs as YAML writes them.
_LONGEST_VALUE, _LONGEST_PART = 90, 60
_SIGN = re.compile(r"\\(?:x..|u....|U........|.)|.")
_ABOUT = ("purpose", "usage", "limitations")


def render(draft: Draft) -> str:
    """The text of the contract's file."""
    return "\n".join(_lines(draft)) + "\n"


def _lines(draft: Draft) -> Iterator[str]:
    contract = draft.contract
    upto = "all" if draft.is_complete else f"the first {MOST_ROWS:,}"
    yield from _comment(
        f"Drafted from {draft.rows:,} rows, {upto} of the file. Complete the lines with TODO.", 0
    )
    for note in draft.notes:
        yield from _comment(note, 0)
    yield from (
        "apiVersion: v3.1.0",
        "kind: DataContract",
        f"id: {contract.source}",
        f"name: {_value(f'{contract.domain} {contract.title}')}",
        f"version: {contract.version}",
        "status: draft",
        f"domain: {_value(contract.domain)}",
        "dataProduct: tradewind",
        "description:",
        *(f"  {key}: {_value(text)}" for key, text in zip(_ABOUT, contract.about, strict=True)),
        f"tags: {_value([contract.domain])}",
        "",
        "# Warns when no file has come for so long:",
        "# slaProperties:",
        "#   - {property: latency, value: 35, unit: d}",
        "",
    )
    if files := list(_file_properties(contract)):
        yield "customProperties:"
        for key, value in files:
            yield f"  - property: {key}"
            yield from _entry("value", value, 4)
        yield ""
    yield from (
        "schema:",
        f"  - name: {_value(contract.table)}",
        "    logicalType: object",
        "    physicalType: table",
        f"    physicalName: {contract.raw_table}",
        f"    businessName: {_value(contract.title)}",
        f"    description: {_value(contract.description)}",
        f"    dataGranularityDescription: {_value(f'{TODO} what tells one row from another.')}",
        "    customProperties:",
        *_relation(draft),
        "      - property: maxRejectedShare",
        "        description: Above this share of rejected rows the whole file is held.",
        f"        value: {contract.max_rejected_share}",
        "    properties:",
    )
    for column in draft.columns:
        yield from _column(column)


def _relation(draft: Draft) -> Iterator[str]:
    relation = draft.contract.relation
    value = {"kind": relation.kind}
    if isinstance(relation, Upsert):
        value["key"] = list(relation.key)
    for remark in _on_the_key(draft):
        yield from _comment(remark, 6)
    if draft.key and draft.key.is_by_chance:
        key = {"kind": "upsert", "key": [draft.contract.columns[i].name for i in draft.key.places]}
        yield from _commented(f"value: {_value(key)}", 6)
    if draft.scope:
        place, day = draft.scope
        scope = [{"column": place}, {"column": day, "by": "month"}]
        yield from _comment("If a file replaces whole months of a place, take this relation instead:", 6)
        yield from _commented(f"value: {_value({'kind': 'restate', 'scope': scope, 'maxShrink': 0.5})}", 6)
    yield from ("      - property: relation", f"        value: {_value(value)}")


def _on_the_key(draft: Draft) -> Iterator[str]:
    """Why the relation is what it is."""
    key = draft.key
    if key is None:
        yield (
            "No column and no pair of columns tells all rows apart, so all rows of all files count: what is"
            " delivered again in a file of other content counts twice."
        )
        return
    names = " and ".join(draft.contract.columns[i].name for i in key.places)
    verb = "tells" if len(key.places) == 1 else "tell"
    if key.is_by_chance:
        yield (
            f"No key is certain, so all rows of all files count: {names} {verb} these {key.rows:,} rows"
            " apart, which may be chance. Where it is the key, take this relation instead:"
        )
    elif key.is_guess:
        yield (
            f"The key is a guess, by its name: {names} {verb} these {key.rows:,} rows apart, too few to be"
            " certain. A later row with the same key replaces an earlier one."
        )
    else:
        yield f"No two of {key.rows:,} rows have this key: check that it is one for all files to come."


def _column(drafted: DraftColumn) -> Iterator[str]:
    column = drafted.column
    for remark in drafted.remarks:
        yield from _comment(remark, 6)
    yield from (
        f"      - name: {_value(column.name)}",
        f"        businessName: {_value(column.header, 8)}",
        f"        description: {_value(column.description)}",
        f"        logicalType: {LOGICAL_TYPES[column.type]}",
    )
    if column.date_formats:
        yield f"        logicalTypeOptions: {_value({'format': column.date_formats[0]})}"
    if drafted.longest:
        yield f"        # logicalTypeOptions: {{maxLength: {_roomy(drafted.longest)}}}"
    # Comments stand between lines that are as deep: that is yamllint's rule.
    if drafted.choices:
        yield "        # If there can be no other values:"
        yield "        # quality:"
        yield "        #   - metric: invalidValues"
        yield "        #     mustBe: 0"
        yield "        #     arguments:"
        yield "        #       validValues:"
        for choice in drafted.choices:
            yield f"        #         - {_comment_value(choice)}"
    yield from (
        f"        physicalType: {column.sql_type}",
        f"        required: {_value(column.required)}",
        f"        classification: {column.classification}",
    )
    if extra := list(_column_properties(column)):
        yield "        customProperties:"
        for key, value in extra:
            yield f"          - property: {key}"
            yield from _entry("value", value, 12)


def _file_properties(contract: Contract) -> Iterator[tuple[str, Any]]:
    """The extensions that say how files are written, without those that are as usual."""
    if numbers := _number_format(contract.number_format):
        yield "numberFormat", numbers
    if form := _text_form(contract.text_form):
        yield "text", form
    if contract.file_names:
        yield "fileNames", list(contract.file_names)
    if contract.totals:
        yield "totals", [_total(each) for each in contract.totals]
    if contract.empty_words:
        yield "emptyWords", list(contract.empty_words)


def _total(total: Total) -> str | dict[str, str]:
    return total.text if total.place is TotalPlace.WHOLE else {total.place.value: total.text}


def _number_format(known: NumberFormat) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if known.decimal != ".":
        found["decimal"] = known.decimal
    if known.groupings:
        found |= {"grouping": known.grouping, "groupings": list(known.groupings)}
    if known.currency:
        found["currency"] = list(known.currency)
    flags = {
        "parentheses": known.parentheses,
        "trailingMinus": known.trailing_minus,
        "dashIsZero": known.dash_is_zero,
        "percent": known.percent,
        "exponent": known.exponent,
    }
    return found | {key: True for key, is_set in flags.items() if is_set}


def _text_form(form: TextForm) -> dict[str, Any]:
    signs = {
        "delimiter": form.delimiter,
        "quote": form.quote,
        "escape": form.escape,
        "encoding": form.encoding,
    }
    found: dict[str, Any] = {key: value for key, value in signs.items() if value is not None}
    return found if form.has_header else found | {"header": False}


def _column_properties(column: Column) -> Iterator[tuple[str, Any]]:
    if column.date_formats[1:]:
        yield "alternativeFormats", list(column.date_formats[1:])
    if column.rounds:
        yield "surplusDecimals", "round"
    if column.zero_pad:
        yield "zeroPad", column.zero_pad


def _value(value: Any, indent: int = 0) -> str:
    """A value as YAML, whatever signs it holds.

    It is on one line unless it is a long text, whose lines are indented below a key that is `indent` deep.
    """
    line = _dumped(value)
    if not isinstance(value, str) or len(line) <= _LONGEST_VALUE:
        return line
    return f"\\\n{' ' * (indent + 2)}".join(_parts(value))


def _entry(key: str, value: Any, indent: int) -> Iterator[str]:
    """Lines of a key with its value; one that is too long for one line takes a line for each of its parts."""
    start = f"{' ' * indent}{key}:"
    if isinstance(value, str) or len(_dumped(value)) <= _LONGEST_VALUE:
        yield from f"{start} {_value(value, indent)}".splitlines()
    elif isinstance(value, dict):
        yield start
        for part, held in value.items():
            yield from _entry(part, held, indent + 2)
    else:
        yield start
        for each in value:
            yield from f"{' ' * (indent + 2)}- {_value(each, indent + 2)}".splitlines()


def _parts(text: str) -> Iterator[str]:
    """A text in double quotes, in parts that are lines once each but the last ends with a backslash."""
    part = ""
    for sign in _SIGN.findall(_dumped(_Quoted(text))):
        if len(part) + len(sign) > _LONGEST_PART:
            yield part
            # White space at the start of a line is not part of the text, unless it is escaped.
            part = "\\" if sign.isspace() else ""
        part += sign
    yield part


def _dumped(value: Any) -> str:
    listed = yaml.dump(
        [value],
        Dumper=_Dumper,
        default_flow_style=True,
        allow_unicode=True,
        sort_keys=False,
        width=float("inf"),
    )
    return listed.strip()[1:-1]


def _comment_value(text: str) -> str:
    """A text as YAML in a comment, on one line: a long one is cut, for the reviewer to write out."""
    value = _dumped(text)
    return value if len(value) <= _WIDTH - 20 else f"{value[: _WIDTH - 21]}\u2026"


class _Quoted(str):
    """A text that is written in double quotes."""


class _Dumper(yaml.SafeDumper):
    """Spells out line ends and the like, so that no text takes more than one line."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _quoted(dumper: _Dumper, text: _Quoted) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style='"')


_Dumper.add_representer(str, _text)
_Dumper.add_representer(_Quoted, _quoted)


def _comment(text: str, indent: int) -> list[str]:
    start = f"{' ' * indent}# "
    return textwrap.wrap(printable(text), _WIDTH, initial_indent=start, subsequent_indent=start)


def _roomy(longest: int) -> int:
    """A round length with room to grow."""
    return next(each for each in (10, 20, 50, 100, 200, 500, 1_000, 10 * longest) if each >= 1.5 * longest)


def _commented(text: str, indent: int) -> list[str]:
    """Lines of YAML in a comment, for the reviewer to take the sign off."""
    return [f"{' ' * indent}# {line}" for line in text.splitlines()]
