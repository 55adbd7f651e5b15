"""Decides whether a request asks only for what the saved charts of an open dashboard show."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import chart_wall
from chart_wall import Allowed, Dataset
from flask import current_app, request
from sqlalchemy import exists
from superset.exceptions import SupersetException
from superset.models.dashboard import Dashboard, DashboardRoles, dashboard_slices
from superset.models.slice import Slice
from superset.sql.parse import sanitize_clause


class Closed:
    """Nothing that the user may open shows what is requested; Superset's own refusal says so."""


CLOSED = Closed()

#: What is wrong with a request: a sentence, or that nothing of it is open to the user.
Fault = str | Closed

# Parts of a legacy chart's query, and their names in other charts' queries.
_RENAMED = {"timeseries_limit": "series_limit", "timeseries_limit_metric": "series_limit_metric"}


class Viewer:
    """A user, by the roles to which dashboards are open. Each method runs one query of the metadata."""

    def __init__(self, session, roles: Iterable[int]) -> None:
        self.session = session
        self.roles = list(roles)

    def fault_of_context(self, context) -> Fault | None:
        """What is wrong with the queries of a chart, a filter or a drill by; None if nothing is."""
        form = context.form_data or {}
        if form.get("type") == "NATIVE_FILTER":
            allowed = self._of_filter(form, context.datasource)
        else:
            params = self._params_of(form, context.datasource)
            allowed = None if params is None else _of_chart(params)
        return CLOSED if allowed is None else _fault(context, allowed)

    def fault_of_rows(self, context, dashboard: int | None) -> Fault | None:
        """The same for drill to detail, which shows the rows behind a dashboard's charts."""
        found = [params for (params,) in self._charts(dashboard, context.datasource)]
        if not found:
            return CLOSED
        most = current_app.config["SAMPLES_ROW_LIMIT"]
        return _fault(context, chart_wall.of_rows(map(_of_chart, found), most))

    def fault_of_legacy(self, viz) -> Fault | None:
        """The same for a chart with its own endpoint, from whose form Superset builds the query."""
        params = self._params_of(viz.form_data, viz.datasource)
        if params is None:
            return CLOSED
        if any(request.args.get(kind) == "true" for kind in ("query", "samples")):
            return "Viewers may see figures, but neither SQL nor samples."
        if reason := chart_wall.form_fault(viz.form_data, params):
            return reason
        try:
            query = type(viz)(viz.datasource, copy.deepcopy(viz.form_data)).query_obj()
        except (SupersetException, AttributeError, KeyError, TypeError, ValueError) as error:
            return f"This is not a valid query: {error}"
        named = {_RENAMED.get(name, name): value for name, value in query.items() if name != "groupby"}
        named["columns"] = [*(query.get("groupby") or []), *(query.get("columns") or [])]
        return _query_fault(named, _of_chart(params), viz.datasource)

    def _params_of(self, form: Mapping[str, Any], datasource) -> str | None:
        """Saved params of the chart; a drill sends the chart's id as `chart_id`."""
        chart = form.get("slice_id") or form.get("chart_id")
        if not isinstance(chart, int) or form.get("parent_slice_id") is not None:
            return None
        found = self._charts(form.get("dashboardId"), datasource, Slice.id == chart)
        return next((params or "{}" for (params,) in found), None)

    def _charts(self, dashboard: Any, datasource, *conditions) -> list[tuple[str | None]]:
        """Params of the charts with this dataset on the dashboard; none if it is not open."""
        return self._on_dashboard(
            dashboard,
            Slice.params,
            dashboard_slices.c.dashboard_id == Dashboard.id,
            dashboard_slices.c.slice_id == Slice.id,
            Slice.datasource_id == datasource.id,
            Slice.datasource_type == datasource.type,
            *conditions,
        )

    def _of_filter(self, form: Mapping[str, Any], datasource) -> Allowed | None:
        found = self._on_dashboard(form.get("dashboardId"), Dashboard.json_metadata)
        if not found or datasource.type != "table":
            return None
        for item in json.loads(found[0][0] or "{}").get("native_filter_configuration", []):
            targets = {target.get("datasetId") for target in item.get("targets", [])}
            if item.get("id") == form.get("native_filter_id") and datasource.id in targets:
                return chart_wall.of_filter(item, datasource.id, current_app.config["ROW_LIMIT"])
        return None

    def _on_dashboard(self, dashboard: Any, wanted, *conditions) -> list[tuple[Any]]:
        if not isinstance(dashboard, int):
            return []
        return (
            self.session.query(wanted)
            .filter(
                Dashboard.id == dashboard,
                Dashboard.published.is_(True),
                # a user may have several of its roles
                exists().where(
                    DashboardRoles.c.dashboard_id == Dashboard.id, DashboardRoles.c.role_id.in_(self.roles)
                ),
                *conditions,
            )
            .all()
        )


def _of_chart(params: str | None) -> Allowed:
    return chart_wall.of_chart(params, current_app.config["ROW_LIMIT"])


def _fault(context, allowed: Allowed) -> str | None:
    if context.custom_cache_timeout is not None:
        return "Viewers may not set how long figures are cached."
    if context.result_type.value not in allowed.results:
        return f"Viewers see figures, not '{context.result_type.value}'."
    faults = (_query_fault(vars(query), allowed, context.datasource) for query in context.queries)
    return next((fault for fault in faults if fault is not None), None)


def _query_fault(query: Mapping[str, Any], allowed: Allowed, datasource) -> str | None:
    columns = {column.column_name: column for column in datasource.columns}
    drillable = {name for name, column in columns.items() if column.groupby}
    # Superset itself adds the column of currencies
    if currency := getattr(datasource, "currency_code_column", None):
        drillable.add(currency)
    dataset = Dataset(
        frozenset(columns),
        frozenset(metric.metric_name for metric in datasource.metrics),
        frozenset(name for name, column in columns.items() if column.is_dttm),
        frozenset(drillable),
    )
    engine = datasource.database.db_engine_spec.engine
    return chart_wall.fault(query, allowed, dataset, partial(sanitize_clause, engine=engine))
