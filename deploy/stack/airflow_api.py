"""A small client for Airflow's REST API."""

from __future__ import annotations

import urllib.parse
from typing import Any

from deploy.stack.rest import ask
from tradewind.settings import Settings

#: What brings a file to the dashboards.
DAGS = ("ingest", "transform")


class Airflow:
    """Airflow's API, logged in as the administrator."""

    def __init__(self, settings: Settings) -> None:
        self.base = f"http://127.0.0.1:{settings.airflow_port}"
        login = {"username": "admin", "password": settings.get("AIRFLOW_ADMIN_PASSWORD")}
        self._token = ask("POST", f"{self.base}/auth/token", login)["access_token"]

    def get(self, path: str, **query: Any) -> Any:
        """Read below `/api/v2`, for example `get("/dags")`."""
        question = f"?{urllib.parse.urlencode(query)}" if query else ""
        return ask("GET", f"{self.base}/api/v2{path}{question}", token=self._token)

    def trigger(self, dag: str, conf: dict[str, Any] | None = None) -> str:
        """Start a run; returns its id."""
        body = {"logical_date": None, "conf": conf or {}}
        return ask("POST", f"{self.base}/api/v2/dags/{dag}/dagRuns", body, self._token)["dag_run_id"]

    def runs(self, dag: str, **query: Any) -> list[dict[str, Any]]:
        """Runs of a DAG, latest first."""
        return self.get(f"/dags/{dag}/dagRuns", order_by="-run_after", **query)["dag_runs"]

    def is_active(self, dag: str) -> bool:
        """Whether a run of the DAG is queued or running."""
        return any(self.runs(dag, state=state, limit=1) for state in ("queued", "running"))

    def is_paused(self, dag: str) -> bool:
        """Whether the DAG is paused."""
        return self.get(f"/dags/{dag}")["is_paused"]

    def pause(self, dag: str, *, paused: bool) -> None:
        """Pause or unpause the DAG."""
        path = f"{self.base}/api/v2/dags/{dag}?update_mask=is_paused"
        ask("PATCH", path, {"is_paused": paused}, self._token)

    def run(self, dag: str, run_id: str) -> dict[str, Any]:
        """One run."""
        return self.get(f"/dags/{dag}/dagRuns/{urllib.parse.quote(run_id, safe='')}")

    def task_log(self, dag: str, run_id: str, task: str, attempt: int = 1) -> str:
        """What a task wrote, as text."""
        run = urllib.parse.quote(run_id, safe="")
        path = f"/dags/{dag}/dagRuns/{run}/taskInstances/{task}/logs/{attempt}"
        content = self.get(path, full_content="true")["content"]
        return "\n".join(f"{line.get('level', '')} {line.get('event', '')}" for line in content)
