"""Periods such as "Last month" end where the data end, not today; the choice is kept from page to page.

Superset counts them from the clock: four weeks after the last sale, "Last month" would be empty and "Last
quarter" would hold two months. Here they are counted from the end of the last whole month of the data. Until
a reader chooses another one, pages show the year to date.
Pages about the programs themselves, such as Data health, go on counting from the clock.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from dateutil.relativedelta import relativedelta

log = logging.getLogger(__name__)

#: Schema of the datasets whose periods end with the data.
MARTS = "marts"
#: Id of the filter whose choice is kept.
FILTER = "NATIVE_FILTER-period"
#: The period that pages show until a reader chooses another one: the year to date.
DEFAULT = "Current year"
#: The choice of all days.
ALL = "No filter"

_PRESET = re.compile(
    r"(last|previous calendar|current) (?:(\d{1,4}) )?(day|week|month|quarter|year)s?", re.IGNORECASE
)
_DAYS = re.compile(r"(\d{4}-\d\d-\d\d)(?:T00:00:00)? : (\d{4}-\d\d-\d\d)(?:T00:00:00)?")
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

# The last day of the last whole month of sales, and the last day with sales. The latest month counts as whole
# if its sales end no earlier than those of some month before it: shops close on Sundays, and some sources
# date a month to its first day.
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
) as whole, (select max(last_day) from ends) as last from gaps
"""
_ORDERS_END = """
select cast(max(month) + interval '1 month' as date) - 1 as whole,
    (select max(day) from marts.mart_orders_daily) as last
from marts.mart_ecommerce_trend where is_comparable_month
"""
# The mart counts days with visits and has no last day: the month's first days are taken to be those. A month
# is whole if it has as many of them as some month before it.
_VISITS_END = """
with months as (
    select month, max(days) as days, row_number() over (order by month desc) as place
    from marts.mart_engagement_monthly where days > 0 group by 1
)
select cast(coalesce(
    max(case when place = 1 then month end)
        filter (where days >= coalesce((select min(days) from months where place > 1), days)),
    max(case when place = 2 then month end)
) + interval '1 month' as date) - 1 as whole,
    max(case when place = 1 then month + cast(days as integer) end) - 1 as last
from months
"""
_ORDERS = ("mart_customer_", "mart_ecommerce_", "mart_order", "mart_payments_", "mart_sellers_")
# Visits and stock have pages of their own, which end where their own data end.
_ENDS = {_ORDERS: _ORDERS_END, ("mart_engagement_",): _VISITS_END, ("mart_stock_",): None}
_STATUS = ("mart_data_status", "mart_dashboard_status")

# By user, as each may see other rows, and by when the dataset's figures changed.
_ends: dict[tuple[Any, ...], Ends | None] = {}
_MOST_ENDS = 500


class Ends(NamedTuple):
    """Where a mart's data end: the last day of the last whole month, and the last day of all."""

    whole: date
    last: date


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


def days(period: str | None, last_day: date) -> tuple[date, date] | None:
    """As `span`, also of days that were chosen by the calendar; None for an open end."""
    try:
        chosen_days = [date.fromisoformat(day) for day in _DAYS.fullmatch(period or "").groups()]
    except (AttributeError, ValueError):
        return span(period, last_day)
    return chosen_days[0], chosen_days[1]


def in_words(first: date, after: date) -> str:
    """A period as the time filter writes it: its first day, and the day after its last."""
    return f"{first}T00:00:00 : {after}T00:00:00"


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
        if any(_is_relative(each) for each in filters) and (ends := ends_of(self)):
            query = {**query, "filter": resolved(filters, ends.whole)}
        return to_sql(self, **query)

    def get_since_until(time_range: str | None = None, **how):
        if _PRESET.fullmatch(time_range or ""):
            page = _PAGE.fullmatch(urlsplit(request.referrer or "").path)
            dataset = _ending(_datasets_of(page[1])) if page else None
            if dataset and (ends := ends_of(dataset)) and (found := span(time_range, ends.whole)):
                return tuple(datetime.combine(day, time()) for day in found)
        return by_the_clock(time_range=time_range, **how)

    @app.after_request
    def keep_choice(response):
        if response.status_code in (200, 201):
            if request.method in ("POST", "PUT") and _ends_with_data(_STATE.fullmatch(request.path)):
                session["period"] = chosen(request.get_json(silent=True) or {})
            elif page := _DASHBOARD.fullmatch(request.path):
                datasets = _datasets_of(page[1])
                if dataset := _ending(datasets):
                    opened = opened_with(response.get_json(), session.get("period"))
                    titles = {each.id: _titles_of(each) for each in datasets}
                    response.set_data(json.dumps(with_data(opened, ends_or_none(dataset), titles)))
        return response

    SqlaTable.get_sqla_query = get_sqla_query
    superset.views.api.get_since_until = get_since_until


