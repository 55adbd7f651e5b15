"""Looks for what went wrong, keeps it, and tells people: once per cause, and once more when it is over.

Failed runs, failed builds and tests, figures that differ, held files, rejected rows, late sources, missing
days and months, places that no files come from, overdue backups. Without `ALERT_TO` and `ALERT_WEBHOOK`
nobody is told, and `python -m tradewind alerts` lists what is open: docs/operations.md.
"""

from datetime import timedelta

from airflow.sdk import CronTriggerTimetable, dag, task

from ingestion.orchestration.retries import retried


@dag(
    # It asks what is wrong now, so that an event which is lost costs nothing.
    schedule=CronTriggerTimetable("*/5 * * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=2,
    default_args=retried("data-engineering", timeout=timedelta(minutes=10)),
    tags=["operations"],
    doc_md=__doc__,
)
def alerts():
    @task(max_active_tis_per_dag=1)
    def check() -> list[str]:
        """Look, keep and tell; returns what was said, one line per channel.

        Retried while a mail server or a webhook does not take a message.
        """
        from airflow.sdk.exceptions import AirflowFailException

        from tradewind.alerts.check import check
        from tradewind.mail_server import OptionsError
        from tradewind.settings import Settings

        try:
            return check(Settings.load())
        except OptionsError as error:
            raise AirflowFailException(str(error)) from error

    check()


alerts()
