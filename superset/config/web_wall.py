"""Requests that are refused before Superset reads them."""

from __future__ import annotations

import json
from typing import Any

import sql_wall
from flask import Flask, Response, jsonify, request

# Superset would keep a query before it looks at it.
_SQL_LAB = {"SqlLabRestApi.execute_sql_query", "SqlLabRestApi.estimate_query_cost"}
_EXPLORE_JSON = {"Superset.explore_json", "Superset.explore_json_data"}


def install(app: Flask) -> None:
    """Put the wall in front of the application."""

    @app.before_request
    def refuse() -> tuple[Response, int] | None:
        if request.endpoint in _EXPLORE_JSON and request.method == "GET":
            # Superset keeps these answers by their address, and gives them to the next user unasked.
            return _refusal("Figures are asked for by POST.", 405)
        if request.endpoint == "ChartDataRestApi.data" and (fault := _fault_of_shape(_body())):
            return _refusal(fault, 400)
        if request.endpoint in _SQL_LAB:
            body = request.get_json(silent=True)
            sql = body.get("sql") if isinstance(body, dict) else None
            if fault := sql_wall.fault(sql if isinstance(sql, str) else ""):
                return _refusal(fault, 403)
        return None


def _body() -> Any:
    """What is asked of charts; a download sends it as a form."""
    if request.is_json:
        return request.get_json(silent=True)
    try:
        return json.loads(request.form.get("form_data", "null"))
    except ValueError:
        return None


def _fault_of_shape(body: Any) -> str | None:
    if not isinstance(body, dict) or not isinstance(body.get("form_data") or {}, dict):
        return "The request is no query of a chart."
    queries = body.get("queries")
    if not isinstance(queries, list) or not all(isinstance(query, dict) for query in queries):
        return "A request has a list of queries."
    if any("datasource" in query for query in queries):
        return "The dataset is that of the request, for all of its queries."
    return None


def _refusal(message: str, status: int) -> tuple[Response, int]:
    return jsonify(
        errors=[{"message": message, "error_type": "GENERIC_BACKEND_ERROR", "level": "error"}]
    ), status
