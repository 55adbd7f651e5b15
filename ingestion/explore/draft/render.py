"""Writes a drafted contract as YAML in the Open Data Contract Standard, with comments for its reviewer."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import Any

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from ingestion.contract.columns import LOGICAL_TYPES
from ingestion.contract.model import Column, Contract, NumberFormat, TextForm, Total, TotalPlace, Upsert
from ingestion.explore.draft.columns import TODO
from ingestion.explore.draft.draft import Draft
from ingestion.tabular.cells import printable

_WIDTH = 110
#: Of a value beside its key, and of its lines where it takes several, in signs as YAML writes them.
_LONGEST_VALUE, _LONGEST_PART = 90, 60
_SIGN = re.compile(r"\\(?:x..|u....|U........|.)|.")
_ABOUT = ("purpose", "usage", "limitations")


def render(draft: Draft) -> str:
    """The text of the contract's file."""
    upto = "all" if draft.is_complete else f"the first {draft.rows:,}"
    return _template().render(
        draft=draft,
        remarks=[
            f"Drafted from {draft.rows:,} rows, {upto} of the file. Complete the lines with TODO.",
            *draft.notes,
        ],
        about=list(zip(_ABOUT, draft.contract.about, strict=True)),
        file_properties=list(_file_properties(draft.contract)),
        on_the_key=_on_the_key(draft),
        relations=_relations(draft),
        logical_types=LOGICAL_TYPES,
        todo=TODO,
    )


def _template() -> Template:
    made = Environment(
        loader=PackageLoader("ingestion.explore.draft"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {
        "comment": _comment,
        "entry": _entry,
        "properties": _column_properties,
        "roomy": _roomy,
        "short_yaml": _comment_value,
        "yaml": _value,
    }
    return made.get_template("contract.yaml.jinja")


def _relations(draft: Draft) -> dict[str, Any]:
    """The relation that was chosen, and others that a reviewer may take instead."""
    relation = draft.contract.relation
    chosen: dict[str, Any] = {"kind": relation.kind}
    if isinstance(relation, Upsert):
        chosen["key"] = list(relation.key)
    by_chance = scope = None
    if draft.key and draft.key.is_by_chance:
        by_chance = {"kind": "upsert", "key": [draft.contract.columns[i].name for i in draft.key.places]}
    if draft.scope:
        place, day = draft.scope
        parts = [{"column": place}, {"column": day, "by": "month"}]
        scope = {"kind": "restate", "scope": parts, "maxShrink": 0.5}
    return {"chosen": chosen, "by_chance": by_chance, "scope": scope}


def _on_the_key(draft: Draft) -> str:
    """Why the relation is what it is."""
    key = draft.key
    if key is None:
        return (
            "No column and no pair of columns tells all rows apart, so all rows of all files count: what is"
            " delivered again in a file of other content counts twice."
        )
    names = " and ".join(draft.contract.columns[i].name for i in key.places)
    verb = "tells" if len(key.places) == 1 else "tell"
    if key.is_by_chance:
        return (
            f"No key is certain, so all rows of all files count: {names} {verb} these {key.rows:,} rows"
            " apart, which may be chance. Where it is the key, use this relation instead:"
        )
    if key.is_guess:
        return (
            f"The key is a guess, by its name: {names} {verb} these {key.rows:,} rows apart, too few to be"
            " certain. A later row with the same key replaces an earlier one."
        )
    return f"No two of {key.rows:,} rows have this key: check that it is one for all files to come."


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


def _entry(value: Any, key: str, indent: int) -> str:
    """A key with its value; one that is too long for one line takes a line for each of its parts."""
    start = f"{' ' * indent}{key}:"
    if isinstance(value, str) or len(_dumped(value)) <= _LONGEST_VALUE:
        return f"{start} {_value(value, indent)}"
    if isinstance(value, dict):
        return "\n".join([start, *(_entry(held, part, indent + 2) for part, held in value.items())])
    return "\n".join([start, *(f"{' ' * (indent + 2)}- {_value(each, indent + 2)}" for each in value)])


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


def _comment(text: str, indent: int) -> str:
    start = f"{' ' * indent}# "
    return textwrap.fill(printable(text), _WIDTH, initial_indent=start, subsequent_indent=start)


def _roomy(longest: int) -> int:
    """A round length with room to grow."""
    return next(each for each in (10, 20, 50, 100, 200, 500, 1_000, 10 * longest) if each >= 1.5 * longest)
