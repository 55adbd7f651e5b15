"""Loads files as soon as they appear in `landing/`."""

from airflow.sdk import Asset, AssetOrTimeSchedule, AssetWatcher, CronTriggerTimetable, Param, dag, task

from ingestion.orchestration.retries import retried
from ingestion.orchestration.triggers import LandingDirTrigger
from tradewind.settings import Settings

SETTINGS = Settings.load()

LANDING = Asset(
    name="landing",
    uri=SETTINGS.landing.as_uri(),
    watchers=[
        AssetWatcher(name="landing_watcher", trigger=LandingDirTrigger(directory=str(SETTINGS.landing)))
    ],
)
RAW = Asset(name="raw", uri="postgres://warehouse/warehouse/staging/raw")


@dag(
    # An event only wakes the task, which loads everything that is waiting; the schedule makes up for lost
    # events.
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("*/15 * * * *", timezone="UTC"), assets=[LANDING]
    ),
    catchup=False,
    max_active_runs=2,
    default_args=retried("data-engineering"),
    tags=["ingestion"],
    doc_md=__doc__,
    params={
        "paths": Param(
            [],
            type=["null", "array"],
            items={"type": "string"},
            title="Files",
            description="Files or folders to load, one per line. Empty: everything that waits in landing/.",
        )
    },
)
def ingest():
    @task(outlets=[RAW], max_active_tis_per_dag=1)
    def load(params: dict, outlet_events=None) -> dict:
        """Load the waiting files; warn about rejected rows and held files.

        Skipped if there is nothing to build. The ledger decides that, not what this run did: a build whose
        event was lost is started again, and chart caches that missed the last publication are invalidated.
        """
        from airflow.sdk.exceptions import AirflowSkipException

        from ingestion.orchestration.tasks import load_waiting
        from tradewind.warehouse.build import nothing_to_build
        from tradewind.warehouse.chart_caches import repeat_turn_over

        summary = load_waiting(params["paths"] or [])
        settings = Settings.load()
        repeat_turn_over(settings)
        if reason := nothing_to_build(settings):
            raise AirflowSkipException(reason)
        outlet_events[RAW].extra = summary
        return summary

    load()


ingest()
