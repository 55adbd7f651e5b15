"""Which queries of a year before a card asks as well."""

from datetime import date

import last_year
import pytest

END = date(2026, 10, 31)
CARD = {"viz_type": "big_number", "time_grain_sqla": "P1M", "y_axis_format": "$,.3s"}
CANADA = {"col": "country", "op": "IN", "val": ["Canada"]}


def query(period):
    return {
        "metrics": ["sales"],
        "filters": [{"col": "month", "op": "TEMPORAL_RANGE", "val": period}, CANADA],
    }


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("Current year", "2025-01-01T00:00:00 : 2025-11-01T00:00:00"),
        ("Last month", "2025-10-01T00:00:00 : 2025-11-01T00:00:00"),
        ("2026-03-01 : 2026-06-01", "2025-03-01T00:00:00 : 2025-06-01T00:00:00"),
        # November has begun, or is to come: the whole one of last year is nothing to compare it with
        ("2026-03-01 : 2027-01-01", "2025-03-01T00:00:00 : 2025-11-01T00:00:00"),
    ],
)
def test_the_same_months_a_year_before(period, expected):
    by_page = {**query("No filter"), "time_range": period, "columns": []}
    before = {**query(expected), "time_range": expected}
    assert last_year.year_before([query(period), by_page], END) == [before, {**before, "columns": []}]


@pytest.mark.parametrize("period", ["No filter", "2026-01-01 : ", "2026-11-01 : 2026-12-01", "Next year"])
def test_a_period_that_has_no_year_before(period):
    assert last_year.year_before([query("Current year"), query(period)], END) == []


def test_figures_without_a_period_are_compared_with_nothing():
    assert last_year.year_before([{"metrics": ["sales"], "filters": [CANADA]}], END) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True),
        ({"y_axis_format": "+,.1%"}, False),
        ({"time_grain_sqla": "P1D"}, False),
        ({"viz_type": "big_number_total"}, False),
    ],
    ids=str,
)
def test_cards_of_months_are_compared_unless_they_are_changes(change, expected):
    assert last_year.is_card({**CARD, **change}) is expected
