"""A small client of Airflow's REST API, as any other program would use it."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from tradewind.settings import Settings


class Airflow:
    """Airflow's API, logged in as the administrator."""

    def __init__(self, settings: Settings) -> None:
        self.base = f"http://127.0.0.1:{settings.airflow_port}"
        login = {"username": "admin", "password": settings.get("AIRFLOW_ADMIN_PASSWORD")}
        self._token = self._ask("POST", "/auth/token", login)["access_token"]

    def get(self, path: str, **query: Any) -> Any:
        """Read below `/api/v2`, for example `get("/dags")`."""
        return self._ask("GET", "/api/v2" + path + ("?" + urllib.parse.urlencode(query) if query else ""))

    def trigger(self, dag: str, conf: dict[str, Any] | None = None) -> str:
        """Start a run; returns its id."""
        body = {"logical_date": None, "conf": conf or {}}
        return self._ask("POST", f"/api/v2/dags/{dag}/dagRuns", body)["dag_run_id"]

    def runs(self, dag: str, **query: Any) -> list[dict[str, Any]]:
        """Runs of a DAG, latest first."""
        return self.get(f"/dags/{dag}/dagRuns", order_by="-run_after", **query)["dag_runs"]

    def run(self, dag: str, run_id: str) -> dict[str, Any]:
        """One run."""
        return self.get(f"/dags/{dag}/dagRuns/{urllib.parse.quote(run_id, safe='')}")

    def task_log(self, dag: str, run_id: str, task: str, attempt: int = 1) -> str:
        """What a task wrote, as text."""
        run = urllib.parse.quote(run_id, safe="")
        path = f"/dags/{dag}/dagRuns/{run}/taskInstances/{task}/logs/{attempt}"
        content = self.get(path, full_content="true")["content"]
        return "\n".join(f"{line.get('level', '')} {line.get('event', '')}" for line in content)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if path != "/auth/token":
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise RuntimeError(
                f"Airflow answered {error.code} to {method} {path}: {error.read()[:500]!r}"
            ) from error
