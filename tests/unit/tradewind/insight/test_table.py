"""What people read of a forecast: how it was made, and how sure it is."""

import csv
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from tradewind.insight.floor import SEASONAL_NAIVE
from tradewind.insight.forecast import Forecasts, forecast
from tradewind.insight.history import History, Key
from tradewind.insight.table import BOUNDS, rows, text, write_csv

LEVEL = ("country",)


def made(*series: list[float]) -> Forecasts:
    """Forecasts of countries, and of their total."""
    keys = (Key((), ()), *(Key(LEVEL, (f"country {number}",)) for number in range(len(series))))
    values = np.array(series)
    # too short for models: none are fitted
    return forecast(History(date(2024, 1, 1), keys, np.array([np.nansum(values, axis=0), *values])), 3)


def said(forecasts: Forecasts, level: tuple[str, ...] = ()) -> list[str]:
    """The lines between the first one and the table."""
    return text(forecasts, "Sales", "USD", level).split("\n\n")[0].splitlines()[1:]


@pytest.mark.parametrize(
    ("months", "method"),
    [
        (4, "Method: mean of all months; there are too few months to test it."),
        (5, "Method: mean of all months. In 1 test on the past it was off by 50.0% of the figures, the "),
        (6, "Method: mean of all months. In 2 tests on the past it was off by "),
    ],
)
def test_a_few_months_have_no_interval_and_it_is_not_called_wide(months, method):
    forecasts = made([10.0, 30.0, 10.0, 30.0, 40.0, 20.0][:months])
    first, second = said(forecasts)
    assert first.startswith(method)
    assert second == (
        "The history is too short for a season: the forecast is a simple one, and there is no interval yet."
    )
    assert "unknown" in text(forecasts, "Sales", "USD", ())


def test_of_several_histories_those_that_are_too_short_are_counted():
    forecasts = made(*(list(np.arange(10.0) % 3 + number) for number in (1, 2)))
    assert said(forecasts, LEVEL)[1] == (
        "Of 2 histories, 2 are too short for a season:"
        " the forecast is a simple one, and its interval is wide."
    )
    forecasts.test.too_short[1] = False
    assert said(forecasts, LEVEL)[1].startswith("Of 2 histories, 1 is too short for a season: ")


def test_a_history_that_began_lately_has_no_interval_beside_one_that_has():
    lately = [np.nan] * 9 + [5.0]
    assert said(made(list(np.arange(10.0) % 3 + 1), lately), LEVEL)[1].endswith(
        "the forecast is a simple one, and its interval is wide, or not known yet."
    )


def test_the_best_simple_forecast_is_not_compared_with_itself():
    forecasts = made([10.0, 12, 9, 11, 10, 12, 9, 11, 10, 12])
    (line, _) = said(forecasts)
    assert line.startswith("Method: mean of all months. In 6 tests on the past it was off by ")
    assert line.endswith("% of the figures; it is the best simple forecast.")
    (line, _) = said(replace(forecasts, methods=dict.fromkeys(forecasts.methods, SEASONAL_NAIVE)))
    assert "of the figures, the best simple forecast (mean of all months) by " in line
    # after adding up, the figures are others
    (line, _) = said(replace(forecasts, published=forecasts.published * 1.1))
    assert "of the figures, the best simple forecast (mean of all months) by " in line


def test_an_interval_contains_the_forecast_that_adding_up_moved():
    """The interval of a country that has had no sales for years has no width."""
    found = made([0.0] * 12, [7.0, 5.0, 8.0] * 4)
    moved = replace(found, points=found.points + np.array([[0.0001], [-0.0077], [0.0078]]))
    for row in rows(moved):
        lower_80, upper_80, lower_95, upper_95 = (row[bound] for bound in BOUNDS)
        assert lower_95 <= lower_80 <= row["forecast"] <= upper_80 <= upper_95
    assert row["country"] == "country 1" and lower_80 < upper_80


def test_the_csv_is_for_spreadsheets(tmp_path):
    forecasts = made([1.0, 2, 3], [4.0, 5, 6])
    keys = (*forecasts.history.keys[:2], Key(LEVEL, ("=1+1",)))
    history = replace(forecasts.history, keys=keys)
    path = tmp_path / "forecasts.csv"
    assert write_csv(replace(forecasts, history=history), path) == 3 * 3
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        total, _, last, *_ = csv.DictReader(file)
    assert (total["country"], total["month"], total["forecast"]) == ("", "2024-04-01", "7.0000")
    assert (last["country"], last["forecast"], last["lower_80"]) == ("'=1+1", "5.0000", "")
