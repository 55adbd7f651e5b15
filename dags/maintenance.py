"""Removes what nothing needs any more, and vacuums the warehouse; at first only says what it would remove.

Old logs, old runs in Airflow's database, rejected rows of held files whose content was loaded later, alerts
that are over. For how many days each is kept is a setting; docs/operations.md says what stops being possible.
"""

from datetime import timedelta

from airflow.sdk import CronTriggerTimetable, Param, dag, task

from ingestion.orchestration.retries import retried
from tradewind.settings import Settings

SCHEDULE = Settings.load().get("MAINTENANCE_SCHEDULE")


@dag(
    schedule=CronTriggerTimetable(SCHEDULE, timezone="UTC") if SCHEDULE else None,
    catchup=False,
    max_active_runs=2,
    default_args=retried("data-engineering", timeout=timedelta(hours=2)),
    tags=["operations"],
    doc_md=__doc__,
    params={
        "dry_run": Param(
            True,
            type="boolean",
            title="Dry run",
            description="Only say what would be removed. Scheduled runs remove it.",
        )
    },
)
def maintenance():
    @task(max_active_tis_per_dag=1)
    def maintain(params: dict, dag_run=None) -> list[str]:
        """Run all steps; returns a sentence for each, which `ops.maintenance` keeps too."""
        from airflow.sdk.exceptions import AirflowFailException

        from tradewind.maintenance.run import maintain
        from tradewind.settings import SettingError

        is_scheduled = dag_run is not None and dag_run.run_type == "scheduled"
        by = dag_run and dag_run.triggering_user_name
        try:
            return maintain(Settings.load(), is_dry_run=params["dry_run"] and not is_scheduled, by=by)
        except SettingError as error:
            raise AirflowFailException(str(error)) from error

    maintain()


maintenance()
