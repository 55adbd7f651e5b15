"""Settings of the fiscal calendar are checked before anything is built with them."""

from __future__ import annotations

import pytest

from tradewind.settings import CALENDAR, SettingError, Settings
from tradewind.warehouse.build import environment, inputs_version, project_version

_WAREHOUSE = {"WAREHOUSE_URL": "postgresql://owner@db/sales"}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("FISCAL_YEAR_START_MONTH", "13", "the number of a month, from 1 to 12"),
        ("FISCAL_YEAR_START_MONTH", "july", "the number of a month, from 1 to 12"),
        ("FISCAL_YEAR_NAMED_AFTER", "middle", "end or start"),
        ("FISCAL_CALENDAR", "445", "months, 4-4-5, 4-5-4 or 5-4-4"),
        ("FISCAL_CALENDAR", "4-4-5; drop", "months, 4-4-5, 4-5-4 or 5-4-4"),
        ("FISCAL_YEAR_ENDS", "first", "nearest or last"),
        ("FISCAL_WEEK_STARTS_ON", "Sun", "one of monday, tuesday"),
    ],
)
def test_an_impossible_setting_is_refused(name: str, value: str, expected: str) -> None:
    with pytest.raises(SettingError, match=f"{name} is '{value}' in the environment: it is {expected}"):
        _ = Settings.load({name: value}).of_models


@pytest.mark.parametrize("name", CALENDAR)
def test_a_setting_reaches_the_models_and_makes_another_project_version(name: str) -> None:
    values = {"FISCAL_YEAR_START_MONTH": "7", "FISCAL_YEAR_NAMED_AFTER": "start"}
    values |= {"FISCAL_CALENDAR": "5-4-4", "FISCAL_YEAR_ENDS": "last", "FISCAL_WEEK_STARTS_ON": "monday"}
    before, after = Settings.load(_WAREHOUSE), Settings.load({**_WAREHOUSE, name: values[name]})
    assert environment(after)[name] == values[name]
    assert environment(after)["TRADEWIND_MACROS"] != environment(before)["TRADEWIND_MACROS"]
    assert project_version(after) != project_version(before)
    assert inputs_version(after) != inputs_version(before)
