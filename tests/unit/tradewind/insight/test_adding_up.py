"""Countries, segments and products add up to one total, before and after rounding."""

from decimal import Decimal

import numpy as np

from tradewind.insight.adding_up import amounts, reconciled, sums
from tradewind.insight.history import Key

TOTAL = Key((), ())
COUNTRIES = [Key(("country",), (name,)) for name in ("ca", "de")]
SEGMENTS = [Key(("segment",), (name,)) for name in ("s", None)]
PRODUCTS = [Key(("product",), (name,)) for name in ("p", "q", "r")]
CELLS = [Key(("country", "segment"), (c, s)) for c in ("ca", "de") for s in ("s", None)]
KEYS = [TOTAL, *COUNTRIES, *SEGMENTS, *PRODUCTS, *CELLS]


def by_key(figures):
    return dict(zip(KEYS, figures, strict=True))


def assert_adds_up(found, close=0):
    def total(keys):
        return sum(found[key] for key in keys)

    for part in (COUNTRIES, SEGMENTS, PRODUCTS, CELLS):
        assert abs(total(part) - found[TOTAL]) <= close
    for whole, place in [*((key, 0) for key in COUNTRIES), *((key, 1) for key in SEGMENTS)]:
        parts = [cell for cell in CELLS if cell.members[place] == whole.members[0]]
        assert abs(total(parts) - found[whole]) <= close


def test_a_sum_is_asked_of_each_level_and_the_next_finer_ones():
    rows = {tuple(row) for row in sums(KEYS).astype(int)}
    #  total, countries, segments, products, cells
    assert rows == {
        (-1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        (-1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0),
        (-1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0),
        (0, -1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0),
        (0, 0, -1, 0, 0, 0, 0, 0, 0, 0, 1, 1),
        (0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 1, 0),
        (0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 1),
    }


def test_forecasts_add_up_and_the_certain_ones_hardly_give_way():
    forecasts = np.array([[100.0], [60], [50], [70], [20], [30], [30], [30], [40], [20], [30], [20]])
    uncertainty = np.ones(len(KEYS))
    uncertainty[0] = 1e-9
    found = reconciled(forecasts, uncertainty, sums(KEYS))
    assert_adds_up(by_key(found[:, 0]), close=1e-6)
    assert abs(found[0, 0] - 100) < 1e-6


def test_series_that_are_dead_add_up_beside_large_ones():
    """Their variances lie apart by more than the digits of a number."""
    forecasts = np.array(
        [[1e8], [1e8], [0.02], [6e7], [4e7], [3e7], [3e7], [4e7], [6e7], [4e7], [0.01], [-0.01]]
    )
    uncertainty = np.array([1e12, 1e12, 1e-7, 1e11, 1e11, 1e9, 1e11, 1e10, 1e11, 1e11, 1e-8, 1e-8])
    found = by_key(reconciled(forecasts, uncertainty, sums(KEYS))[:, 0])
    small = (COUNTRIES[1], *CELLS[2:])
    assert abs(found[small[0]] - found[small[1]] - found[small[2]]) < 1e-9
    assert all(abs(found[key]) < 0.03 for key in small)
    assert_adds_up(found, close=1e-6)


def test_the_correction_of_two_parts_is_shared_by_their_uncertainty():
    keys = [TOTAL, *COUNTRIES]
    # 10 are missing: of variances 1, 1 and 3, the parts take 1 and 3 fifths, the total gives 1
    found = reconciled(np.array([[100.0], [50], [40]]), np.array([1.0, 1, 3]), sums(keys))
    np.testing.assert_allclose(found, [[98], [52], [46]])


def test_what_adds_up_stays_and_what_is_not_there_is_not_made_up():
    keys = [TOTAL, *COUNTRIES]
    forecasts = np.array([[70.0, 80], [70, 80], [np.nan, np.nan]])
    np.testing.assert_allclose(reconciled(forecasts, np.ones(3), sums(keys)), forecasts)


def test_amounts_add_up_to_the_last_place():
    random = np.random.default_rng(1)
    cells = random.normal(0, 1e6, 4) / 3
    products = np.array([cells.sum() / 7, cells.sum() / 7, cells.sum() * 5 / 7])
    figures = [
        cells.sum(), *(cells[:2].sum(), cells[2:].sum()), *(cells[::2].sum(), cells[1::2].sum()),
        *products, *cells,
    ]  # fmt: skip
    found = by_key(amounts(KEYS, figures))
    assert_adds_up(found)
    assert all(isinstance(each, Decimal) and each.as_tuple().exponent == -4 for each in found.values())
    assert all(abs(float(found[key]) - figure) < 0.001 for key, figure in zip(KEYS, figures, strict=True))
