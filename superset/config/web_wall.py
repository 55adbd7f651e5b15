"""Refuses some requests before Superset reads them, and removes other users from answers."""

from __future__ import annotations

import json
from typing import Any

import sql_wall
from flask import Flask, Response, g, jsonify, make_response, redirect, request

# Superset would store a query before it checks it.
_SQL_LAB = {"SqlLabRestApi.execute_sql_query", "SqlLabRestApi.estimate_query_cost"}
_EXPLORE_JSON = {"Superset.explore_json", "Superset.explore_json_data"}
# What a query refers to by id; Postgres fails on anything but its integers.
_NUMBERED = ("slice_id", "chart_id", "dashboardId")
_LARGEST = 2**31 - 1

# Pages with lists that are empty for viewers.
_LISTS = (
    "/chart/list",
    "/tablemodelview/list",
    "/sqllab",
    "/savedqueryview",
    "/databaseview",
    "/annotationlayer",
)
# Answers that name users: not those with figures, and not those about the user.
_WITH_PEOPLE = ("/api/v1/", "/datasource/", "/superset/fetch_datasource_metadata")
_WITHOUT_PEOPLE = ("/api/v1/chart/data", "/api/v1/me/", "/api/v1/security/", "/api/v1/sqllab/")
_CONTACT = {"email", "username"}
_NAMED = {
    "changed_by",
    "changed_by_name",
    "changed_by_url",
    "created_by",
    "created_by_name",
    "last_saved_by",
    "owners",
}


def install(app: Flask) -> None:
    """Put the wall in front of the application."""

    @app.before_request
    def refuse() -> tuple[Response, int] | None:
        if request.endpoint in _EXPLORE_JSON and request.method != "POST":
            # Superset caches these answers by URL, and serves them to other users without a check.
            return _refusal("Figures must be requested with POST.", 405)
        if request.endpoint == "ChartDataRestApi.data" and (fault := _fault_of_shape(_body())):
            return _refusal(fault, 400)
        if request.endpoint in _SQL_LAB:
            body = request.get_json(silent=True)
            body = body if isinstance(body, dict) else {}
            sql = body.get("sql")
            if fault := sql_wall.schema_fault(body.get("schema")) or sql_wall.fault(
                sql if isinstance(sql, str) else ""
            ):
                return _refusal(fault, 403)
        # the path first: rights are read from the database
        if request.path.startswith(_LISTS) and _is_viewer():
            return redirect("/")
        return None

    @app.after_request
    def refuse_people(response: Response) -> Response:
        # here, since the user of a token is known only after the view has asked for it
        if (
            (request.endpoint or "").endswith(".related")
            and response.status_code == 200
            and not may_explore()
        ):
            return make_response(_refusal("Viewers may not see other users and roles.", 403))
        return response

    @app.after_request
    def hide_people(response: Response) -> Response:
        path = request.path
        if (
            response.is_json
            and path.startswith(_WITH_PEOPLE)
            and not path.startswith(_WITHOUT_PEOPLE)
            and not _may("can_get", "User")
            and (body := response.get_json(silent=True)) is not None
        ):
            response.set_data(
                json.dumps(without_people(body, _CONTACT if may_explore() else _CONTACT | _NAMED))
            )
        return response


def may_explore() -> bool:
    """Whether the user makes charts, and so works with authors of others; viewers do not."""
    return _may("can_execute_sql_query", "SQLLab")


def _is_viewer() -> bool:
    return bool(g.get("user")) and not g.user.is_anonymous and not may_explore()


def _may(permission: str, view: str) -> bool:
    from superset import security_manager

    return bool(g.get("user")) and security_manager.can_access(permission, view)


def without_people(value: Any, hidden: set[str]) -> Any:
    """The value without what is under the hidden names, at every depth; lists stay, but are empty."""
    if isinstance(value, list):
        return [without_people(item, hidden) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: without_people(item, hidden) if name not in hidden else [] if isinstance(item, list) else None
        for name, item in value.items()
    }


def _body() -> Any:
    """The queries for charts; a download sends them as a form."""
    if request.is_json:
        return request.get_json(silent=True)
    try:
        return json.loads(request.form.get("form_data", "null"))
    except ValueError:
        return None


def _fault_of_shape(body: Any) -> str | None:
    form = (body.get("form_data") or {}) if isinstance(body, dict) else None
    if not isinstance(form, dict):
        return "The request is not a query of a chart."
    for name in _NUMBERED:
        value = form.get(name)
        if isinstance(value, bool) or (isinstance(value, int) and abs(value) > _LARGEST):
            return f"{name} must be the id of a chart or dashboard."
    queries = body.get("queries")
    if not isinstance(queries, list) or not all(isinstance(query, dict) for query in queries):
        return "A request must have a list of queries."
    if any("datasource" in query for query in queries):
        return "All queries of a request must use its dataset."
    return None


def _refusal(message: str, status: int) -> tuple[Response, int]:
    return jsonify(
        errors=[{"message": message, "error_type": "GENERIC_BACKEND_ERROR", "level": "error"}]
    ), status
