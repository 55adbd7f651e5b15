"""What people correct from Airflow: loads are withdrawn, read again, or accepted.

A retry after a lost connection finds either nothing done, or all of it, and then says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ingestion.loading.replay import CannotReplay, accept, replay
from ingestion.loading.result import LoadResult
from ingestion.loading.withdraw import CannotWithdraw, undo_withdrawal, withdraw
from ingestion.orchestration.tasks import log_results, summary


class StillHeld(Exception):
    """The file was read again and is held; the text says why."""


def withdraw_loads(
    loads: Sequence[int | str], why: str, by: str | None, *, undo: bool, url: str | None = None
) -> list[str]:
    """Withdraw loads, or put them back; returns what that did, one sentence per line.

    Raises:
        As `ingestion.loading.withdraw`; CannotWithdraw also where no load is named.
    """
    numbers = [int(number) for number in loads]
    if not numbers:
        raise CannotWithdraw("name at least one load: the page Data health lists them")
    if undo:
        done = undo_withdrawal(numbers, why or None, by=by, url=url)
    else:
        done = withdraw(numbers, why, by=by, url=url)
    return done.sentences(is_undone=undo)


def replay_load(load_id: int | None, file: str | None, url: str | None = None) -> dict[str, Any]:
    """Read a load's file again; returns counts, as `ingestion.orchestration.tasks.load_waiting`.

    Raises:
        StillHeld: something is still wrong.
        As `ingestion.loading.replay.replay`.
    """
    return _counts(replay(_named(load_id), Path(file) if file else None, url=url))


def accept_load(load_id: int | None, why: str, by: str | None, url: str | None = None) -> dict[str, Any]:
    """Load a held file anyway; returns counts as `replay_load`.

    Raises:
        StillHeld: nothing of it can be loaded.
        As `ingestion.loading.replay.accept`.
    """
    return _counts(accept(_named(load_id), why, by=by, url=url))


def _named(load_id: int | None) -> int:
    if load_id is None:
        raise CannotReplay("name a load: the page Data health lists them")
    return load_id


def _counts(results: Sequence[LoadResult]) -> dict[str, Any]:
    log_results(results)
    if wrong := [f"{each.file}: {each.message}" for each in results if not each.is_fine]:
        raise StillHeld("; ".join(wrong))
    return summary(results)
