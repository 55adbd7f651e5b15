"""Writes the data dictionary from the contracts: what every source is and what its columns mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ingestion.contract.model import (
    DATES,
    Append,
    Column,
    Contract,
    DatePart,
    Freshness,
    Relation,
    Restate,
    Upsert,
)
from tradewind.settings import ROOT

DICTIONARY_FILE = ROOT / "docs" / "data_dictionary.md"

_HEAD = """\
# Data dictionary

The sources of the warehouse, column by column. Generated from the
[contracts](../ingestion/contracts/README.md) by `python -m ingestion sources`; edit those, not this page.
What the classes mean is said [there](../ingestion/contracts/README.md#personal-data-classes).
"""

_COLUMNS = ("Column", "Header in files", "Type", "Required", "Class", "Allowed", "Description")
_PARTS = {DatePart.MONTH: "month", DatePart.MONTH_NAME: "month's name", DatePart.YEAR: "year"}


def render_dictionary(contracts: Iterable[Contract]) -> str:
    """The dictionary as Markdown, one section per source."""
    return "\n".join([_HEAD, *("\n".join(_section(contract)) for contract in contracts)])


def _section(contract: Contract) -> Iterator[str]:
    yield f"## {contract.source}\n"
    yield f"{contract.description}\n"
    if contract.about:
        yield f"{' '.join(contract.about)}\n"
    yield f"- Raw table: `staging.{contract.raw_table}`, contract version {contract.version}"
    yield f"- How files relate: {_relation(contract.relation)}"
    yield f"- New files: {_freshness(contract.freshness)}"
    yield f"- A file is held when more than {contract.max_rejected_share:.0%} of its rows are rejected"
    yield from (f"- Every row: {rule}" for rule in _rules(contract))
    yield ""
    yield _row(_COLUMNS)
    yield _row(["---"] * len(_COLUMNS))
    yield from (_row(_cells(column)) for column in contract.columns)
    yield ""


def _relation(relation: Relation) -> str:
    match relation:
        case Append():
            return "all rows of all files count"
        case Upsert():
            latest = f"the greatest {relation.latest}, then of " if relation.latest else ""
            return f"of rows with the same {_listed(relation.key)} the one of {latest}the latest file counts"
        case Restate():
            parts = _listed(list(map(str, relation.scope)))
            scope = f"the same {parts}" if parts else "the whole table"
            if relation.file_part:
                scope += " and the same part of a delivery, as the file's name tells it"
            text = f"a file's rows replace all earlier rows of {scope}"
            if relation.max_shrink is None:
                return text
            return f"{text}; one that lacks more than {relation.max_shrink:.0%} of those is held"


def _freshness(freshness: Freshness | None) -> str:
    if freshness is None:
        return "none are expected"
    return f"at least every {freshness}"


def _rules(contract: Contract) -> Iterator[str]:
    for rule in contract.sums:
        terms = " less ".join([" plus ".join(rule.plus), *rule.minus])
        tolerance = f", up to {rule.tolerance}" if rule.tolerance else ""
        yield f"{rule.total} is {terms}{tolerance}"
    for rule in contract.limits:
        yield f"{rule.column} is at most {rule.limit}"


def _cells(column: Column) -> tuple[str, ...]:
    return (
        f"`{column.name}`",
        column.header.strip(),
        column.sql_type,
        "yes" if column.required else "no",
        column.classification,
        "; ".join(_allowed(column)),
        column.description,
    )


def _allowed(column: Column) -> Iterator[str]:
    """What values the column takes, and how files write them."""
    if column.allowed:
        yield ", ".join(column.allowed)
    if column.reserved:
        yield f"not {', '.join(column.reserved)}"
    if column.pattern:
        yield f"`{column.pattern}`"
    if column.zero_pad:
        yield f"leading zeros up to {column.zero_pad} digits"
    if column.max_length:
        yield f"at most {column.max_length:,} characters"
    if column.date_formats:
        yield " or ".join(f"`{each}`" for each in column.date_formats)
    if column.lowest is not None:
        yield f"from {column.lowest}"
    if column.highest is not None:
        yield f"{'until' if column.type in DATES else 'to'} {column.highest}"
    if column.rounds:
        yield "longer fractions are rounded"
    if column.repeats:
        yield f"the {_PARTS[column.repeats.part]} of {column.repeats.date}"


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
