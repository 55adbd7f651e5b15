"""Builds again what an entry of `backfills.yaml` names, step by step; or only says what that would be.

A step forgets that its batches were ever built, and builds: what a build does after any load follows, with
tests and publication. It is noted when it is published. Whatever is killed, running it again gives the same:
the next build, by whomever, takes up what was forgotten, and a step that was not noted is taken once more.

Where rows of several steps are wrong, the figures agree, and are published, only when all are built again. So
if a step is not published, all that is left is one step.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Sequence, Sized
from itertools import groupby
from pathlib import Path

import psycopg

from ingestion.contract.files import find_contracts
from ingestion.contract.model import Contract
from ingestion.database.connection import connect_as
from tradewind.backfill import ledger
from tradewind.backfill.file import FILE, Entry, read_backfills
from tradewind.backfill.plan import (
    STEP_ROWS,
    Batch,
    CannotBackfill,
    batches_of,
    in_steps,
    sources_without_days,
)
from tradewind.settings import Settings
from tradewind.warehouse.build import BuildError, alone, build
from tradewind.warehouse.chart_caches import turn_over_caches

log = logging.getLogger(__name__)


def listing(settings: Settings, path: Path | None = None) -> list[str]:
    """A sentence for each entry of the file, with how far it is.

    Raises:
        PlacedFaults: the file is wrong.
    """
    entries = read_backfills(_sources(_contracts()), path)
    with _connect(settings) as connection:
        states = ledger.states(connection)
    return [f"{each.name}: {each.what} ({states.get(each.name, 'not begun')})" for each in entries.values()]


def backfill(
    settings: Settings,
    name: str,
    *,
    is_dry_run: bool,
    by: str | None = None,
    again: bool = False,
    step_rows: int = STEP_ROWS,
    path: Path | None = None,
    say: Callable[[str], object] = log.info,
) -> list[str]:
    """Build an entry's batches again, or say what that would be.

    Args:
        settings: which warehouse.
        name: of the entry.
        is_dry_run: build nothing.
        by: the user of Airflow who asks for it.
        again: if it is done, build all of it once more.
        step_rows: raw rows of a step at most.
        path: of the file; by default `backfills.yaml` of the repository.
        say: is given a sentence before and after each step.

    Returns:
        What was, or would be, built, one sentence per source, and how it ended.

    Raises:
        PlacedFaults: the file is wrong.
        CannotBackfill: it has no such entry, or the entry names what cannot be built.
        BuildError: a step failed; dashboards keep their figures, and the same call goes on with this step.
    """
    contracts = _contracts()
    entry = _entry(name, contracts, path)
    with _connect(settings) as connection:
        batches = batches_of(connection, entry, contracts)
        is_finished = ledger.is_finished(connection, name)
        again = again and is_finished
        done = set() if again else ledger.built(connection, name)
        said = _in_sentences(batches)
        out = sources_without_days(connection, contracts) if entry.days else []
        if out := [source for source in out if source in (entry.sources or out)]:
            said.append(f"no days reach {', '.join(out)}, which have none: name loads of theirs")
        left = [each for each in batches if (each.source, each.batch_id) not in done]
        steps = in_steps(left, step_rows)
        if is_dry_run:
            state = (
                f"{len(left):,} of {_number(batches, 'batch', 'es')} are left, in {_number(steps, 'step')}"
            )
            return [*said, f"dry run: {state}"]
        if not left and is_finished:
            return [*said, "it is done: nothing was built"]
        ledger.begin(connection, entry, by, again=again)
    _build_steps(settings, name, steps, say)
    with _connect(settings) as connection:
        before = ledger.finish(connection, name)
        return [*said, _differences(before, ledger.figures(connection))]


def _build_steps(
    settings: Settings, name: str, steps: Sequence[list[Batch]], say: Callable[[str], object]
) -> None:
    number, last = 0, len(steps)
    forgotten: list[Batch] = []
    while steps:
        number += 1
        step, *later = steps
        say(f"step {number} of {last}: {_in_words(step)}")
        began = time.monotonic()
        forgotten += step
        try:
            _build_again(settings, name, forgotten)
        except BuildError as error:
            if error.is_transient or not later:
                raise
            say(f"step {number} of {last}: not published ({error}); all that is left is one step now")
            steps, last = [[batch for each in later for batch in each]], number + 1
        else:
            say(f"step {number} of {last}: published after {time.monotonic() - began:.0f} s")
            steps, forgotten = later, []


def _build_again(settings: Settings, name: str, batches: Sequence[Batch]) -> None:
    # a build that is running would go on as if they had been built
    with alone(settings), _connect(settings) as connection:
        ledger.forget(connection, batches)
    if not build(settings).published:
        raise BuildError("the build was not published", is_transient=True)
    with _connect(settings) as connection:
        ledger.note_built(connection, name, batches)
    turn_over_caches(settings)


def _entry(name: str, contracts: Collection[Contract], path: Path | None) -> Entry:
    entries = read_backfills(_sources(contracts), path)
    if name not in entries:
        known = f"there are {', '.join(entries)}" if entries else "it has no entries"
        raise CannotBackfill(f"{(path or FILE).name} has no entry {name!r}: {known}")
    return entries[name]


def _contracts() -> Collection[Contract]:
    return find_contracts().contracts


def _sources(contracts: Collection[Contract]) -> list[str]:
    return [contract.source for contract in contracts]


def _in_sentences(batches: Sequence[Batch]) -> list[str]:
    by_source = groupby(sorted(batches, key=lambda each: each.source), key=lambda each: each.source)
    return [f"{source}: {_in_words(list(group))}" for source, group in by_source]


def _in_words(batches: Sequence[Batch]) -> str:
    loads = {each.load_id for each in batches}
    rows = sum(each.rows for each in batches)
    days = [day for each in batches for span in each.spans for day in span]
    when = f", {min(days)} to {max(days)}" if days else ""
    return f"{_number(batches, 'batch', 'es')} of {_number(loads, 'load')}, {rows:,} raw rows{when}"


def _number(things: Sized, name: str, plural: str = "s") -> str:
    return f"{len(things):,} {name}{plural if len(things) != 1 else ''}"


def _differences(before: dict[str, str | None], now: dict[str, str | None]) -> str:
    """Which headline figures changed since it began, by new loads or because they were wrong."""
    changed = [
        f"{name} was {before.get(name)}, is {now.get(name)}"
        for name in sorted(before.keys() | now.keys())
        if before.get(name) != now.get(name)
    ]
    return "; ".join(changed) or f"done: all {len(now)} headline figures are what they were"


def _connect(settings: Settings) -> psycopg.Connection:
    return connect_as(settings, "transformer", autocommit=True)
