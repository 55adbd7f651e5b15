"""Gaps of a company, and of its countries; how they are told."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from ingestion.contract.model import Rhythm
from tests.unit.tradewind.gaps.test_rhythm import days, months
from tradewind.alerts.gaps import key_of
from tradewind.gaps.days import Where
from tradewind.gaps.find import Series, series_of
from tradewind.gaps.listing import as_json, in_words, listing
from tradewind.gaps.rhythm import Run


def series(promised: Rhythm | None = None, **countries: set[date]) -> Series:
    return series_of({Where("shop.orders", "Shop", name): have for name, have in countries.items()}, promised)


def told(found: Series) -> list[tuple[str | None, str]]:
    return [(gap.where.country, in_words(gap.run)) for gap in found.gaps]


def test_a_month_of_one_country_and_one_of_all():
    found = series(
        Canada=months(16) - {date(2014, 6, 1), date(2015, 2, 1)}, Mexico=months(16) - {date(2014, 6, 1)}
    )
    assert told(found) == [(None, "June 2014"), ("Canada", "February 2015")]


def test_a_country_may_begin_later_and_its_last_month_may_still_come():
    late = {month for month in months(16) if month >= date(2014, 9, 1)}
    assert told(series(Canada=months(16), Mexico=late - {date(2015, 4, 1)})) == []


def test_a_country_that_ended_is_told_until_the_last_month_but_one():
    ended = {month for month in months(16) if month <= date(2014, 10, 1)}
    assert told(series(Canada=months(16), Mexico=ended)) == [("Mexico", "November 2014 to March 2015")]


def test_a_country_of_which_nothing_can_be_said_is_named():
    found = series(Canada=days(200), Mexico=set(sorted(days(200))[::70]))
    assert (told(found), found.irregular) == ([], ["Mexico"])
    assert "0; unknown in Mexico" in listing([found])


def test_where_the_contract_says_so_nothing_is_a_gap():
    found = series(Rhythm.NONE, Canada=months(16) - {date(2014, 6, 1)}, Mexico=months(16))
    assert told(found) == []
    assert "without a rhythm, as the contract says" in listing([found])


def test_a_stated_month_holds_for_countries_too():
    """Each country sells on working days; on some of them nothing was sold, which is no gap by months."""
    lost = {date(2023, 3, 8), date(2023, 4, 12)}
    canada = {day for day in days(200, "01234") if day.month != 5}
    sold = {"Canada": canada, "Mexico": days(200, "01234") - lost}
    assert ("Mexico", "8 March 2023") in told(series(**sold))
    assert told(series(Rhythm.MONTH, **sold)) == [("Canada", "May 2023")]


def test_a_stated_day_does_not_make_a_small_country_one_of_each_day():
    sold = {"Canada": days(200), "Mexico": days(200, "3") - {date(2023, 3, 9)}}
    assert told(series(Rhythm.DAY, **sold)) == [("Mexico", "9 March 2023")]


def test_stated_working_days_leave_the_week_ends_of_countries_alone():
    lost = {date(2023, 3, 11), date(2023, 3, 15)}  # a Saturday and a Wednesday
    sold = {"Canada": days(200), "Mexico": days(200) - lost}
    assert told(series(Rhythm.WORKING_DAY, **sold)) == [("Mexico", "15 March 2023")]
    only_saturdays = {"Canada": days(200), "Mexico": days(200, "5") - {date(2023, 3, 11)}}
    assert told(series(Rhythm.WORKING_DAY, **only_saturdays)) == []


def test_what_is_not_known_is_said():
    found = series(Canada=months(3))
    assert found.rhythm is None
    assert "unknown: too few rows, or irregular" in listing([found])
    assert listing([]) == "No source with a business date has rows that count."


def test_listed_for_people_and_scripts():
    found = series(Rhythm.DAY, Canada=days(10) - {date(2023, 1, 5)})
    text = listing([found])
    assert "every day, as the contract says" in text
    assert "5 January 2023" in text
    (each,) = json.loads(as_json([found]))
    assert each["gaps"] == [
        {
            "country": None,
            "first": "2023-01-05",
            "last": "2023-01-05",
            "periods": 1,
            "rhythm": "every day",
        }
    ]


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2014, 3, 1), date(2014, 3, 31), "March 2014"),
        (date(2014, 3, 1), date(2014, 5, 31), "March to May 2014"),
        (date(2014, 12, 1), date(2015, 1, 31), "December 2014 to January 2015"),
        (date(2014, 3, 3), date(2014, 3, 3), "3 March 2014"),
        (date(2014, 3, 3), date(2014, 3, 5), "3 to 5 March 2014"),
        (date(2014, 3, 31), date(2014, 4, 1), "31 March to 1 April 2014"),
        (date(2014, 12, 31), date(2015, 1, 1), "31 December 2014 to 1 January 2015"),
    ],
)
def test_periods_in_words(first, last, words):
    assert in_words(Run(first, last, (last - first + timedelta(days=1)).days)) == words


def test_the_key_of_an_alert_has_room_in_an_index_and_tells_companies_apart():
    first = date(2014, 6, 1)
    assert key_of("shop.orders", "Shop", first, "all") == "gap:shop.orders:Shop:2014-06-01:all"
    keys = {key_of("shop.orders", "ü" * 4000 + end, first, "all") for end in "ab"}
    assert len(keys) == 2
    assert all(len(key.encode()) < 300 for key in keys)
