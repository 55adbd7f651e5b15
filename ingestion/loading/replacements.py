"""What a load replaces, as data and as sentences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import psycopg

from ingestion.findings.remarks import Remark, RemarkKind, counted
from ingestion.ledger.scopes import named_scope

#: How many scopes a sentence names one by one.
_NAMED = 3


class How(StrEnum):
    """Why a load replaces an earlier one."""

    #: Both have rows in a scope that files restate.
    SCOPE = "scope"
    #: Their rows have the same keys.
    KEY = "key"
    #: It is the first real data of a source that had sample data.
    SAMPLE = "sample"
    #: It is the file of the other one, read again.
    REPLAY = "replay"


@dataclass(frozen=True, slots=True)
class Replacement:
    """Numbers of rows of the load `replaced` that no longer count, and of the rows in their place.

    `scope` is that of a restatement. `rows_after` counts the rows of all sheets of a workbook, in place of
    all earlier loads of the scope.
    """

    replaced: int
    how: How
    rows_before: int
    rows_after: int
    scope: str | None = None


def record(connection: psycopg.Connection, load_id: int, replacements: Iterable[Replacement]) -> None:
    """Record in the ledger what a load replaced."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.load_replacements"
            " (load_id, replaced_load_id, how, scope, rows_before, rows_after)"
            " values (%s, %s, %s, %s, %s, %s)",
            [
                (load_id, each.replaced, each.how, each.scope, each.rows_before, each.rows_after)
                for each in replacements
            ],
        )


def remark(replacements: Sequence[Replacement]) -> Remark | None:
    """What was replaced, in one remark; None if nothing was."""
    sentences = [
        *_scopes([each for each in replacements if each.how is How.SCOPE]),
        *(_single(each) for each in replacements if each.how is not How.SCOPE),
    ]
    return Remark(RemarkKind.REPLACED, "; ".join(sentences)) if sentences else None


def loads_named(loads: Iterable[int]) -> str:
    """Loads for people: load 3, or loads 3, 5 and 7."""
    *others, last = map(str, sorted(loads))
    return f"loads {', '.join(others)} and {last}" if others else f"load {last}"


def _scopes(replacements: Iterable[Replacement]) -> Iterator[str]:
    of_scope: defaultdict[str, list[Replacement]] = defaultdict(list)
    for each in replacements:
        of_scope[each.scope].append(each)
    by_loads: defaultdict[tuple[int, ...], list[tuple[str, int, int]]] = defaultdict(list)
    for scope, parts in of_scope.items():
        loads = tuple(sorted(each.replaced for each in parts))
        by_loads[loads].append((scope, sum(each.rows_before for each in parts), parts[0].rows_after))
    for loads, scopes in by_loads.items():
        before, after = sum(each[1] for each in scopes), sum(each[2] for each in scopes)
        where = named_scope(scopes[0][0]) if len(scopes) == 1 else f"{len(scopes):,} scopes"
        text = f"replaces {counted(before)} of {loads_named(loads)} in {where} by {after:,}"
        if 1 < len(scopes) <= _NAMED:
            text += f" ({', '.join(f'{named_scope(name)}: {was:,} by {now:,}' for name, was, now in scopes)})"
        yield text


def _single(each: Replacement) -> str:
    match each.how:
        case How.KEY:
            return f"replaces {counted(each.rows_before)} of load {each.replaced} by rows with the same keys"
        case How.SAMPLE:
            return f"replaces the sample data of load {each.replaced} ({counted(each.rows_before)})"
        case _:
            return (
                f"stands in the place of load {each.replaced}:"
                f" {counted(each.rows_after)} for {each.rows_before:,}"
            )
