"""Intervals hold as many figures as they say."""

import numpy as np
import pytest

from tradewind.insight.intervals import half_widths


@pytest.mark.parametrize("share", [0.8, 0.95])
def test_new_errors_of_the_same_kind_are_inside(share):
    """Errors that grow with the months ahead; each of 200 series has a size of its own."""
    random = np.random.default_rng(7)
    windows, series, horizon = 12, 200, 12
    size = random.lognormal(3, 1, (series, 1)) * (1 + 0.2 * np.arange(horizon))
    widths = half_widths(random.normal(0, 1, (windows, series, horizon)) * size, share)
    inside = np.abs(random.normal(0, 1, (50, series, horizon)) * size) <= widths
    # by horizon, too: the growth of errors is part of the interval
    assert inside.mean() == pytest.approx(share, abs=0.02)
    assert np.ptp(inside.mean(axis=(0, 1))) < 0.06


def test_by_hand():
    """Errors of 1 to 5 months in five windows, one month ahead: 0.8 x 6/5 of them is the fifth."""
    errors = np.array([1.0, -2, 3, -4, 5]).reshape(5, 1, 1)
    np.testing.assert_array_equal(half_widths(errors, 0.8), [[5]])
    np.testing.assert_array_equal(half_widths(errors, 0.5), [[4]])


def test_unknown_errors_make_no_interval():
    errors = np.full((3, 2, 4), np.nan)
    errors[0, 0] = [1, 2, 3, np.nan]
    widths = half_widths(errors, 0.8)
    assert np.isnan(widths[1]).all()
    # the last month ahead was never tested: the line goes on
    assert (np.diff(widths[0]) > 0).all()
