"""Loads a held file anyway, because a person knows that it is right; rows that break the contract stay out.

The ledger keeps who accepted it, and why. A build follows, for what that touches.
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
            description="Number of the held load, as on the page Data health.",
        ),
        "why": Param(
            None, type=["null", "string"], title="Why", description="The reason, which the ledger keeps."
        ),
    },
)
def accept():
    @task(outlets=[RAW], max_active_tis_per_dag=1)
    def accept(params: dict, dag_run=None) -> dict:
        """Load the file; fails if nothing of it can be loaded, and says why."""
        from airflow.sdk.exceptions import AirflowFailException

        from ingestion.loading.replay import CannotReplay
        from ingestion.orchestration.corrections import StillHeld, accept_load

        by = dag_run and dag_run.triggering_user_name
        try:
            return accept_load(params["load"], params["why"] or "", by)
        except (CannotReplay, StillHeld) as error:
            raise AirflowFailException(str(error)) from error

    accept()


accept()
