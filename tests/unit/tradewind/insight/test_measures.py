"""Simple forecasts and errors, against figures computed by hand."""

import numpy as np
import pytest

from tradewind.insight.floor import historic_mean, naive, seasonal_naive
from tradewind.insight.measures import mase, scales, share_inside, wape


def test_the_floor():
    history = np.arange(1, 15, dtype=float)
    np.testing.assert_array_equal(naive(history, 3), [14, 14, 14])
    np.testing.assert_array_equal(seasonal_naive(history, 14), [*range(3, 15), 3, 4])
    np.testing.assert_array_equal(historic_mean(history, 2), [7.5, 7.5])
    # less than a year: the last month
    np.testing.assert_array_equal(seasonal_naive(history[:11], 2), [11, 11])


def test_wape():
    # off by 10, 20 and 5 of 100, 50 and -50; the last month is not known yet
    actual = np.array([100, 50, -50, np.nan])
    assert wape(actual, np.array([110, 30, -45, 7])) == pytest.approx(35 / 200)
    assert np.isnan(wape(np.array([0.0]), np.array([3.0])))


def test_mase():
    history = np.array([[1.0, 3, 2, 6], [5, 5, 5, 5]])
    # changes of 2, 1 and 4; the other series never changed
    scale = scales(history)
    assert scale[0] == pytest.approx(7 / 3)
    assert np.isnan(scale[1])
    actual, made = np.array([[8.0, 10.0], [5, 5]]), np.array([[6.0, 7.0], [5, 9]])
    assert mase(actual, made, scale) == pytest.approx((2 + 3) / 2 / (7 / 3))


def test_the_scale_of_two_years_is_the_change_over_one():
    history = np.concatenate([np.arange(12.0), np.arange(12.0) + 4])
    np.testing.assert_array_equal(scales(history[np.newaxis]), [4])
    # months before the series began do not count
    np.testing.assert_array_equal(scales(np.concatenate([[np.nan], history])[np.newaxis]), [4])


def test_share_inside():
    nan = np.nan
    actual = np.array([1.0, 2, 3, 4, nan, 6])
    lower, upper = np.array([0.0, 2, 4, 0, 0, nan]), np.array([1.0, 3, 5, 3, 9, nan])
    assert share_inside(actual, lower, upper) == 2 / 4
