"""In which rhythm rows come is seen in their days, and what is missing is named; nothing is guessed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from dateutil.easter import easter
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.contract.model import Rhythm
from tradewind.gaps.rhythm import Days, Months, Run, missing, seen, stated

BEGIN = date(2023, 1, 2)  # a Monday


def days(count: int, weekdays: str = "0123456", begin: date = BEGIN) -> set[date]:
    """The days of these weekdays among as many from `begin` on."""
    found = (begin + timedelta(days=i) for i in range(count))
    return {day for day in found if str(day.weekday()) in weekdays}


def months(count: int, day: int = 1) -> set[date]:
    return {date(2014 + i // 12, i % 12 + 1, day) for i in range(count)}


@pytest.mark.parametrize(
    ("given_days", "rhythm"),
    [
        (days(60), "every day"),
        (days(60, "01234"), "on working days"),
        (days(60, "012345"), "on Monday, Tuesday, Wednesday, Thursday, Friday, Saturday"),
        (days(60, "01234") | {date(2023, 1, 7)}, "on working days"),
        (days(60, "3"), "on Thursday"),
        (months(16), "every month"),
        (months(16, 28), "every month"),
        # some days of each month, on no weekday in particular
        ({day for day in days(300) if day.toordinal() % 5 in (0, 2)}, "every month"),
        (days(27), "None"),
        (months(3), "None"),
        ({date(2023, 5, 5)}, "None"),
        ({date(2014 + i // 4, i % 4 * 3 + 1, 1) for i in range(16)}, "None"),
    ],
)
def test_the_rhythm_is_seen(given_days, rhythm):
    assert str(seen(given_days)) == rhythm


def test_what_is_missing_is_one_run_where_it_follows_each_other():
    have = days(90, "01234") - {date(2023, 2, 3), date(2023, 2, 6), date(2023, 3, 15)}
    rhythm = seen(have)
    assert missing(rhythm, have, min(have), max(have)) == [
        Run(date(2023, 2, 3), date(2023, 2, 6), 2),  # over a week-end
        Run(date(2023, 3, 15), date(2023, 3, 15), 1),
    ]


def test_missing_months_end_with_their_last_day():
    have = months(16) - {date(2014, 12, 1), date(2015, 1, 1)}
    assert missing(seen(have), have, min(have), max(have)) == [Run(date(2014, 12, 1), date(2015, 1, 31), 2)]


def test_holidays_of_each_year_are_no_gaps():
    have = days(3 * 365, "01234")
    holidays = {day for day in have if (day.month, day.day) in {(1, 1), (5, 1), (12, 25)}}
    holidays |= {easter(year) + timedelta(days=offset) for year in (2023, 2024, 2025) for offset in (-2, 1)}
    have -= holidays
    have -= {date(2024, 7, 4)}
    rhythm = seen(have)
    assert str(rhythm) == "on working days, except 14 closed days"
    assert str(Days(frozenset(range(7)), frozenset({date(2024, 7, 4)}))) == "every day, except 1 closed day"
    assert missing(rhythm, have, min(have), max(have)) == [Run(date(2024, 7, 4), date(2024, 7, 4), 1)]


def test_a_month_that_is_missing_each_year_is_a_gap_all_the_same():
    have = {day for day in days(2 * 365, "01234") if day.month != 8}
    august = missing(stated(Rhythm.WORKING_DAY, have), have, min(have), max(have))
    assert [(run.first, run.last) for run in august] == [
        (date(2023, 8, 1), date(2023, 8, 31)),
        (date(2024, 8, 1), date(2024, 8, 30)),
    ]


def test_a_contract_may_say_what_cannot_be_seen():
    have = days(10)
    assert seen(have) is None
    assert stated(Rhythm.DAY, have) == Days(frozenset(range(7)))
    assert stated(Rhythm.MONTH, have) == Months()
    assert stated(Rhythm.NONE, days(300)) is None


@settings(max_examples=60, deadline=None)
@given(
    weekdays=st.sampled_from(["0123456", "01234", "012345", "0"]),
    length=st.integers(120, 400),
    lost=st.sets(st.integers(1, 118), max_size=3),
)
def test_what_was_taken_away_is_what_is_missing(weekdays, length, lost):
    whole = days(length, weekdays)
    gone = {BEGIN + timedelta(days=i) for i in lost} & whole - {min(whole), max(whole)}
    have = whole - gone
    rhythm = seen(have)
    runs = missing(rhythm, have, min(have), max(have))
    assert sum(run.periods for run in runs) == len(gone)
    assert all(any(run.first <= day <= run.last for run in runs) for day in gone)
