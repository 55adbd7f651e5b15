"""Causes in Airflow: runs that failed, as its own database says."""

from __future__ import annotations

import psycopg

from tradewind.alerts.cause import Cause, NotKnown, safe
from tradewind.alerts.options import Options
from tradewind.alerts.shown import Shown, moment
from tradewind.settings import Settings, text

# A person who starts a run sees it fail; a run of theirs that succeeds ends the trouble all the same.
_FAILED = """
select distinct on (dag_id) dag_id, run_id, end_date
from dag_run as run
inner join dag using (dag_id)
where run.state = 'failed' and run.run_type <> 'manual' and not dag.is_stale and dag_id <> %(own)s
    -- maintenance removes runs of people first, and so perhaps the success that ended it
    and run.end_date > now() - interval '60 days'
    and not exists (
        select from dag_run as later
        where later.dag_id = run.dag_id and later.state = 'success' and later.end_date > run.end_date
    )
order by dag_id, end_date desc
"""

#: The DAG that sends alerts: it cannot say of itself that it fails.
OWN = "alerts"


def failed_runs(settings: Settings, options: Options, shown: Shown, *, build_failed: bool) -> list[Cause]:
    """DAGs of which a scheduled or triggered run failed after all retries, and none has succeeded since.

    Args:
        settings: where Airflow's database is.
        options: where people look.
        shown: what dashboards show.
        build_failed: whether a failed build is reported, which makes a run of `transform` fail; once marts
            are published again, such a run is history.

    Raises:
        NotKnown: Airflow's database cannot be asked.
    """
    means = {
        "ingest": f"New files may be waiting in landing/. {shown.sentence}",
        "transform": f"New files may be missing from the figures, or charts may be behind. {shown.sentence}",
        "report": "The report by e-mail did not go out. Dashboards are not affected.",
        "backup": "There is no new backup. Dashboards are not affected.",
    }
    return [
        Cause(
            key=f"run:{dag}",
            what=f"DAG {dag} failed on {moment(ended)}, after all retries (run {safe(run)}).",
            means=means.get(dag, shown.sentence),
            advice=f"Read the log of the failed task, correct what it says, and trigger {dag}.",
            link=options.dag(dag),
        )
        for dag, run, ended in _ask(settings)
        if dag != "transform" or not (build_failed or (shown.published_at and ended < shown.published_at))
    ]


def _ask(settings: Settings) -> list[tuple]:
    password = settings.get("AIRFLOW_DATABASE_PASSWORD")
    if not password:
        raise NotKnown("there is no Airflow here")
    try:
        url = text(settings.embedded_url("airflow", password, "airflow"))
        with psycopg.connect(url, connect_timeout=10) as connection:
            return connection.execute(_FAILED, {"own": OWN}).fetchall()
    except psycopg.Error as error:
        raise NotKnown(f"Airflow's database cannot be asked: {type(error).__name__}") from error
