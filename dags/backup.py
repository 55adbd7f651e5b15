"""Backs up the databases, the secrets and the landing folder to `BACKUP_TO`; without it only on request.

`make restore FROM=folder` puts a backup back. How many are kept, and when `make status` calls one overdue,
are settings too: docs/operations.md.
"""

from datetime import timedelta

from airflow.sdk import CronTriggerTimetable, dag, task

from ingestion.orchestration.retries import retried
from tradewind.backups import DEFAULT_SCHEDULE
from tradewind.settings import Settings

SETTINGS = Settings.load()
NIGHTLY = CronTriggerTimetable(SETTINGS.get("BACKUP_SCHEDULE", DEFAULT_SCHEDULE), timezone="UTC")


@dag(
    schedule=NIGHTLY if SETTINGS.get("BACKUP_TO") else None,
    catchup=False,
    max_active_runs=2,
    default_args=retried(
        "data-engineering",
        first_delay=timedelta(seconds=10),
        longest_delay=timedelta(minutes=5),
        timeout=timedelta(hours=6),
    ),
    tags=["operations"],
    doc_md=__doc__,
)
def backup():
    @task(max_active_tis_per_dag=1)
    def take() -> str:
        """Write a backup, and delete the oldest; returns its folder and size."""
        from tradewind.backups import take_backup

        return take_backup()

    take()


backup()
