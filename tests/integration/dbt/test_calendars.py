"""Weeks, fiscal years and retail calendars, compared day by day with an independent computation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

import tradewind.__main__
from ingestion.sample import write_sample_file
from tests.conftest import Warehouse
from tests.integration.dbt.builds import load_file, new_state
from tests.support.forked import run_forked

FIRST, LAST = date(1990, 1, 1), date(2049, 12, 31)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

#: Settings of the National Retail Federation's calendar.
NRF = {"FISCAL_CALENDAR": "4-5-4", "FISCAL_YEAR_START_MONTH": "2", "FISCAL_YEAR_NAMED_AFTER": "start"}


class Day(NamedTuple):
    """What the calendar says of a day."""

    iso_year: int
    iso_week: int
    week_start: date
    fiscal_year: int
    fiscal_quarter: int
    fiscal_period: int
    fiscal_week: int
    fiscal_year_start: date
    fiscal_quarter_start: date
    fiscal_period_start: date
    fiscal_week_start: date


@pytest.fixture(scope="module")
def calendar(warehouse: Warehouse, dbt_state: Path) -> Callable[..., dict[date, Day]]:
    """Builds the calendar with these settings, once."""

    @cache
    def run(**settings: str) -> dict[date, Day]:
        variables = {**warehouse.environment(), "TRADEWIND_STATE": str(dbt_state), **settings}
        arguments = ("dbt", "run", "--select", "dim_date")
        done = run_forked(tradewind.__main__.main, arguments, variables)
        assert done.returncode == 0, done.stdout
        with psycopg.connect(warehouse.url("transformer")) as connection:
            query = f"select date_day, {', '.join(Day._fields)} from core.dim_date"
            return {day: Day(*rest) for day, *rest in connection.execute(query)}

    return run


def _days() -> list[date]:
    return [FIRST + timedelta(days) for days in range((LAST - FIRST).days + 1)]


def _iso(day: date) -> tuple[int, int, date]:
    year, week, weekday = day.isocalendar()
    return year, week, day - timedelta(weekday - 1)


def _in_months(day: date, start: int, named_after: str = "end") -> Day:
    """Walks back to the first day of the fiscal year, and counts what it passes."""
    first, months = day.replace(day=1), 0
    while first.month != start:
        first, months = (first - timedelta(1)).replace(day=1), months + 1
    quarter = day.replace(day=1)
    for _ in range(months % 3):
        quarter = (quarter - timedelta(1)).replace(day=1)
    last = first + timedelta(360)
    weeks = (day - first).days // 7
    year = last.year if named_after == "end" else first.year
    ends = (first, quarter, day.replace(day=1), first + timedelta(7 * weeks))
    return Day(*_iso(day), year, months // 3 + 1, months + 1, weeks + 1, *ends)


@cache
def _ends_in_weeks(start: int, rule: str, first_weekday: str) -> dict[date, int]:
    """Last days of the years, each with the calendar year of the month in which it nominally ends."""
    ends_on = (WEEKDAYS.index(first_weekday) - 1) % 7
    found = {}
    for year in range(FIRST.year - 2, LAST.year + 3):
        month_end = date(year, start, 1) - timedelta(1)
        near = [month_end + timedelta(days) for days in range(-6, 4)]
        candidates = [day for day in near if day.weekday() == ends_on]
        if rule == "last":
            candidates = [day for day in candidates if day <= month_end]
        found[min(candidates, key=lambda day: abs((day - month_end).days))] = month_end.year
    return found


def _in_weeks(
    weeks: tuple[int, int, int], start: int, rule: str, first_weekday: str, named_after: str
) -> dict[date, Day]:
    """Lays the weeks out one after the other, as on paper."""
    found = {}
    ends = sorted(_ends_in_weeks(start, rule, first_weekday).items())
    for (before, _), (end, nominal) in pairwise(ends):
        first = before + timedelta(1)
        year = nominal if named_after == "end" or start == 1 else nominal - 1
        count, extra = divmod((end - before).days, 7)
        assert extra == 0
        assert count in (52, 53)
        plan = [(period, length) for period, length in enumerate(weeks * 4, 1)]
        plan[-1] = (12, plan[-1][1] + count - 52)
        week, starts, quarter_start = 0, first, first
        for period, length in plan:
            if period % 3 == 1:
                quarter_start = starts
            for number in range(length):
                week += 1
                monday = starts + timedelta(7 * number)
                for day in (monday + timedelta(days) for days in range(7)):
                    fiscal = (year, (period + 2) // 3, period, week, first, quarter_start, starts, monday)
                    found[day] = Day(*_iso(day), *fiscal)
            starts += timedelta(7 * length)
    return found


@pytest.mark.parametrize(
    ("settings", "start", "named_after"),
    [
        ({}, 1, "end"),
        # a year that begins on 1 February ends on a leap day
        ({"FISCAL_YEAR_START_MONTH": "3"}, 3, "end"),
        ({"FISCAL_YEAR_START_MONTH": "02", "FISCAL_YEAR_NAMED_AFTER": "start"}, 2, "start"),
    ],
    ids=str,
)
def test_years_of_months_equal_an_independent_computation(
    calendar, settings: dict[str, str], start: int, named_after: str
) -> None:
    found = calendar(**settings)
    assert found == {day: _in_months(day, start, named_after) for day in _days()}


@pytest.mark.parametrize(
    ("settings", "rules"),
    [
        (NRF, ((4, 5, 4), 2, "nearest", "sunday", "start")),
        ({"FISCAL_CALENDAR": "4-4-5"}, ((4, 4, 5), 1, "nearest", "sunday", "end")),
        (
            {
                "FISCAL_CALENDAR": "5-4-4",
                "FISCAL_YEAR_START_MONTH": "9",
                "FISCAL_YEAR_ENDS": "last",
                "FISCAL_WEEK_STARTS_ON": "monday",
            },
            ((5, 4, 4), 9, "last", "monday", "end"),
        ),
    ],
    ids=["NRF", "nearest Saturday to 31 December", "last Sunday of August"],
)
def test_years_of_weeks_equal_an_independent_computation(
    calendar, settings: dict[str, str], rules: tuple
) -> None:
    found, expected = calendar(**settings), _in_weeks(*rules)
    assert found == {day: expected[day] for day in _days()}


def test_the_retail_calendar_is_that_of_the_national_retail_federation(calendar) -> None:
    """53-week years and dates that the federation has published: https://nrf.com/resources/4-5-4-calendar"""
    found = calendar(**NRF)
    longest: dict[int, int] = {}
    for day in found.values():
        longest[day.fiscal_year] = max(longest.get(day.fiscal_year, 0), day.fiscal_week)
    assert [year for year in range(2000, 2024) if longest[year] == 53] == [2000, 2006, 2012, 2017, 2023]
    assert {day for day, at in found.items() if (at.fiscal_year, at.fiscal_week) == (2012, 53)} == {
        date(2013, 1, 27) + timedelta(days) for days in range(7)
    }
    assert max(day for day, at in found.items() if at.fiscal_year == 2023) == date(2024, 2, 3)
    assert found[date(2023, 1, 29)].fiscal_year_start == date(2023, 1, 29)


