"""Periods are counted from the end of the data; the choice is read from what the browser saves."""

import json
from datetime import date

import periods
import pytest

END = date(2026, 10, 31)


@pytest.mark.parametrize(
    ("period", "since", "until"),
    [
        ("Last month", "2026-10-01", "2026-11-01"),
        ("Last quarter", "2026-08-01", "2026-11-01"),
        ("Last year", "2025-11-01", "2026-11-01"),
        ("Last 6 months", "2026-05-01", "2026-11-01"),
        ("Last week", "2026-10-25", "2026-11-01"),
        ("Current month", "2026-10-01", "2026-11-01"),
        ("Current quarter", "2026-10-01", "2026-11-01"),
        ("Current year", "2026-01-01", "2026-11-01"),
        ("Current week", "2026-10-26", "2026-11-01"),
        ("previous calendar month", "2026-09-01", "2026-10-01"),
        ("previous calendar quarter", "2026-07-01", "2026-10-01"),
        ("previous calendar year", "2025-01-01", "2026-01-01"),
    ],
)
def test_a_period_ends_where_the_data_end(period, since, until):
    assert periods.span(period, END) == (date.fromisoformat(since), date.fromisoformat(until))


def test_at_the_end_of_a_quarter_the_current_one_is_whole():
    end = date(2026, 9, 30)
    assert periods.span("Current quarter", end) == (date(2026, 7, 1), date(2026, 10, 1))
    assert periods.span("previous calendar quarter", end) == (date(2026, 4, 1), date(2026, 7, 1))


@pytest.mark.parametrize(
    "period", ["No filter", "2026-01-01 : 2026-02-01", "Last month : now", "", None, "Next month"]
)
def test_other_periods_are_left_to_superset(period):
    assert periods.span(period, END) is None


def test_only_periods_of_a_query_are_changed():
    asked = [
        {"col": "month", "op": "TEMPORAL_RANGE", "val": "Last month"},
        {"col": "month", "op": "TEMPORAL_RANGE", "val": "No filter"},
        {"col": "period", "op": "==", "val": "Last month"},
    ]
    days = {**asked[0], "val": "2026-10-01T00:00:00 : 2026-11-01T00:00:00"}
    assert periods.resolved(asked, END) == [days, *asked[1:]]


@pytest.mark.parametrize(
    ("masks", "expected"),
    [
        ({periods.FILTER: {"filterState": {"value": "Last month"}}}, "Last month"),
        ({periods.FILTER: {"filterState": {"value": None}}}, "No filter"),
        ({periods.FILTER: {"filterState": {}}}, "No filter"),
        ({periods.FILTER: {"filterState": {"value": "x" * 201}}}, None),
        ({"NATIVE_FILTER-country": {"filterState": {"value": ["Canada"]}}}, None),
        ([], None),
    ],
)
def test_the_choice_is_read_from_the_state_of_the_page(masks, expected):
    assert periods.chosen({"value": json.dumps(masks)}) == expected


@pytest.mark.parametrize("state", [{}, {"value": "{"}, {"value": 1}])
def test_a_state_that_is_none_chooses_nothing(state):
    assert periods.chosen(state) is None


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("2025-03-01 : 2026-05-01", (date(2025, 3, 1), date(2026, 5, 1))),
        ("2025-03-01T00:00:00 : 2026-05-01T00:00:00", (date(2025, 3, 1), date(2026, 5, 1))),
        ("Current year", (date(2026, 1, 1), date(2026, 11, 1))),
        ("2025-03-01 : ", None),
        ("2025-13-01 : 2026-05-01", None),
        ("No filter", None),
        (None, None),
    ],
)
def test_the_days_of_a_period(period, expected):
    assert periods.days(period, END) == expected


@pytest.mark.parametrize(
    ("chosen", "own", "expected"),
    [
        (None, None, "Current year"),
        (None, "Last quarter", "Last quarter"),
        ("Last year", "Last quarter", "Last year"),
        ("No filter", None, "No filter"),
    ],
)
def test_a_page_opens_with_the_choice_else_its_own_default_else_the_year_to_date(chosen, own, expected):
    mask = {"filterState": {"value": own}} if own else {}
    period = {"id": periods.FILTER, "filterType": "filter_time", "defaultDataMask": mask}
    country = {"id": "NATIVE_FILTER-country", "filterType": "filter_select", "defaultDataMask": {}}
    metadata = {"native_filter_configuration": [period, country], "color_scheme": ""}
    answer = periods.opened_with({"result": {"json_metadata": json.dumps(metadata)}}, chosen)
    found = json.loads(answer["result"]["json_metadata"])
    mask = {
        "filterState": {"value": expected},
        "extraFormData": {"time_range": expected},
        "ownState": {},
    }
    assert found == {
        **metadata,
        "native_filter_configuration": [{**period, "defaultDataMask": mask}, country],
    }


def test_a_page_knows_where_its_data_end():
    ends = periods.Ends(date(2026, 10, 31), date(2026, 11, 12))
    titles = {7: {"state": "State"}}
    days = {"whole": "2026-10-31", "last": "2026-11-12"}
    assert periods.with_data({"result": {}}, ends, titles) == {"result": {"ends": days, "titles": titles}}
    assert periods.with_data({"result": {}}, None, titles) == {"result": {"titles": titles}}
    assert periods.with_data({"message": "Not found"}, ends, titles) == {"message": "Not found"}
