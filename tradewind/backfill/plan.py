"""Which batches of loads a back-fill builds again, and in which steps."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import psycopg

from ingestion.contract.model import Contract, Period, Restate
from tradewind.backfill.file import Days, Entry

#: Raw rows of one step at most, unless one batch has more: what a kill throws away.
STEP_ROWS = 1_000_000

#: A day as a part of a scope, as in `Canada|2014-03-31`.
_DAY = re.compile(r"(?<![^|])\d{4}-\d\d-\d\d(?![^|])", re.ASCII)

# As the last build saw the ledger: what came since is built anyway.
_BATCHES = """
select
    built.source,
    built.batch_id,
    built.load_id,
    coalesce(scopes.rows, loads.rows_loaded) as rows,
    built.current_scope,
    scopes.days,
    built.data_from,
    built.data_to
from staging.stg_ops__loads as built
inner join ops.loads as loads using (load_id)
left join ops.load_scopes as scopes
    on built.source = scopes.source and built.load_id = scopes.load_id and built.current_scope = scopes.scope
where built.batch_id is not null
"""


class CannotBackfill(Exception):
    """There is no such back-fill, or it names what cannot be built again; the text says why."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that a build takes up together: a load's, or those of one scope of a load.

    `spans` are the days of its rows, first and last; none where the source has no business date.
    """

    source: str
    batch_id: int
    load_id: int
    rows: int
    spans: tuple[tuple[date, date], ...]

    def has_days_of(self, days: Days) -> bool:
        return any(first <= days.last and last >= days.first for first, last in self.spans)


def batches_of(connection: psycopg.Connection, entry: Entry, contracts: Collection[Contract]) -> list[Batch]:
    """What an entry names, in the order in which it is built.

    Raises:
        CannotBackfill: nothing was built yet, or there are no rows that count.
    """
    if not connection.execute("select to_regclass('staging.stg_ops__loads') is not null").fetchone()[0]:
        raise CannotBackfill("nothing was built yet: make build")
    batches = list(_batches(connection, contracts))
    if entry.days:
        chosen = [
            batch
            for batch in batches
            if (not entry.sources or batch.source in entry.sources) and batch.has_days_of(entry.days)
        ]
        if not chosen:
            raise CannotBackfill(
                f"no rows that count have a day from {entry.days.first} to {entry.days.last}"
            )
    else:
        chosen = [batch for batch in batches if batch.load_id in entry.loads]
        _refuse_others(connection, set(entry.loads) - {batch.load_id for batch in chosen})
    return sorted(chosen, key=lambda batch: (batch.spans[:1], batch.source, batch.batch_id))


def in_steps(batches: Sequence[Batch], rows: int = STEP_ROWS) -> list[list[Batch]]:
    """The batches in their order, with so many rows together at most."""
    steps: list[list[Batch]] = []
    held = 0
    for batch in batches:
        if not steps or held + batch.rows > rows:
            steps.append([])
            held = 0
        steps[-1].append(batch)
        held += batch.rows
    return steps


def sources_without_days(connection: psycopg.Connection, contracts: Collection[Contract]) -> list[str]:
    """Sources that have rows and no business date, so that no days reach them."""
    return sorted({batch.source for batch in _batches(connection, contracts) if not batch.spans})


def _batches(connection: psycopg.Connection, contracts: Collection[Contract]) -> Iterator[Batch]:
    by_day = {contract.source for contract in contracts if _is_by_day(contract)}
    for source, batch_id, load_id, rows, scope, days, first, last in connection.execute(_BATCHES):
        if days:
            spans = tuple((each.lower, each.upper - timedelta(days=1)) for each in days)
        elif source in by_day and (day := _DAY.search(scope or "")):
            only = date.fromisoformat(day[0])
            spans = ((only, only),)
        else:
            spans = ((first, last),) if first else ()
        yield Batch(source, batch_id, load_id, rows, spans)


def _is_by_day(contract: Contract) -> bool:
    relation = contract.relation
    return isinstance(relation, Restate) and any(part.by is Period.DAY for part in relation.scope)


def _refuse_others(connection: psycopg.Connection, load_ids: Collection[int]) -> None:
    """Say why loads have no batch.

    Raises:
        CannotBackfill: there is one.
    """
    if not load_ids:
        return
    query = "select load_id, state from ops.loads where load_id = any(%s)"
    states = dict(connection.execute(query, [sorted(load_ids)]).fetchall())
    raise CannotBackfill(
        "; ".join(f"load {load_id} {_why_not(states.get(load_id))}" for load_id in sorted(load_ids))
    )


def _why_not(state: str | None) -> str:
    if state is None:
        return "is not in the ledger"
    if state == "loaded":
        return "has no rows that count: later ones have replaced them, or it was not built yet"
    return f"is {state}: none of its rows count"
