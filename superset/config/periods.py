"""Periods such as "Last month" end where the data end, not today; the choice is kept from page to page.

Superset counts them from the clock: four weeks after the last sale, "Last month" would be empty and "Last
quarter" would hold two months. Here they are counted from the end of the last whole month of the data.
Pages about the programs themselves, such as Data health, go on counting from the clock.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from dateutil.relativedelta import relativedelta

#: Schema of the datasets whose periods end with the data.
MARTS = "marts"
#: Id of the filter whose choice is kept.
FILTER = "NATIVE_FILTER-period"

_PRESET = re.compile(
    r"(last|previous calendar|current) (?:(\d{1,4}) )?(day|week|month|quarter|year)s?", re.IGNORECASE
)
_PAGE = re.compile(r"/superset/dashboard/(?:p/)?([^/]+)/?")
_STATE = re.compile(r"/api/v1/dashboard/(\d+)/filter_state(?:/[^/]+)?")
_DASHBOARD = re.compile(r"/api/v1/dashboard/([^/]+)")
_UNITS = {
    "day": relativedelta(days=1),
    "week": relativedelta(weeks=1),
    "month": relativedelta(months=1),
    "quarter": relativedelta(months=3),
    "year": relativedelta(years=1),
}

# The last day of the last whole month of sales. The latest month counts as whole if its sales end no earlier
# than those of some month before it: shops close on Sundays, and some sources date a month to its first day.
_SALES_END = """
with ends as (
    select cast(date_trunc('month', day) as date) as month, max(day) as last_day
    from marts.mart_sales_daily group by 1
), gaps as (
    select cast(month + interval '1 month' as date) - 1 as month_end,
        cast(month + interval '1 month' as date) - 1 - last_day as gap,
        row_number() over (order by month desc) as place
    from ends
)
select coalesce(
    max(case when place = 1 then month_end end)
        filter (where gap <= coalesce((select max(gap) from gaps where place > 1), gap)),
    max(case when place = 2 then month_end end)
) as last_day from gaps
"""
_ORDERS_END = """
select cast(max(month) + interval '1 month' as date) - 1 as last_day
from marts.mart_ecommerce_trend where is_comparable_month
"""
_ORDERS = ("mart_customer_", "mart_ecommerce_", "mart_order", "mart_payments_", "mart_sellers_")
_STATUS = ("mart_data_status", "mart_dashboard_status")

# By user, as each may see other rows, and by when the dataset's figures changed.
_ends: dict[tuple[Any, ...], date | None] = {}
_MOST_ENDS = 500


def span(period: str | None, last_day: date) -> tuple[date, date] | None:
    """First day of a period, and the day after its last; None for what is not counted from an end.

    Args:
        period: as Superset's time filter names it, such as `Last month` or `Current year`.
        last_day: on which the data end.
    """
    found = _PRESET.fullmatch(period or "")
    if found is None:
        return None
    kind, number, unit = found[1].lower(), int(found[2] or 1), found[3].lower()
    after = last_day + timedelta(days=1)
    if kind == "last":
        return after - number * _UNITS[unit], after
    start = _start(last_day, unit)
    return (start, after) if kind == "current" else (start - _UNITS[unit], start)


def resolved(filters: list[Mapping[str, Any]], last_day: date) -> list[Mapping[str, Any]]:
    """A query's conditions, with the days of each period that is counted from the end of the data."""
    return [_resolved(each, last_day) for each in filters]


