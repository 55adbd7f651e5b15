"""Cards ask for the year before as well, so that they can say what changed over the same months.

The queries that a card sends are asked once more, each with its period a year earlier; the answers follow
those that Superset expects, and `brand/templates/cards.js` reads them. A year before ends with that of the
last whole month, so that no month is compared with a part of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import periods
from dateutil.relativedelta import relativedelta

_YEAR = relativedelta(years=1)


def install() -> None:
    """Complete the queries of cards where Superset takes them."""
    from superset.common.query_context_factory import QueryContextFactory

    create = QueryContextFactory.create

    def create_with_last_year(self, *, datasource, queries, form_data=None, **how):
        if is_card(form_data or {}) and _is_for_the_page(how):
            ends = periods.ends_or_none(self._convert_to_model(datasource))
            queries = [*queries, *(year_before(queries, ends.whole) if ends else [])]
        return create(self, datasource=datasource, queries=queries, form_data=form_data, **how)

    QueryContextFactory.create = create_with_last_year


def is_card(form: Mapping[str, Any]) -> bool:
    """Whether the chart is a figure with a trend by month, which is not a change itself."""
    is_change = str(form.get("y_axis_format", "")).startswith("+")
    return form.get("viz_type") == "big_number" and form.get("time_grain_sqla") == "P1M" and not is_change


def year_before(queries: list[dict[str, Any]], last_day: date) -> list[dict[str, Any]]:
    """The queries of the same months a year before; none if a period has no first or no last day.

    Args:
        queries: as a page sends them.
        last_day: of the last whole month of the data.
    """
    shifted = [_shifted(query, last_day) for query in queries]
    return shifted if all(shifted) else []


def _shifted(query: dict[str, Any], last_day: date) -> dict[str, Any] | None:
    filters, shifted = [], None
    for each in query.get("filters") or []:
        if str(each.get("op")).upper() == "TEMPORAL_RANGE":
            # what a page has chosen stands beside the chart's own filter, and replaces it
            shifted = _a_year_earlier(query.get("time_range") or each.get("val"), last_day)
            if shifted is None:
                return None
            each = {**each, "val": shifted}
        filters.append(each)
    return {**query, "filters": filters, "time_range": shifted} if shifted else None


def _a_year_earlier(period: str | None, last_day: date) -> str | None:
    days = periods.days(period, last_day)
    if days is None:
        return None
    first, after = days[0], min(days[1], last_day + timedelta(days=1))
    return periods.in_words(first - _YEAR, after - _YEAR) if first < after else None


def _is_for_the_page(how: Mapping[str, Any]) -> bool:
    """Whether the figures are for a page: a download or a view as table would show them as extra sheets."""
    asked = [how.get(key) for key in ("result_type", "result_format")]
    return all(getattr(each, "value", each) in (None, "full", "json") for each in asked)
