"""Makes a chart's limit of members work for every type of chart: the largest are shown, the rest is Others.

Superset groups the rest only in the series of a time series, and then loses the order and the number of rows.
Here the limit also holds for an axis of categories, for slices of a pie, bubbles and cells of a heat map.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

#: Whether the largest members are being asked for, and not the smallest.
_are_largest = ContextVar("_are_largest", default=False)


def install() -> None:
    """Complete how Superset turns a chart's query into SQL."""
    from sqlalchemy import asc, column, desc, func, literal_column
    from superset.connectors.sqla.models import SqlaTable

    to_sql, rank = SqlaTable.get_sqla_query, SqlaTable._get_series_orderby

    def get_sqla_query(self, **query):
        if not is_limited(query):
            return to_sql(self, **query)
        metric, are_largest = ranking(query)
        token = _are_largest.set(are_largest)
        given = {"series_limit_metric": metric, "order_desc": are_largest}
        try:
            made = to_sql(self, **{**query, **given, "series_columns": limited_columns(query)})
        finally:
            _are_largest.reset(token)
        directions = {True: asc, False: desc}
        select = made.sqla_query.order_by(None).limit(query.get("row_limit") or None)
        for name, ascending in orders(query):
            select = select.order_by(directions[ascending](column(name)))
        return made._replace(sqla_query=select)

    def rank_unknown_last(self, **how):
        by = rank(self, **how)
        # for Postgres, null is larger than every number
        return func.coalesce(by, literal_column("'-infinity'::float8")) if _are_largest.get() else by

    SqlaTable.get_sqla_query = get_sqla_query
    SqlaTable._get_series_orderby = rank_unknown_last


def is_limited(query: Mapping[str, Any]) -> bool:
    """Whether the query asks for the largest members and Others."""
    groups = bool(query.get("columns")) and not query.get("is_rowcount")
    return bool(groups and query.get("series_limit") and query.get("group_others_when_limit_reached"))


def limited_columns(query: Mapping[str, Any]) -> list[Any]:
    """The columns whose members are limited: an axis of categories, or else the series, or else the first."""
    columns = query["columns"]
    axis = [item for item in columns if isinstance(item, Mapping) and _is_of_categories(item)]
    return axis or list(query.get("series_columns") or columns[:1])


def ranking(query: Mapping[str, Any]) -> tuple[Any, bool]:
    """The metric that ranks the members, and whether the largest come first.

    The page of a mixed chart sends it only as the order.
    """
    if query.get("series_limit_metric") or not query.get("orderby"):
        return query.get("series_limit_metric"), bool(query.get("order_desc", True))
    metric, ascending = query["orderby"][0]
    return metric, not ascending


def orders(query: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """Names of selected columns and metrics to order by, each with whether it ascends."""
    selected = {_label(item) for item in [*query["columns"], *(query.get("metrics") or [])]}
    asked = [(_label(item), ascending) for item, ascending in query.get("orderby") or []]
    return [(name, ascending) for name, ascending in asked if name in selected]


def _is_of_categories(item: Mapping[str, Any]) -> bool:
    return item.get("columnType") == "BASE_AXIS" and not item.get("timeGrain")


def _label(item: Any) -> str:
    return str(item.get("label")) if isinstance(item, Mapping) else str(item)