def install(app) -> None:
    """Count periods in Superset's queries from the end of the data, and keep the choice from page to page."""
    import superset.views.api
    from flask import request, session
    from superset.connectors.sqla.models import SqlaTable

    to_sql, by_the_clock = SqlaTable.get_sqla_query, superset.views.api.get_since_until

    def get_sqla_query(self, **query):
        filters = query.get("filter") or []
        if any(_is_relative(each) for each in filters) and (end := _end_of(self)):
            query = {**query, "filter": resolved(filters, end)}
        return to_sql(self, **query)

    def get_since_until(time_range: str | None = None, **how):
        if _PRESET.fullmatch(time_range or ""):
            page = _PAGE.fullmatch(urlsplit(request.referrer or "").path)
            dataset = _dataset_of(page[1]) if page else None
            if dataset and (end := _end_of(dataset)) and (days := span(time_range, end)):
                return tuple(datetime.combine(day, time()) for day in days)
        return by_the_clock(time_range=time_range, **how)

    @app.after_request
    def keep_choice(response):
        if response.status_code in (200, 201):
            if request.method in ("POST", "PUT") and _ends_with_data(_STATE.fullmatch(request.path)):
                session["period"] = chosen(request.get_json(silent=True) or {})
            elif session.get("period") and _ends_with_data(_DASHBOARD.fullmatch(request.path)):
                response.set_data(json.dumps(opened_with(response.get_json(), session["period"])))
        return response

    SqlaTable.get_sqla_query = get_sqla_query
    superset.views.api.get_since_until = get_since_until


def chosen(state: Mapping[str, Any]) -> str | None:
    """The period in a page's state as the browser saves it; None if none is chosen."""
    try:
        masks = json.loads(state.get("value") or "{}")
        value = masks[FILTER]["filterState"]["value"]
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    return value if isinstance(value, str) and len(value) <= 200 else None


def opened_with(answer: dict[str, Any], period: str) -> dict[str, Any]:
    """What Superset says of a dashboard, with the period as its filter's default."""
    metadata = json.loads(answer.get("result", {}).get("json_metadata") or "{}")
    for item in metadata.get("native_filter_configuration", []):
        if item.get("id") == FILTER and item.get("filterType") == "filter_time":
            mask = {"filterState": {"value": period}, "extraFormData": {"time_range": period}, "ownState": {}}
            item["defaultDataMask"] = mask
            answer["result"]["json_metadata"] = json.dumps(metadata)
    return answer


def _start(day: date, unit: str) -> date:
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "day":
        return day
    month = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1, "year": 1}[unit]
    return date(day.year, month, 1)


def _is_relative(condition: Mapping[str, Any]) -> bool:
    value = condition.get("val")
    is_range = str(condition.get("op")).upper() == "TEMPORAL_RANGE"
    return is_range and isinstance(value, str) and _PRESET.fullmatch(value) is not None


def _resolved(condition: Mapping[str, Any], last_day: date) -> Mapping[str, Any]:
    days = span(condition["val"], last_day) if _is_relative(condition) else None
    return {**condition, "val": " : ".join(f"{day}T00:00:00" for day in days)} if days else condition


def _end_of(dataset) -> date | None:
    """The last day of the dataset's last whole month; None if its periods are counted from the clock."""
    from flask import g

    if dataset.schema != MARTS or not dataset.main_dttm_col:
        return None
    is_of_orders = dataset.table_name.startswith(_ORDERS)
    key = (is_of_orders, getattr(getattr(g, "user", None), "id", None), dataset.id, dataset.changed_on)
    if key not in _ends:
        own = f"select max({dataset.main_dttm_col}) as last_day from {MARTS}.{dataset.table_name}"
        ends = (_ask(dataset, sql) for sql in (_ORDERS_END if is_of_orders else _SALES_END, own))
        if len(_ends) >= _MOST_ENDS:
            _ends.clear()
        _ends[key] = next((end for end in ends if end), None)
    return _ends[key]


def _ask(dataset, sql: str) -> date | None:
    import pandas

    value = dataset.database.get_df(sql, schema=MARTS)["last_day"].iloc[0]
    return None if pandas.isna(value) else pandas.Timestamp(value).date()


def _ends_with_data(page: re.Match[str] | None) -> bool:
    return page is not None and _dataset_of(page[1]) is not None


def _dataset_of(page: str):
    """A dataset of the page whose periods end with the data; None for pages that have none."""
    from superset.models.dashboard import Dashboard, id_or_slug_filter

    from superset import db

    found = db.session.query(Dashboard).filter(id_or_slug_filter(page)).one_or_none()
    datasets = {chart.datasource for chart in found.slices if chart.datasource} if found else ()
    ending = [each for each in datasets if each.schema == MARTS and each.table_name not in _STATUS]
    return min(ending, key=lambda each: each.table_name, default=None)
