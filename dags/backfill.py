"""Builds parts of the warehouse again from the raw rows; at first only says what that would be.

What, why and who says so is in `backfills.yaml`, which is reviewed like code. A run that was stopped goes on
when the DAG is triggered again, with what was not published yet: docs/operations.md.
"""

from datetime import timedelta

from airflow.sdk import Param, dag, task

from ingestion.orchestration.retries import retried


@dag(
    schedule=None,
    catchup=False,
    max_active_runs=2,
    default_args=retried("data-engineering", timeout=timedelta(hours=12)),
    tags=["correction"],
    doc_md=__doc__,
    params={
        "name": Param(
            None,
            type=["null", "string"],
            title="Name",
            description="Entry of backfills.yaml. Empty: list all of them.",
        ),
        "dry_run": Param(
            True, type="boolean", title="Dry run", description="Only say what would be built again."
        ),
        "again": Param(
            False, type="boolean", title="All of it", description="Build also what is done already."
        ),
    },
)
def backfill():
    @task(max_active_tis_per_dag=1)
    def build_again(params: dict, dag_run=None) -> list[str]:
        """Build, test and publish the entry step by step; returns what that was, one sentence per line."""
        from airflow.sdk.exceptions import AirflowFailException

        from tradewind.backfill.plan import CannotBackfill
        from tradewind.backfill.run import backfill, listing
        from tradewind.mapping.places import PlacedFaults
        from tradewind.settings import Settings
        from tradewind.warehouse.build import BuildError

        name, by = params["name"], dag_run and dag_run.triggering_user_name
        how = {"is_dry_run": params["dry_run"], "again": params["again"], "by": by}
        try:
            return backfill(Settings.load(), name, **how) if name else listing(Settings.load())
        except (PlacedFaults, CannotBackfill) as error:
            raise AirflowFailException(str(error)) from error
        except BuildError as error:
            if error.is_transient:
                raise
            raise AirflowFailException(f"{error}. Dashboards keep their figures") from error

    build_again()


backfill()
