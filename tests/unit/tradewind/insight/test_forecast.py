"""The method is chosen on the past, forecasts add up, and what cannot be known is said."""

from datetime import date

import numpy as np
import pytest

from tests.conftest import skip
from tradewind.extra_environments import FORECAST, EnvironmentMissing, environment_python
from tradewind.insight.adding_up import sums
from tradewind.insight.backtest import backtest, has_season, windows_of
from tradewind.insight.fits import MODELS, fit
from tradewind.insight.floor import FLOOR, SEASONAL_NAIVE
from tradewind.insight.forecast import TOLERATED, TOO_SHORT, forecast
from tradewind.insight.history import History, Key

LEVELS = [(), ("country",)]
SEASON = np.cos(2 * np.pi * np.arange(60) / 12)


def not_to_be_called(series, horizon):
    raise AssertionError("nothing was to be fitted")


def countries(*series: np.ndarray) -> History:
    """Figures of countries, after their total."""
    keys = (Key((), ()), *(Key(("country",), (f"country {number}",)) for number in range(len(series))))
    return History(date(2019, 1, 1), keys, np.array([np.nansum(series, axis=0), *series]))


@pytest.fixture(scope="module", autouse=True)
def environment():
    try:
        environment_python(FORECAST)
    except EnvironmentMissing as error:
        skip(str(error))


@pytest.fixture(scope="module")
def seasonal() -> History:
    """Four years with a season and a trend, and noise; one country begins a year ago, one 25 months ago."""
    random = np.random.default_rng(3)
    first = 1000 + 5 * np.arange(48) + 300 * SEASON[:48] + random.normal(0, 20, 48)
    second = np.full(48, np.nan)
    second[36:] = 200 + random.normal(0, 10, 12)
    third = np.full(48, np.nan)
    third[23:] = 100 + random.normal(0, 5, 25)
    return countries(first, second, third)


#: A series per way in which a fit may fail.
ODD = [np.zeros(30), np.array([1e300, -1e300] * 15)]


class Fitted:
    """Fits as the product does, with odd series and one series twice, and keeps what was asked for."""

    def __call__(self, series, horizon):
        self.series = series
        *found, self.again, self.zero, self.huge = fit([*series, series[0], *ODD], horizon)
        self.found = found
        return found

    def same(self, *_):
        """What was found before, whatever is asked."""
        return self.found


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    return Fitted()


@pytest.fixture(scope="module")
def found(seasonal, fitted):
    return forecast(seasonal, 12, fitted)


def test_a_season_is_found_and_beats_the_floor(found):
    months = np.arange(48, 60)
    expected = 1000 + 5 * months + 300 * SEASON[48:]
    np.testing.assert_allclose(found.points[1], expected, rtol=0.1)
    assert found.methods[()] in MODELS
    for level in LEVELS:
        best = min(found.accuracy(level, name).wape for name in FLOOR)
        assert found.accuracy(level).wape <= best * TOLERATED


def test_forecasts_of_now_and_of_the_past_add_up(found, seasonal):
    zero = sums(seasonal.keys)
    np.testing.assert_allclose(zero @ found.points, 0, atol=1e-6)
    for past in found.published:
        np.testing.assert_allclose(zero @ np.nan_to_num(past), 0, atol=1e-6)


def test_the_accuracy_is_that_of_the_windows(found, seasonal):
    """Recomputed from the forecasts of the past and the history, month by month."""
    off = figures = 0.0
    for window, end in enumerate(found.test.windows):
        for ahead in range(min(12, 48 - end)):
            actual = seasonal.values[0, end + ahead]
            off += abs(actual - found.published[window, 0, ahead])
            figures += abs(actual)
    assert found.accuracy(()).wape == pytest.approx(off / figures)


def test_intervals_hold_their_forecast(found):
    for narrow, wide in [(found.lower[0.95], found.lower[0.8]), (found.upper[0.8], found.upper[0.95])]:
        assert (narrow <= wide).all()
    assert (found.lower[0.8] <= found.points).all()
    assert (found.points <= found.upper[0.8]).all()


def test_a_young_series_says_that_it_has_no_season(found):
    assert [found.remark(place) for place in range(4)] == ["", "", TOO_SHORT, TOO_SHORT]


def test_a_young_series_has_a_simple_forecast_even_where_its_level_has_a_model(found):
    test, level = found.test, ("country",)
    for model in MODELS:
        np.testing.assert_array_equal(test.ahead[model][2:], test.ahead[test.stand_in[level]][2:])
        assert (test.ahead[model][:2] != test.ahead[test.stand_in[level]][:2]).all()


def test_the_same_history_gives_the_same_forecast(found, fitted):
    for name in MODELS:
        np.testing.assert_array_equal(fitted.found[0][name], fitted.again[name])


def test_windows_never_know_what_they_are_tested_on(found, fitted, seasonal):
    """What is fitted is each series with a season up to each window's end, and last of all the whole."""
    expected = [
        row[:end][~np.isnan(row[:end])]
        for end in [*found.test.windows, 48]
        for row in seasonal.values
        if has_season((~np.isnan(row)).sum())
    ]
    assert len(fitted.series) == len(expected) == 2 * 7
    for own, known in zip(fitted.series, expected, strict=True):
        np.testing.assert_array_equal(own, known)
    later = seasonal.values.copy()
    later[:, found.test.windows[0] :] *= 3
    changed = History(seasonal.first_month, seasonal.keys, later)
    for method in FLOOR:
        then = backtest(changed, 12, fitted.same).past[method]
        np.testing.assert_array_equal(then[0], found.test.past[method][0])


def test_series_that_cannot_be_fitted_end_nothing(found, fitted):
    for each in (fitted.zero, fitted.huge):
        for points in each.values():
            assert points is None or np.isfinite(points).all()


def test_a_short_history_gets_the_floor_and_a_band():
    random = np.random.default_rng(5)
    history = countries(random.uniform(50, 150, 16), random.uniform(10, 20, 16))
    found = forecast(history, 12, not_to_be_called)
    assert set(found.methods.values()) <= set(FLOOR) - {SEASONAL_NAIVE}
    assert [found.remark(place) for place in range(3)] == [TOO_SHORT] * 3
    # nothing of the last months is outside what is said of the next ones
    last = history.values[:, -1]
    assert ((found.lower[0.95][:, 0] <= last) & (last <= found.upper[0.95][:, 0])).all()
    np.testing.assert_allclose(sums(history.keys) @ found.points, 0, atol=1e-9)


def test_a_few_months_have_no_interval():
    history = countries(np.array([1.0, 2, 3]), np.array([4.0, 5, 6]))
    found = forecast(history, 2, not_to_be_called)
    np.testing.assert_allclose(found.points, [[7, 7], [2, 2], [5, 5]])
    assert np.isnan(found.lower[0.8]).all()


@pytest.mark.parametrize("months", [27, 30, 36, 40, 48, 60, 120])
def test_windows(months):
    windows = windows_of(months, 12)
    assert len(windows) >= 3
    assert windows[0] >= 24
    assert list(windows) == sorted(set(windows))
    assert windows[-1] < months
    assert windows[-1] == max(months - 12, min(months - 1, windows[0] + 11))


def test_a_season_takes_two_years_and_months_to_test_it():
    assert not has_season(26)
    assert has_season(27)
    assert windows_of(16, 12) == tuple(range(4, 16))
