"""Takes loads back, or puts them back: none of their rows count any more, and earlier files count again.

The ledger keeps who did it, when and why (`ops.withdrawals`). A build follows, for what that touches.
"""

from datetime import timedelta

from airflow.sdk import Asset, Param, dag, task

from ingestion.orchestration.retries import retried

RAW = Asset(name="raw", uri="postgres://warehouse/warehouse/staging/raw")


@dag(
    schedule=None,
    catchup=False,
    max_active_runs=2,
    default_args=retried("data-engineering", timeout=timedelta(minutes=30)),
    tags=["correction"],
    doc_md=__doc__,
    params={
        "loads": Param(
            [],
            type=["null", "array"],
            items={"type": "string", "pattern": "^[0-9]+$"},
            title="Loads",
            description="Numbers of the loads, one per line, as on the page Data health.",
        ),
        "why": Param(
            None, type=["null", "string"], title="Why", description="The reason, which the ledger keeps."
        ),
        "undo": Param(
            False, type="boolean", title="Put back", description="Make withdrawn loads count again instead."
        ),
    },
)
def withdraw():
    @task(outlets=[RAW], max_active_tis_per_dag=1)
    def withdraw(params: dict, dag_run=None) -> list[str]:
        """Withdraw the loads, all or none; returns what that did, one sentence per line."""
        from airflow.sdk.exceptions import AirflowFailException

        from ingestion.loading.withdraw import CannotWithdraw
        from ingestion.orchestration.corrections import withdraw_loads

        by = dag_run and dag_run.triggering_user_name
        try:
            return withdraw_loads(params["loads"] or [], params["why"] or "", by, undo=params["undo"])
        except CannotWithdraw as error:
            raise AirflowFailException(str(error)) from error

    withdraw()


withdraw()
