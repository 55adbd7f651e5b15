"""Sends the figures and a picture of a dashboard by e-mail to the addresses in `REPORT_TO`."""

from datetime import timedelta

from airflow.sdk import CronTriggerTimetable, Param, dag, task

from ingestion.orchestration.retries import retried
from tradewind.report.options import DEFAULT_SCHEDULE
from tradewind.settings import Settings


@dag(
    schedule=CronTriggerTimetable(Settings.load().get("REPORT_SCHEDULE", DEFAULT_SCHEDULE), timezone="UTC"),
    catchup=False,
    max_active_runs=2,
    default_args=retried(
        "data-engineering",
        first_delay=timedelta(seconds=10),
        longest_delay=None,
        timeout=timedelta(minutes=10),
    ),
    tags=["report"],
    doc_md=__doc__,
    params={
        "again": Param(
            False,
            type="boolean",
            title="Send again",
            description="Send to everybody, even if they already have the day's report.",
        )
    },
)
def report():
    @task(max_active_tis_per_dag=1)
    def send(params: dict) -> list[str]:
        """Send to those who have not received the day's report yet.

        Skipped if there are no addresses, everybody has it, or there are no figures yet.
        """
        from airflow.sdk.exceptions import AirflowSkipException

        from tradewind.report.figures import NoFigures
        from tradewind.report.sending import NothingToSend, send
        from tradewind.settings import Settings

        try:
            return send(Settings.load(), again=params["again"])
        except (NothingToSend, NoFigures) as reason:
            raise AirflowSkipException(str(reason)) from reason

    send()


report()
