"""Forecasts the metrics whose published figures changed; the DAG `transform` publishes what it stores.

It follows a publication and never delays one: without its models, or when it fails, everything else goes on.
It checks at most every ten minutes; the next scheduled run picks up a publication that came sooner.
"""

from datetime import timedelta

from airflow.sdk import Asset, AssetOrTimeSchedule, CronTriggerTimetable, dag, task

from ingestion.orchestration.retries import retried

MARTS = Asset(name="marts", uri="postgres://warehouse/warehouse/marts/all")
FORECASTS = Asset(name="forecasts", uri="postgres://warehouse/warehouse/ops/forecasts")


@dag(
    # An event only wakes the task, which looks for what changed; the schedule makes up for events that were
    # lost or came too soon.
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("*/10 * * * *", timezone="UTC"), assets=[MARTS]
    ),
    catchup=False,
    max_active_runs=2,
    default_args=retried("analytics-engineering", timeout=timedelta(hours=3)),
    tags=["forecasts"],
    doc_md=__doc__,
)
def forecast():
    @task(outlets=[FORECASTS], max_active_tis_per_dag=1)
    def store(dag_run=None) -> list[str]:
        """Fit the series that changed; skipped if the published marts show every forecast already.

        The first forecast of a history of 27 months or more installs the models (docs/forecasts.md); where
        that fails, the error says so.
        """
        from airflow.sdk.exceptions import AirflowSkipException

        from tradewind.insight.lately import note_look, was_lately
        from tradewind.settings import Settings

        settings = Settings.load()
        if dag_run.run_type == "asset_triggered" and was_lately(settings):
            raise AirflowSkipException("looked within ten minutes; the next scheduled run looks again")

        from tradewind.insight.store import store
        from tradewind.warehouse.publications import forecasts_wait

        said = store(settings)
        note_look(settings)
        if not forecasts_wait(settings):
            raise AirflowSkipException("; ".join(said))
        return said

    store()


forecast()
