"""Builds, tests and publishes the marts when raw data or forecasts changed, then refreshes the dashboards."""

from airflow.sdk import Asset, Param, dag, task

from ingestion.orchestration.retries import retried

RAW = Asset(name="raw", uri="postgres://warehouse/warehouse/staging/raw")
FORECASTS = Asset(name="forecasts", uri="postgres://warehouse/warehouse/ops/forecasts")
MARTS = Asset(name="marts", uri="postgres://warehouse/warehouse/marts/all")


@dag(
    schedule=RAW | FORECASTS,
    catchup=False,
    max_active_runs=2,
    default_args=retried("analytics-engineering"),
    tags=["transformation"],
    doc_md=__doc__,
    params={
        "full_refresh": Param(
            False, type="boolean", title="Full refresh", description="Rebuild every model from scratch."
        ),
        "select": Param(
            None,
            type=["null", "string"],
            title="Only these models",
            description="A dbt selection, for example fct_sales+. A partial build is not published.",
        ),
    },
)
def transform():
    @task(max_active_tis_per_dag=1)
    def build(params: dict) -> bool:
        """Run dbt. On failure, name the models and tests that failed; nothing is published.

        Retried only after a transient error: a test that failed would fail again.
        """
        from airflow.sdk.exceptions import AirflowFailException

        from tradewind.settings import Settings
        from tradewind.warehouse.build import BuildError, build

        try:
            return build(
                Settings.load(), select=params["select"] or "", full_refresh=params["full_refresh"]
            ).published
        except BuildError as error:
            if error.is_transient:
                raise
            raise AirflowFailException(
                f"{error}. Dashboards keep their figures. The next load starts a build; to build sooner,"
                " fix this and trigger transform"
            ) from error

    @task.short_circuit
    def published(is_published: bool) -> bool:
        """End here after a partial build."""
        return is_published

    @task(outlets=[MARTS])
    def refresh_dashboards() -> int:
        """Make charts read the new figures at their next request."""
        from tradewind.settings import Settings
        from tradewind.warehouse.chart_caches import turn_over_caches

        return turn_over_caches(Settings.load())

    @task
    def adapt_dashboards() -> bool:
        """Leave out tiles that have no figures any more, and bring back those that have some again."""
        from tradewind.dashboards.following import follow
        from tradewind.settings import Settings

        return follow(Settings.load())

    published(build()) >> refresh_dashboards() >> adapt_dashboards()


transform()
