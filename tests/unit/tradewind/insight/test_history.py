"""Months, and what a series begins and ends with."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from tradewind.insight.history import Key, add_months, history_of, months_between
from tradewind.insight.published import last_whole_month

JANUARY, FEBRUARY, MARCH, APRIL = (date(2024, month, 1) for month in range(1, 5))


def test_months_go_over_years():
    assert add_months(date(2023, 11, 1), 3) == date(2024, 2, 1)
    assert add_months(date(2024, 1, 1), -1) == date(2023, 12, 1)
    assert months_between(date(2023, 11, 1), date(2024, 2, 1)) == 3


def test_a_month_without_a_row_is_zero_and_months_before_the_first_are_none():
    history = history_of(
        {
            (): [(JANUARY, (), Decimal("5.5")), (MARCH, (), 7), (APRIL, (), 100)],
            ("country",): [(MARCH, ("Canada",), 7), (MARCH, (None,), -1)],
        },
        MARCH,
    )
    assert (history.first_month, history.last_month, history.months) == (JANUARY, MARCH, 3)
    assert history.keys == (Key((), ()), Key(("country",), ("Canada",)), Key(("country",), (None,)))
    nan = np.nan
    np.testing.assert_array_equal(history.values, [[5.5, 0, 7], [nan, nan, 7], [nan, nan, -1]])


def test_an_unknown_figure_is_never_zero():
    rows = [(JANUARY, ("known later",), 1), (FEBRUARY, ("known later",), None), (MARCH, ("known later",), 3)]
    rows += [(JANUARY, ("unknown now",), 1), (MARCH, ("unknown now",), None)]
    history = history_of({("country",): rows}, MARCH)
    assert [str(key) for key in history.keys] == ["known later"]
    assert history.first_month == MARCH
    np.testing.assert_array_equal(history.values, [[3]])


def test_no_figures():
    with pytest.raises(ValueError, match="no figures of a whole month"):
        history_of({(): [(APRIL, (), 1)]}, MARCH)
    with pytest.raises(ValueError, match="unknown in the last month"):
        history_of({(): [(FEBRUARY, (), 1), (MARCH, (), None)]}, MARCH)


def test_until():
    history = history_of({("country",): [(JANUARY, ("a",), 1), (MARCH, ("b",), 2)]}, MARCH)
    past = history.until(2)
    assert [str(key) for key in past.keys] == ["a"]
    np.testing.assert_array_equal(past.values, [[1, 0]])


@pytest.mark.parametrize(
    ("days", "last"),
    [
        # January ended a day early: February may, too
        (["2024-01-30", "2024-02-28"], "2024-02-01"),
        (["2024-01-31", "2024-02-28"], "2024-01-01"),
        (["2024-01-31", "2024-02-29"], "2024-02-01"),
        # each month dated to its first day
        (["2024-01-01", "2024-02-01", "2024-03-01"], "2024-03-01"),
        (["2024-01-05", "2024-01-31", "2024-02-03"], "2024-01-01"),
        (["2024-01-05"], "2024-01-01"),
    ],
)
def test_the_last_whole_month(days, last):
    assert last_whole_month([date.fromisoformat(day) for day in days]) == date.fromisoformat(last)


def test_no_days_no_month():
    assert last_whole_month([]) is None
