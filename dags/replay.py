"""Reads a load's file again, after it or its contract was corrected; the load keeps its place in the order.

A load that was held is loaded if nothing is wrong any more. A build follows, for what that touches.
"""

from datetime import timedelta

from airflow.sdk import Asset, Param, dag, task

from ingestion.orchestration.retries import retried

RAW = Asset(name="raw", uri="postgres://warehouse/warehouse/staging/raw")


@dag(
    schedule=None,
    catchup=False,
    max_active_runs=2,
    default_args=retried("data-engineering", timeout=timedelta(hours=2)),
    tags=["correction"],
    doc_md=__doc__,
    params={
        "load": Param(
            None,
            type=["null", "integer"],
            title="Load",
            description="Number of the load, as on the page Data health.",
        ),
        "file": Param(
            None,
            type=["null", "string"],
            title="File",
            description="Path of the corrected file. Empty: the file as it was read.",
        ),
    },
)
def replay():
    @task(outlets=[RAW], max_active_tis_per_dag=1)
    def replay(params: dict) -> dict:
        """Read the file again; fails if it is held again, and says why."""
        from airflow.sdk.exceptions import AirflowFailException

        from ingestion.loading.replay import CannotReplay
        from ingestion.orchestration.corrections import StillHeld, replay_load

        try:
            return replay_load(params["load"], params["file"])
        except (CannotReplay, StillHeld) as error:
            raise AirflowFailException(str(error)) from error

    replay()


replay()
