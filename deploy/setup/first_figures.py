"""The first figures: sample files for an empty warehouse, and the wait until they are published."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime

import psycopg

from deploy.errors import SetupError
from deploy.stack.airflow_api import DAGS, Airflow
from deploy.stack.health import PATIENCE
from deploy.stack.patience import wait_while_it_moves
from deploy.stack.steps import Steps
from ingestion.arrival.landing import SAMPLE, waiting_files
from tradewind.settings import Settings, text
from tradewind.warehouse.build import is_outdated
from tradewind.warehouse.progress import progress

#: Seconds between two questions to Airflow: its answers cost it time that the first build needs.
_ASK_AIRFLOW_EVERY = 3

#: Sessions of loads and builds, and whether they make progress: one that waits for a lock does not.
_AT_WORK = """
select pid, query_start, state = 'active' and wait_event_type is distinct from 'Lock' as is_computing
from pg_stat_activity
where usename in ('loader', 'transformer') and datname = current_database()
order by pid
"""


def write_sample(settings: Settings) -> int:
    """Write sample files into `landing/sample/` if there is no data at all; returns their number of rows.

    `SAMPLE=0` leaves them out.
    """
    from ingestion.sample import write_sample_files

    wanted = settings.get("SAMPLE", "1") != "0"
    if wanted and progress(settings).is_empty and not waiting_files(settings.landing):
        return sum(write_sample_files(settings.landing / SAMPLE).values())
    return 0


def wait_until_published(settings: Settings, steps: Steps) -> None:
    """Wait until the DAGs have loaded and published every waiting file, as long as they make progress.

    Does not wait for a DAG that is paused, but says so.

    Raises:
        SetupError: when a DAG run fails, or nothing makes progress any more.
    """
    if not waiting_files(settings.landing) and not _are_marts_behind(settings):
        return
    began = datetime.now(UTC).isoformat()
    airflow = Airflow(settings)
    asked = -math.inf

    def is_done() -> bool:
        nonlocal asked
        queue = waiting_files(settings.landing)
        if not queue and not _are_marts_behind(settings):
            return True
        if time.monotonic() - asked < _ASK_AIRFLOW_EVERY:
            return False
        asked = time.monotonic()
        if reason := _needs_a_person(airflow, bool(queue)):
            steps.say(reason)
            return True
        for dag in DAGS:
            if failed := airflow.runs(dag, state="failed", run_after_gte=began, limit=1):
                run = f"{airflow.base}/dags/{dag}/runs/{failed[0]['dag_run_id']}"
                raise SetupError(
                    f"DAG {dag} failed; the programs keep running: make status says why, and {run}"
                )
        if not queue and not any(airflow.is_active(dag) for dag in DAGS):
            airflow.trigger("transform")  # loaded without Airflow, nothing to load, or a newer project
        return False

    def say() -> None:
        waiting = len(waiting_files(settings.landing))
        what = f"{waiting} files to be loaded" if waiting else "the marts to be built and published"
        steps.say(f"waiting for {what}: {airflow.base}/dags shows how far it is")

    if not wait_while_it_moves(is_done, lambda: _progress(settings, airflow), PATIENCE, say):
        raise SetupError(
            f"the DAGs have not published, and nothing has happened for {PATIENCE} s. Everything keeps"
            f" running: see {airflow.base}/dags, and make status"
        )


def _are_marts_behind(settings: Settings) -> bool:
    """Whether the marts lack a load, or were built by another version of the project.

    The dashboards of a newer project need its marts.
    """
    return progress(settings).is_behind or is_outdated(settings)


def _needs_a_person(airflow: Airflow, has_files: bool) -> str | None:
    wanted = DAGS if has_files else DAGS[1:]
    if paused := [dag for dag in wanted if airflow.is_paused(dag)]:
        return f"{paused[0]} is paused, nothing is published: turn it on at {airflow.base}/dags/{paused[0]}"
    return None


def _progress(settings: Settings, airflow: Airflow) -> tuple[object, ...]:
    """A value that changes whenever a load or a build makes progress."""
    with psycopg.connect(text(settings.warehouse_url), connect_timeout=10) as connection:
        at_work = connection.execute(_AT_WORK).fetchall()
        loads = connection.execute("select count(*), max(load_id) from ops.loads").fetchone()
    runs = [(run["dag_run_id"], run["state"]) for dag in DAGS for run in airflow.runs(dag, limit=5)]
    # a long statement is progress as long as it does not wait for a lock
    computing = time.monotonic() if any(is_computing for *_, is_computing in at_work) else None
    return tuple(waiting_files(settings.landing)), loads, runs, at_work, computing
