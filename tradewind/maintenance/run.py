"""One round of maintenance: its steps, and the account of it in `ops.maintenance`."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ingestion.database.connection import connect_as
from tradewind.maintenance import airflow, logs, warehouse
from tradewind.maintenance.options import Days
from tradewind.maintenance.outcome import Outcome
from tradewind.settings import Settings

log = logging.getLogger(__name__)

_TABLE = """
create table if not exists ops.maintenance (
    run_at timestamptz not null default clock_timestamp(),
    step text not null,
    is_dry_run boolean not null,
    number bigint not null,
    what text not null,
    started_by text
);
comment on table ops.maintenance is
    'What maintenance removed, or would have removed: one row per step and run.';
comment on column ops.maintenance.number is 'How many things; what says which.';
comment on column ops.maintenance.started_by is 'The user of Airflow who started it; null for the schedule.';
"""

_NOTE = "insert into ops.maintenance (step, is_dry_run, number, what, started_by) values (%s, %s, %s, %s, %s)"


def maintain(settings: Settings, *, is_dry_run: bool, by: str | None = None) -> list[str]:
    """Run all steps; returns a sentence for each.

    Each step is noted when it is done. It can be killed and run again: then it goes on.

    Raises:
        SettingError: as `Days.read`; nothing was done.
        RuntimeError: Airflow's own command failed; the other steps are done.
    """
    days = Days.read(settings)

    def noted(done: Outcome) -> str:
        return _note(settings, done, by, is_dry_run=is_dry_run)

    steps: list[tuple[int | None, Callable[..., Outcome]]] = [
        (days.logs, logs.remove_logs),
        (days.rejected, warehouse.remove_rejected),
        (days.alerts, warehouse.remove_alerts),
    ]
    said = [noted(step(settings, kept, is_dry_run=is_dry_run)) for kept, step in steps if kept is not None]
    # after what leaves dead rows behind
    said.append(noted(warehouse.vacuum(settings, is_dry_run=is_dry_run)))
    # last, as a command of Airflow's may fail
    if days.airflow is not None:
        said.append(noted(airflow.clean_airflow(settings, days.airflow, is_dry_run=is_dry_run)))
    return said


def _note(settings: Settings, done: Outcome, by: str | None, *, is_dry_run: bool) -> str:
    with connect_as(settings, "transformer") as connection:
        connection.execute(_TABLE)
        connection.execute(_NOTE, [done.step, is_dry_run, done.number, done.what, by])
    sentence = f"{'would remove' if is_dry_run else 'removed'} {done.what}"
    log.info("%s", sentence)
    return sentence
