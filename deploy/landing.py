"""The first figures: sample files for an empty warehouse, and the wait until they are published."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from deploy.airflow_api import Airflow
from deploy.errors import SetupError
from ingestion.landing import SAMPLE, waiting_files
from tradewind.ledger import progress
from tradewind.settings import Settings

#: What brings a file to the dashboards.
DAGS = ("ingest", "transform")


def write_sample(settings: Settings) -> int:
    """Write sample files into `landing/sample/` where there is no data at all; returns their rows.

    `SAMPLE=0` leaves them out.
    """
    from ingestion.sample import write_sample_files

    wanted = settings.get("SAMPLE", "1") != "0"
    if wanted and progress(settings).is_empty and not waiting_files(settings.landing):
        return sum(write_sample_files(settings.landing / SAMPLE).values())
    return 0


def wait_until_published(settings: Settings, seconds: float) -> None:
    """Wait until the DAGs have taken every waiting file and the marts hold it.

    Raises:
        SetupError: when a DAG run fails, or it takes longer than `seconds`.
    """
    deadline = time.monotonic() + seconds
    began = datetime.now(UTC).isoformat()
    airflow = None
    while (queue := waiting_files(settings.landing)) or progress(settings).is_behind:
        airflow = airflow or Airflow(settings)
        if not queue and not any(airflow.is_active(dag) for dag in DAGS):
            airflow.trigger("transform")  # loaded without Airflow, or nothing to load at all
        for dag in DAGS:
            if failed := airflow.runs(dag, state="failed", run_after_gte=began, limit=1):
                raise SetupError(
                    f"DAG {dag} failed: see {airflow.base}/dags/{dag}/runs/{failed[0]['dag_run_id']}"
                )
        if time.monotonic() > deadline:
            raise SetupError(f"the DAGs did not publish within {seconds:.0f} s: see {airflow.base}")
        time.sleep(0.5)
