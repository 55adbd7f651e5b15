"""Writes the kinds of reasons for others: their titles as macros of dbt, and a page for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from string import Formatter

from ingestion.findings.reasons import FaultKind, HoldKind
from tradewind.settings import ROOT

TITLES_FILE = ROOT / "dbt_project" / "macros" / "reason_titles.sql"
REASONS_FILE = ROOT / "docs" / "reasons.md"

_TITLES = """\
{{#- Generated from `ingestion/findings/reasons.py` by `python -m ingestion sources`; edit that one. -#}}
{{#- Titles of the kinds of reasons why a row is refused. -#}}
{{% macro fault_titles() -%}}
    {{%- do return({{
{faults}
    }}) -%}}
{{%- endmacro %}}

{{#- Titles of the kinds of reasons why a file is held. -#}}
{{% macro hold_titles() -%}}
    {{%- do return({{
{holds}
    }}) -%}}
{{%- endmacro %}}
"""

_PAGE = """\
# Reasons

Why rows are refused and files are held, by kind. Generated from
`ingestion/findings/reasons.py` by `python -m ingestion sources`; edit that, not this page.

## Rows that are refused

`ops.rejected_rows.kind` is the kind of the row's first fault; `reasons` lists all of them. `{{}}` stands for
what the sentence quotes. *Shown as* is the title on the page *Data health*; rows that were refused before
kinds were kept have none, and are shown as *Other*.

{faults}

## Files that are held

`ops.loads.hold_kind` is the kind; `message` says it with the file's own names and figures.

{holds}
"""


def render_titles() -> str:
    """The text of the macros `fault_titles` and `hold_titles`."""
    return _TITLES.format(faults=_titles(FaultKind), holds=_titles(HoldKind))


def render_reasons() -> str:
    """All kinds as Markdown."""
    return _PAGE.format(faults="\n".join(_table(FaultKind)), holds="\n".join(_table(HoldKind)))


def _titles(kinds: Iterable[FaultKind | HoldKind]) -> str:
    return "\n".join(f"        {json.dumps(kind.code)}: {json.dumps(kind.title)}," for kind in kinds)


def _table(kinds: Iterable[FaultKind | HoldKind]) -> Iterator[str]:
    yield "| Kind | Shown as | What is wrong | What to do |"
    yield "| --- | --- | --- | --- |"
    for kind in kinds:
        yield f"| `{kind.code}` | {kind.title} | {_spoken(kind)} | {kind.advice} |"


def _spoken(kind: FaultKind | HoldKind) -> str:
    """The sentence with empty braces for its fields."""
    return "".join(
        text + ("{}" if field is not None else "") for text, field, _, _ in Formatter().parse(kind.sentence)
    )
