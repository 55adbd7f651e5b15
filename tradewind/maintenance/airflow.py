"""Airflow's own tables, by its own command."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from tradewind.maintenance.outcome import Outcome
from tradewind.settings import Settings, text

#: What grows with time. DAGs and their versions stay, since runs refer to them, and triggers, which may be in
#: use however old they are: Airflow removes the others itself.
_TABLES = (
    *("asset_event", "dag_run", "import_error", "job", "log", "task_instance", "task_instance_history"),
    *("task_reschedule", "xcom"),
)

# As the command finds them: it keeps the newest run of each DAG that nobody triggered by hand.
_OLD = """
select count(*) from dag_run as run
where start_date < %s
    and start_date is distinct from (
        select max(kept.start_date) from dag_run as kept
        where kept.dag_id = run.dag_id and kept.run_type <> 'manual'
    )
"""


def clean_airflow(settings: Settings, days: int, *, is_dry_run: bool) -> Outcome:
    """Remove old runs and what belongs to them, old log entries, events and jobs.

    Raises:
        RuntimeError: the command failed; the message is what it said last.
    """
    url = settings.embedded_url("airflow", settings.get("AIRFLOW_DATABASE_PASSWORD"), "airflow")
    before = datetime.now(UTC) - timedelta(days=days)
    with psycopg.connect(text(url), connect_timeout=10) as connection:
        number = connection.execute(_OLD, [before]).fetchone()[0]
    outcome = Outcome("airflow", number, f"{number:,} runs older than {days} days, and what belongs to them")
    if is_dry_run:
        return outcome
    command = [str(Path(sys.executable).parent / "airflow"), "db", "clean", "--tables", ",".join(_TABLES)]
    command += ["--clean-before-timestamp", before.isoformat(), "--yes", "--skip-archive"]
    # tasks are given no address of Airflow's database
    address = text(url.set(drivername="postgresql+psycopg2"))
    variables = {**os.environ, "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": address}
    done = subprocess.run(
        [*command, "--error-on-cleanup-failure"], env=variables, capture_output=True, text=True
    )
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise RuntimeError(f"airflow db clean failed: {' '.join(last)}")
    return outcome