def test_a_calendar_of_few_days_has_its_fiscal_years(
    calendar, warehouse: Warehouse, dbt_state: Path, tmp_path: Path
) -> None:
    """It begins and ends within a fiscal year, whose name and first day are those of any other calendar."""
    # with other variables dbt parses everything again, and what it has parsed is of no use to others
    state = new_state(tmp_path, dbt_state)
    variables = {**warehouse.environment(), "TRADEWIND_STATE": str(state), **NRF}
    edges = '{"calendar_start": "2024-01-01", "calendar_end": "2024-02-29"}'
    arguments = ("dbt", "run", "--select", "dim_date", "--vars", edges)
    done = run_forked(tradewind.__main__.main, arguments, variables)
    assert done.returncode == 0, done.stdout
    with psycopg.connect(warehouse.url("transformer")) as connection:
        found = connection.execute(
            "select fiscal_year, fiscal_year_start, min(date_day), count(*) from core.dim_date"
            " group by 1, 2 order by 1"
        ).fetchall()
    assert found == [
        (2023, date(2023, 1, 29), date(2024, 1, 1), 34),
        (2024, date(2024, 2, 4), date(2024, 2, 4), 26),
    ]


def test_a_changed_setting_leaves_nothing_of_the_old_calendar(
    warehouse: Warehouse, dbt_state: Path, tmp_path: Path
) -> None:
    """Sales by day after a change equal those that are built with the setting from nothing.

    The unit tests of models, which the first build with a setting runs, hold under it.
    """
    write_sample_file(tmp_path, rows=300, seed=3)
    for path in tmp_path.iterdir():
        load_file(warehouse, path)

    def dbt(*arguments: str, **settings: str) -> None:
        variables = {**warehouse.environment(), "TRADEWIND_STATE": str(dbt_state), **settings}
        done = run_forked(tradewind.__main__.main, ("dbt", *arguments), variables)
        assert done.returncode == 0, done.stdout

    def build(*options: str, **settings: str) -> list[tuple]:
        arguments = ("build", "--exclude-resource-type", "test", "unit_test", *options)
        dbt(*arguments, "--select", "+mart_sales_daily", **settings)
        with psycopg.connect(warehouse.url("transformer")) as connection:
            return sorted(map(repr, connection.execute("select * from marts_next.mart_sales_daily")))

    before = build()
    changed = build(**NRF)
    assert changed != before
    assert changed == build("--full-refresh", **NRF)
    dbt("test", "--select", "dim_date,test_type:unit", "mart_sales_daily,test_type:unit", **NRF)