def chosen(state: Mapping[str, Any]) -> str | None:
    """The period in a page's state as the browser saves it, all days if cleared; None if there is none."""
    try:
        masks = json.loads(state.get("value") or "{}")
        value = masks[FILTER]["filterState"].get("value") or ALL
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    return value if isinstance(value, str) and len(value) <= 200 else None


def opened_with(answer: dict[str, Any], period: str | None) -> dict[str, Any]:
    """What Superset says of a dashboard, with a default of its filter.

    Args:
        answer: of Superset's API.
        period: that was chosen; None for the page's own default, or else the year to date.
    """
    metadata = json.loads(answer.get("result", {}).get("json_metadata") or "{}")
    for item in metadata.get("native_filter_configuration", []):
        if item.get("id") == FILTER and item.get("filterType") == "filter_time":
            own = item.get("defaultDataMask", {}).get("filterState", {}).get("value")
            period = period or own or DEFAULT
            mask = {"filterState": {"value": period}, "extraFormData": {"time_range": period}, "ownState": {}}
            item["defaultDataMask"] = mask
            answer["result"]["json_metadata"] = json.dumps(metadata)
    return answer


def with_data(
    answer: dict[str, Any], ends: Ends | None, titles: Mapping[int, Mapping[str, str]]
) -> dict[str, Any]:
    """What Superset says of a dashboard, with what its charts say beside their titles.

    Args:
        answer: of Superset's API.
        ends: of the data: months after that are marked.
        titles: of columns, by dataset; a filter may narrow two datasets by columns of one name.
    """
    if "result" in answer:
        answer["result"]["titles"] = titles
        if ends:
            answer["result"]["ends"] = {"whole": ends.whole.isoformat(), "last": ends.last.isoformat()}
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
    found = span(condition["val"], last_day) if _is_relative(condition) else None
    return {**condition, "val": in_words(*found)} if found else condition


def ends_of(dataset) -> Ends | None:
    """Where the dataset's data end; None if its periods are counted from the clock.

    Raises:
        QueryObjectValidationError: the warehouse does not say; Superset shows the message in the chart.
    """
    from flask import g

    if dataset.schema != MARTS or not dataset.main_dttm_col:
        return None
    key = (getattr(getattr(g, "user", None), "id", None), dataset.id, dataset.changed_on)
    with suppress(KeyError):  # other threads may empty the cache at any moment
        return _ends[key]
    common = next((sql for names, sql in _ENDS.items() if dataset.table_name.startswith(names)), _SALES_END)
    day = f"cast(max({dataset.main_dttm_col}) as date)"
    own = f"select {day} as whole, {day} as last from {MARTS}.{dataset.table_name}"
    ends = next((end for end in (_ask(dataset, sql) for sql in (common, own) if sql) if end), None)
    if len(_ends) >= _MOST_ENDS:
        _ends.clear()
    _ends[key] = ends
    return ends


def _ask(dataset, sql: str) -> Ends | None:
    import pandas
    import psycopg2
    from sqlalchemy.exc import SQLAlchemyError
    from superset.exceptions import QueryObjectValidationError

    try:
        row = dataset.database.get_df(sql, schema=MARTS).iloc[0]
    except (SQLAlchemyError, psycopg2.Error) as error:
        raise QueryObjectValidationError(f"Where the data end is not known: {error}") from error
    if pandas.isna(row["whole"]):
        return None
    return Ends(*(pandas.Timestamp(row[name]).date() for name in Ends._fields))


def ends_or_none(dataset) -> Ends | None:
    """As `ends_of`; None if the warehouse does not say: the page opens, and its charts show what is wrong."""
    from superset.exceptions import SupersetException

    try:
        return ends_of(dataset)
    except SupersetException as error:
        log.warning("%s: %s", dataset.table_name, error)
        return None


def _ends_with_data(page: re.Match[str] | None) -> bool:
    return page is not None and _ending(_datasets_of(page[1])) is not None


def _ending(datasets: set):
    """The first of a page's datasets whose periods end with the data; None for pages that have none."""
    ending = [each for each in datasets if each.schema == MARTS and each.table_name not in _STATUS]
    return min(ending, key=lambda each: each.table_name, default=None)


def _datasets_of(page: str) -> set:
    from superset.models.dashboard import Dashboard, id_or_slug_filter

    from superset import db

    found = db.session.query(Dashboard).filter(id_or_slug_filter(page)).one_or_none()
    return {chart.datasource for chart in found.slices if chart.datasource} if found else set()


def _titles_of(dataset) -> dict[str, str]:
    return {column.column_name: column.verbose_name or column.column_name for column in dataset.columns}
