"""Superset's REST API as any program would use it: log in, request a chart's data."""

from __future__ import annotations

from typing import Any

from deploy.stack.rest import ask
from tradewind.settings import Settings


class Superset:
    """The API, logged in as the administrator."""

    def __init__(self, settings: Settings) -> None:
        self.base = f"http://127.0.0.1:{settings.superset_port}"
        self.password = settings.get("SUPERSET_ADMIN_PASSWORD")
        login = {"username": "admin", "password": self.password, "provider": "db"}
        self._token = ask("POST", f"{self.base}/api/v1/security/login", login)["access_token"]

    def datasets(self) -> dict[str, int]:
        """Ids of the datasets by table name."""
        found = ask("GET", f"{self.base}/api/v1/dataset/?q=(page_size:100)", token=self._token)["result"]
        return {dataset["table_name"]: dataset["id"] for dataset in found}

    def chart_data(
        self, table: str, metrics: list[str], columns: list[str], filters: list[dict[str, Any]] | None = None
    ) -> list[dict[str, Any]]:
        """Rows that a chart with these saved metrics and groupings shows."""
        query = {"metrics": metrics, "columns": columns, "filters": filters or [], "row_limit": 10000}
        body = {
            "datasource": {"id": self.datasets()[table], "type": "table"},
            "queries": [query],
            "result_format": "json",
            "result_type": "full",
        }
        return ask("POST", f"{self.base}/api/v1/chart/data", body, self._token)["result"][0]["data"]
