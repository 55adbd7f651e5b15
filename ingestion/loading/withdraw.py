"""Withdraws loads: their rows stay, and no longer count in any figure, until that is undone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import psycopg

from ingestion.contract.files import find_contracts
from ingestion.database.connection import connect
from ingestion.database.schema import ensure_schema
from ingestion.findings.remarks import counted
from ingestion.ledger import withdrawals
from ingestion.ledger.withdrawals import Entry
from ingestion.ledger.write import lock_source
from ingestion.loading.replacements import loads_named
from ingestion.loading.user import user
from ingestion.tabular.cells import printable


class CannotWithdraw(Exception):
    """The load cannot be withdrawn, or that cannot be undone; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What a withdrawal, or its undoing, did.

    Attributes:
        loads: the loads that were named.
        again: other loads that count again, at least in some of their scopes.
        no_more: other loads that no longer count in some of their scopes.
    """

    loads: tuple[Entry, ...]
    again: tuple[int, ...]
    no_more: tuple[int, ...]

    def sentences(self, *, is_undone: bool) -> list[str]:
        """What was done, for people."""
        what = "counts again" if is_undone else "withdrawn"
        found = [
            f"load {entry.load_id}, {printable(entry.file)}: {what} ({counted(entry.rows_loaded)})"
            for entry in self.loads
        ]
        if self.again:
            found.append(f"counts again in its place: {loads_named(self.again)}")
        if self.no_more:
            found.append(f"no longer counts in its place: {loads_named(self.no_more)}")
        return found


def withdraw(
    load_ids: Iterable[int], why: str, *, by: str | None = None, url: str | None = None
) -> Withdrawn:
    """Withdraw loads, all or none: the figures become those of a warehouse that never had them.

    What earlier files had said for the same scopes or keys counts again. A load that was read in place of
    another (`replay`) gives this place back. The ledger records who withdrew the loads, and why.

    Args:
        by: who withdraws them; by default the user of this process.
        url: the warehouse in libpq form; by default that of the settings, as role `loader`.

    Raises:
        CannotWithdraw: a load does not count, or no reason is given.
        WarehouseUnavailable: the server cannot be reached.
    """
    if not why.strip():
        raise CannotWithdraw('give a reason: --why "…"')

    def take(connection: psycopg.Connection, entry: Entry) -> None:
        if entry.state != "loaded":
            raise CannotWithdraw(f"load {entry.load_id} is {entry.state}{_hint(entry)}")
        withdrawals.withdraw(connection, entry, by or user(), why.strip())

    # A load that was read in place of another gives it back, which then may be withdrawn itself.
    return _each(sorted(set(load_ids), reverse=True), take, url)


def undo_withdrawal(
    load_ids: Iterable[int], why: str | None = None, *, by: str | None = None, url: str | None = None
) -> Withdrawn:
    """Make withdrawn loads count again, all or none: the figures become what they were before.

    Args:
        why: the reason, which the ledger keeps; may be left out.
        by, url: as for `withdraw`.

    Raises:
        CannotWithdraw: a load is not withdrawn, or another one has taken its place since.
        WarehouseUnavailable: the server cannot be reached.
    """

    def put_back(connection: psycopg.Connection, entry: Entry) -> None:
        if entry.state != "withdrawn":
            raise CannotWithdraw(f"load {entry.load_id} is {entry.state}, not withdrawn: nothing to undo")
        withdrawal = withdrawals.find_withdrawal(connection, entry.load_id)
        if other := withdrawals.in_its_place(connection, entry.load_id, withdrawal.restored):
            raise CannotWithdraw(
                f"load {other} counts in the place of load {entry.load_id}: withdraw that one first"
            )
        withdrawals.undo(connection, withdrawal, by or user(), why and why.strip())

    return _each(sorted(set(load_ids)), put_back, url)


def _each(
    load_ids: Iterable[int], change: Callable[[psycopg.Connection, Entry], None], url: str | None
) -> Withdrawn:
    with connect(url) as connection, connection.transaction():
        ensure_schema(connection, find_contracts().contracts)
        sources = sorted({_entry(connection, load_id).source or "" for load_id in load_ids})
        for source in sources:
            lock_source(connection, source)
        before = withdrawals.counting(connection, sources)
        done = []
        for load_id in load_ids:
            entry = _entry(connection, load_id)
            change(connection, entry)
            done.append(entry)
        after = withdrawals.counting(connection, sources)
    return Withdrawn(
        tuple(sorted(done)), _others(after - before, load_ids), _others(before - after, load_ids)
    )


def _entry(connection: psycopg.Connection, load_id: int) -> Entry:
    entry = withdrawals.find_entry(connection, load_id)
    if entry is None:
        raise CannotWithdraw(f"there is no load {load_id}: list them with python -m ingestion status")
    return entry


def _others(counting: Iterable[tuple[int, str | None]], load_ids: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted({load_id for load_id, _ in counting}.difference(load_ids)))


def _hint(entry: Entry) -> str:
    if entry.replaced_by:
        return f": load {entry.replaced_by} was read in its place, so withdraw that one"
    return " already" if entry.state == "withdrawn" else ": none of its rows count"
